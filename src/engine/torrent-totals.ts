// What is counted over all runs of a torrent.
import { Bitfield } from '../core/bitfield.ts'
import { monotonicMs } from '../io/clock.ts'
import { firstPriorities } from './first-priorities.ts'
import { readKept } from './kept-metainfo.ts'
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

/** Of a torrent that is not started: what an earlier run has left, as far as it is known without looking at files. */
export function showKept(torrent: Torrent): void {
  const kept = torrent.session.resume.peek({ infoHash: torrent.key, dir: torrent.dir })
  if (kept === undefined) return
  torrent.before = kept.totals
  torrent.metainfo ??= kept.metainfo && readKept(kept.metainfo, torrent)
  if (torrent.info !== undefined) torrent.priorities ??= firstPriorities(torrent, torrent.info)
  if (torrent.info !== undefined && kept.have !== undefined) {
    torrent.kept = Bitfield.from(kept.have, torrent.info.geometry.pieceCount)
  }
}

/** Verified bytes, without padding. */
export function haveBytes({ content, kept, info }: Torrent): number {
  if (content !== undefined || kept === undefined || info === undefined) return content?.haveBytes ?? 0
  let bytes = 0
  for (let n = 0; n < kept.length; n++) {
    const piece = kept.has(n) ? info.geometry.pieceIndex(n) : undefined
    if (piece !== undefined) bytes += info.geometry.dataBytes(piece)
  }
  return Math.min(bytes, info.totalSize)
}
