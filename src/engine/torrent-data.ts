// What is done with the files of a stopped torrent: they go, or go elsewhere.
import type { Metainfo } from '../core/metainfo/metainfo.ts'
import { answer } from '../io/disk/answer.ts'
import type { Storage } from '../io/disk/disk.ts'
import { type Rename, renamedPath } from '../core/metainfo/renames.ts'
import type { ResumeRecord } from './resume.ts'
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

export interface Place {
  readonly dir: string
  readonly renames: readonly Rename[]
}

/**
 * Takes the files of a stopped torrent to another place, with what is kept of them. Throws AppError, then nothing moved.
 * `moved` is called as soon as the files are there. After a kill before that, the same call goes on.
 */
export async function moveData(torrent: Torrent, to: Place, moved: () => void): Promise<void> {
  const { session, metainfo, key, dir } = torrent
  if (metainfo === undefined) return moved()
  const before = torrent.onDisk?.files ?? []
  const paths = metainfo.info.files.map(({ path }) => renamedPath(path, to.renames))
  await withStorage(torrent, metainfo, (storage) => answer<undefined>((done) => storage.moveFiles(to.dir, paths, done)))
  moved()
  const names = paths.map((path) => path.at(-1) ?? '')
  const renamed = new Map([...names.entries()].filter(([n, name]) => name !== before[n]?.path.at(-1)))
  session.resume.move({ infoHash: key, dir }, to.dir, renamed)
}

/** Throws AppError: 'busy' if the torrent runs, here or elsewhere; else what the work throws. */
export async function withStorage(
  { session, dir, key, options, onDisk }: Torrent,
  { info, pieceRoots }: Metainfo,
  work: (storage: Storage, record: ResumeRecord) => Promise<unknown>,
): Promise<void> {
  const record = session.resume.claim({ infoHash: key, dir })
  const storage = session.disk.open({
    info: onDisk ?? info,
    pieceRoots,
    dir,
    wanted: info.files.map(() => true),
    mode: options.mode === 'seed' ? 'share' : 'download',
    finished: record.state.finished,
  })
  try {
    await work(storage, record)
  } finally {
    await answer<undefined>((done) => storage.close(done))
    record.release()
  }
}
