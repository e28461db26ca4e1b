// Follows one torrent from start to end for `share`, `seed`, `download` and the tour: tells the reporter what happens,
// and returns when a goal is reached or the user has had enough.
import { toHex } from '../core/bytes.ts'
import type { Info } from '../core/metainfo/metainfo.ts'
import type { TorrentStatus, TrackerStatus } from '../engine/torrent-status.ts'
import { monotonicMs } from '../io/clock.ts'
import { type Goals, goalReached, ratioOf } from './goals.ts'
import type { ProgressEvent, StoppedEvent } from './output/events.ts'
import { shownFiles } from './output/info-text.ts'
import type { Reporter } from './output/reporter.ts'

/** What is needed of the engine's torrent. */
export interface WatchedTorrent {
  /** Absent until a magnet link's metadata is there. */
  readonly info: Info | undefined
  /** All wanted pieces are verified. */
  readonly finished: Promise<void>
  status(): TorrentStatus
}

/** Reasons to end are looked for this often. */
const POLL_MS = 200

/** Throws what made the torrent fail. `onInfo` may throw too: for example if nothing of it is wanted. */
export async function watchTorrent(
  torrent: WatchedTorrent,
  goals: Goals,
  reporter: Reporter,
  signal: AbortSignal,
  onInfo: (info: Info) => void = () => {},
): Promise<StoppedEvent['reason']> {
  const told = new Told(torrent, reporter)
  let wake = (): void => {}
  const wakeUp = (): void => wake()
  signal.addEventListener('abort', wakeUp)
  torrent.finished.then(wakeUp, wakeUp)
  try {
    for (;;) {
      const status = torrent.status()
      const reason = signal.aborted ? 'interrupted' : goalReached(goals, status)
      if (told.metadata() && torrent.info !== undefined) onInfo(torrent.info)
      told.tell(status, reason !== undefined)
      if (status.error !== undefined && status.state === 'failed') throw status.error
      if (reason !== undefined) return reason
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  } finally {
    signal.removeEventListener('abort', wakeUp)
  }
}

/** What the reporter knows already: everything is told once, progress every so often. */
class Told {
  readonly #torrent: WatchedTorrent
  readonly #reporter: Reporter
  readonly #startedAt: number
  readonly #trackers: Map<string, TrackerStatus['state']>
  #hasMetadata: boolean
  #isDone: boolean
  #state: TorrentStatus['state'] | undefined
  #progressAt: number

  constructor(torrent: WatchedTorrent, reporter: Reporter) {
    this.#torrent = torrent
    this.#reporter = reporter
    this.#startedAt = monotonicMs()
    this.#trackers = new Map()
    this.#hasMetadata = false
    this.#isDone = false
    this.#state = undefined
    this.#progressAt = 0
  }

  tell(status: TorrentStatus, isLast: boolean): void {
    for (const tracker of status.trackers) this.#tracker(tracker)
    const isNowDone = !this.#isDone && status.state === 'seeding'
    const now = monotonicMs()
    if (isLast || isNowDone || status.state !== this.#state || now - this.#progressAt >= this.#reporter.progressMs) {
      this.#reporter.report(progressOf(status))
      this.#progressAt = now
      this.#state = status.state
    }
    if (isNowDone) this.#done(status, now)
  }

  /** True the first time that the metadata is there. */
  metadata(): boolean {
    const { info } = this.#torrent
    if (this.#hasMetadata || info === undefined) return false
    this.#hasMetadata = true
    this.#reporter.report({
      event: 'metadata',
      name: info.name,
      infoHashV1: info.infoHashV1 === undefined ? null : toHex(info.infoHashV1),
      infoHashV2: info.infoHashV2 === undefined ? null : toHex(info.infoHashV2),
      totalSize: info.totalSize,
      numFiles: shownFiles(info).length,
    })
    return true
  }

  #done(status: TorrentStatus, now: number): void {
    this.#isDone = true
    const seconds = Math.round(now - this.#startedAt) / 1000
    const { name, wantedBytes: total, downloadedBytes: downloaded } = status
    this.#reporter.report({ event: 'done', name, total, downloaded, seconds })
    this.#reporter.report({ event: 'seeding', name })
  }

  #tracker({ url, state, seeders, leechers, message }: TrackerStatus): void {
    if ((state !== 'working' && state !== 'failed') || this.#trackers.get(url) === state) return
    this.#trackers.set(url, state)
    this.#reporter.report({
      event: 'tracker',
      tracker: URL.canParse(url) ? new URL(url).host : 'with a broken URL',
      state,
      seeders: seeders ?? null,
      leechers: leechers ?? null,
      message: message ?? null,
    })
  }
}

export function progressOf(status: TorrentStatus): ProgressEvent {
  return {
    event: 'progress',
    name: status.name,
    state: status.state,
    done: status.doneBytes,
    total: status.wantedBytes,
    checked: status.checkedBytes,
    downloadRate: Math.round(status.downloadBytesPerSec),
    uploadRate: Math.round(status.uploadBytesPerSec),
    downloaded: status.downloadedBytes,
    uploaded: status.uploadedBytes,
    wasted: status.wastedBytes,
    ratio: Math.round(ratioOf(status) * 1000) / 1000,
    peers: status.peerCount,
    seeds: status.seedCount,
    pieces: status.pieceCount,
    piecesDone: status.pieceHaveCount,
    eta: status.etaMs === undefined ? null : Math.round(status.etaMs / 1000),
  }
}
