// How a torrent stops: what is on its way to the disk gets there, what is known is kept, everything is closed.
import { AppError } from '../core/errors.ts'
import { answer } from '../io/disk/answer.ts'
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
  try {
    try {
      if (content !== undefined) await closeContent(torrent, content)
    } finally {
      record?.release() // else it could not be started again
    }
  } catch (error) {
    // The disk failed, of the files or of the database. Every piece was recorded as it came: the summary is missing.
    if (!(error instanceof AppError)) throw error
    torrent.error ??= error
  } finally {
    torrent.isChecking = false
    torrent.record = undefined
    content?.tellNews()
    await farewell
  }
}

async function closeContent(torrent: Torrent, content: Content): Promise<void> {
  const { storage } = content
  const { record } = torrent
  content.abandonPieces()
  torrent.session.runs.forget(content)
  // A check that was cut short has found nothing that should be kept.
  const isKnown = !torrent.isChecking
  try {
    await answer<undefined>((done) => storage.sync(done))
    // Not how the files are now: what somebody else did to them meanwhile must be noticed at the next start.
    if (isKnown) record?.checkpoint(content.have.bytes, undefined, totalsOf(torrent))
  } finally {
    await answer<undefined>((done) => storage.close(done))
  }
}
