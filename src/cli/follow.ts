// Torrents of the daemon as the progress that bars and lines show.
import { setTimeout } from 'node:timers/promises'
import type { TorrentRow } from '../daemon/rpc/types.ts'
import { monotonicMs } from '../io/clock.ts'
import { NOTHING_YET, type ProgressEvent } from './output/events.ts'
import type { Reporter } from './output/reporter.ts'

/** `status` of the API. */
const [STOPPED, CHECKING, SEEDING] = [0, 2, 6]
/** Lines for a log come more seldom than the end should be noticed. */
const LOOK_MS = 250

export function isComplete({ status, percent_done: done }: TorrentRow): boolean {
  return status === SEEDING && done === 1
}

/** Nothing more will happen to it by itself. */
export function isAtRest(torrent: TorrentRow): boolean {
  return torrent.status === STOPPED || isComplete(torrent)
}

/** Reports until all are as `isOver` wants them, or until the signal. Returns them as they were then. */
export async function watchTorrents(
  look: () => Promise<readonly TorrentRow[]>,
  isOver: (torrent: TorrentRow) => boolean,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<readonly TorrentRow[]> {
  let reportedAt = Number.NEGATIVE_INFINITY
  for (;;) {
    const torrents = await look()
    const isLast = signal.aborted || torrents.every(isOver)
    const now = monotonicMs()
    if (isLast || now - reportedAt >= reporter.progressMs) {
      reportedAt = now
      for (const torrent of torrents) reporter.report(progressOf(torrent))
    }
    if (isLast) return torrents
    await setTimeout(Math.min(LOOK_MS, reporter.progressMs), undefined, { signal }).catch(() => {}) // then it is over
  }
}

function progressOf(torrent: TorrentRow): ProgressEvent {
  const { status, size_when_done: total } = torrent
  return {
    ...NOTHING_YET,
    name: torrent.name,
    state: stateOf(torrent),
    done: Math.floor(torrent.percent_done * total),
    total,
    checked: status === CHECKING ? Math.floor(torrent.recheck_progress * total) : 0,
    downloadRate: torrent.rate_download,
    uploadRate: torrent.rate_upload,
    peers: torrent.peers_connected,
    ratio: Math.max(0, torrent.upload_ratio),
    eta: torrent.eta < 0 ? null : torrent.eta,
  }
}

function stateOf({ status, metadata_percent_complete: metadata }: TorrentRow): ProgressEvent['state'] {
  if (status === STOPPED) return 'stopped'
  if (status === CHECKING) return 'checking'
  if (status === SEEDING) return 'seeding'
  return metadata < 1 ? 'metadata' : 'downloading'
}
