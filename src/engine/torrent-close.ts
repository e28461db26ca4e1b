// How a torrent stops: what is on its way to the disk gets there, what is known is kept, everything is closed.
import type { AppError } from '../core/errors.ts'
import { answer } from '../io/disk/answer.ts'
import type { FileStamp } from '../io/disk/disk.ts'
import type { Content } from './content.ts'
import type { Torrent } from './torrent.ts'
import { countSeeding, totalsOf } from './torrent-totals.ts'

/** Peers are closed already. Nothing of the torrent is open afterwards, whatever failed. */
export async function closeTorrent(torrent: Torrent): Promise<void> {
  const { announcer, content, record } = torrent
  torrent.announcer = undefined
  torrent.metadata = undefined
  const farewell = announcer?.stop()
  for (const gate of [torrent.uploadGates[0], torrent.downloadGates[0]]) gate?.close()
  countSeeding(torrent)
  torrent.seedingSince = undefined
  if (content !== undefined) await closeContent(torrent, content)
  torrent.isChecking = false
  torrent.record = undefined
  record?.release()
  await farewell
}

async function closeContent(torrent: Torrent, content: Content): Promise<void> {
  const { storage } = content
  const { record } = torrent
  content.abandonPieces()
  torrent.session.runs.forget(content)
  // A check that was cut short has found nothing that should be kept.
  const isKnown = !torrent.isChecking
  try {
    const synced = answer<undefined>((done) => storage.sync(done))
    const stamps = answer<readonly FileStamp[]>((done) => storage.stamps(done))
    await synced
    if (isKnown) record?.checkpoint(content.have.bytes, await stamps, totalsOf(torrent))
    else await stamps
  } catch (error) {
    // The disk failed: every stored piece was recorded as it came, so only the summary is missing.
    torrent.error ??= error as AppError
  }
  await answer<undefined>((done) => storage.close(done))
}
