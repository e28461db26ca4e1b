// The daemon as a whole from second to second: rates, limits, whether it can be reached, and the room on its disk.
import { statfs } from 'node:fs/promises'
import type { Session } from '../engine/session.ts'
import { monotonicMs } from '../io/clock.ts'
import { ValueFeed } from './changing.ts'
import type { Daemon } from './daemon.ts'
import { limitsNow } from './limits.ts'
import { reachableWhy } from './reachability.ts'
import type { SessionEvent } from './rpc/page-types.ts'

/** How often the disk is asked for its room: over a network that takes its time. */
const SPACE_MS = 10_000

export function sessionFeed(daemon: Daemon): ValueFeed<SessionEvent> {
  const space = new FreeSpace()
  return new ValueFeed(() => sessionEvent(daemon, space))
}

function sessionEvent({ session, settings, direct }: Daemon, space: FreeSpace): SessionEvent {
  const { download, upload } = limitsNow(settings)
  const rates = ratesOf(direct?.session === undefined ? [session] : [session, direct.session])
  return {
    rate_download: Math.round(rates.download),
    rate_upload: Math.round(rates.upload),
    peers: session.peerCount,
    is_limited: settings['alt-on'],
    down_limit: download === undefined ? null : download / 1000,
    up_limit: upload === undefined ? null : upload / 1000,
    reachable: session.wasReached || null,
    reachable_why: reachableWhy(session),
    free_bytes: space.of(settings['download-dir']) ?? null,
    is_direct_on: direct !== undefined,
  }
}

function ratesOf(sessions: readonly Session[]): { readonly download: number; readonly upload: number } {
  const now = monotonicMs()
  let [download, upload] = [0, 0]
  for (const { torrents } of sessions) {
    for (const torrent of torrents) {
      if (!torrent.isOnline) continue
      download += torrent.downloadMeter.bytesPerSec(now)
      upload += torrent.uploadMeter.bytesPerSec(now)
    }
  }
  return { download, upload }
}

/** What a folder's disk last said; asked in the background, one question at a time. */
class FreeSpace {
  #dir: string | undefined
  #bytes: number | undefined
  #askedAt = 0
  #isAsking = false

  of(dir: string): number | undefined {
    const isOther = dir !== this.#dir
    if (!this.#isAsking && (isOther || monotonicMs() - this.#askedAt >= SPACE_MS)) void this.#ask(dir)
    return isOther ? undefined : this.#bytes
  }

  async #ask(dir: string): Promise<void> {
    this.#isAsking = true
    try {
      const { bavail, bsize } = await statfs(dir)
      this.#bytes = bavail * bsize
    } catch {
      this.#bytes = undefined // not there yet, or not ours to look at: nothing can be told
    } finally {
      this.#dir = dir
      this.#askedAt = monotonicMs()
      this.#isAsking = false
    }
  }
}
