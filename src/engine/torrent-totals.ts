// What is counted over all runs of a torrent.
import { monotonicMs } from '../io/clock.ts'
import type { Totals } from './resume.ts'
import type { Torrent } from './torrent.ts'

export function totalsOf(torrent: Torrent): Totals {
  const { before } = torrent
  return {
    uploaded: before.uploaded + torrent.uploadedBytes,
    downloaded: before.downloaded + torrent.downloadedBytes,
    seedingMs: before.seedingMs + torrent.seedingMs,
  }
}

/** Adds the time of seeding since it was last counted. */
export function countSeeding(torrent: Torrent): void {
  if (torrent.seedingSince === undefined) return
  const now = monotonicMs()
  torrent.seedingMs += now - torrent.seedingSince
  torrent.seedingSince = now
}
