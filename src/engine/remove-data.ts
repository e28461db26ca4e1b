// A torrent that goes with all it brought.
import { answer } from '../io/disk/answer.ts'
import type { Torrent } from './torrent.ts'

/**
 * Deletes the files of a stopped torrent and forgets what was kept of it. Files that were there before stay, and all of
 * a torrent that was added as a seed: they are somebody's own. Throws AppError.
 */
export async function removeData(torrent: Torrent): Promise<void> {
  const { session, metainfo, dir, key } = torrent
  const resumeKey = { infoHash: key, dir }
  if (metainfo !== undefined && torrent.options.mode === 'download') {
    const record = session.resume.claim(resumeKey)
    const storage = session.disk.open({
      info: metainfo.info,
      pieceRoots: metainfo.pieceRoots,
      dir,
      wanted: metainfo.info.files.map(() => true),
      mode: 'download',
      finished: record.state.finished,
    })
    try {
      await answer<undefined>((done) => storage.removeFiles(done))
    } finally {
      await answer<undefined>((done) => storage.close(done))
      record.release()
    }
  }
  session.resume.forget(resumeKey)
}
