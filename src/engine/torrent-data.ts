// What is done with the files of a stopped torrent: they go, or go elsewhere.
import type { Metainfo } from '../core/metainfo/metainfo.ts'
import { answer } from '../io/disk/answer.ts'
import type { Storage } from '../io/disk/disk.ts'
import type { Torrent } from './torrent.ts'

/**
 * Deletes the files of a stopped torrent and forgets what was kept of it. Files that were there before stay, and all of
 * a torrent that was added as a seed: they are somebody's own. Throws AppError.
 */
export async function removeData(torrent: Torrent): Promise<void> {
  const { session, metainfo, dir, key } = torrent
  if (metainfo !== undefined && torrent.options.mode === 'download') {
    await withStorage(torrent, metainfo, (storage) => answer<undefined>((done) => storage.removeFiles(done)))
  }
  session.resume.forget({ infoHash: key, dir })
}

/**
 * Takes the files of a stopped torrent to another folder, with what is kept of them. Throws AppError, then nothing moved.
 * `moved` is called as soon as the files are there. After a kill before that, the same call goes on.
 */
export async function moveData(torrent: Torrent, dir: string, moved: () => void): Promise<void> {
  const { session, metainfo, key } = torrent
  if (metainfo !== undefined) {
    await withStorage(torrent, metainfo, (storage) => answer<undefined>((done) => storage.moveFiles(dir, done)))
  }
  moved()
  session.resume.move({ infoHash: key, dir: torrent.dir }, dir)
}

async function withStorage(
  { session, dir, key, options }: Torrent,
  { info, pieceRoots }: Metainfo,
  work: (storage: Storage) => Promise<unknown>,
): Promise<void> {
  const record = session.resume.claim({ infoHash: key, dir })
  const storage = session.disk.open({
    info,
    pieceRoots,
    dir,
    wanted: info.files.map(() => true),
    mode: options.mode === 'seed' ? 'share' : 'download',
    finished: record.state.finished,
  })
  try {
    await work(storage)
  } finally {
    await answer<undefined>((done) => storage.close(done))
    record.release()
  }
}
