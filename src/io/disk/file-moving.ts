// Taking a torrent's files to another download folder: all of them, or none.
import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../../core/errors.ts'
import { diskError, errnoOf } from './disk-error.ts'
import { removeFolders } from './file-removal.ts'
import { Folders } from './folders.ts'
import { PARTS_FILE, partPath, type TorrentFiles } from './torrent-files.ts'

interface Move {
  readonly from: string
  readonly to: string
}

/** As paths below the old and the new download folder. */
interface Way {
  readonly from: readonly string[]
  readonly to: readonly string[]
}

/** See `Storage.moveFiles`. */
export function moveFiles(files: TorrentFiles, dir: string, paths: readonly (readonly string[])[]): void {
  files.close()
  const target = new Folders(dir)
  const ways = waysOf(files, paths).filter(({ from, to }) => files.folders.show(from) !== target.show(to))
  const taken = ways.map(({ to }) => target.show(to)).find((path) => lstatSync(path, { throwIfNoEntry: false }))
  if (taken !== undefined) {
    throw new AppError('exists', `"${taken}" exists already: move it away, or choose another folder or name`)
  }
  target.make([''])
  const moves = ways.map(({ from, to }) => ({
    from: join(files.folders.find(from) ?? '', from.at(-1) ?? ''),
    to: join(target.make(to), to.at(-1) ?? ''),
  }))
  const moved: Move[] = []
  const copied: Move[] = []
  try {
    for (const move of moves) {
      if (rename(move)) moved.push(move)
      else copied.push(move)
    }
  } catch (error) {
    for (const { from, to } of moved) renameSync(to, from)
    for (const { to } of copied) rmSync(to, { force: true })
    throw error
  }
  // Only now: until the last one was there, the old ones were the torrent.
  for (const { from } of copied) rmSync(from, { force: true })
  removeFolders(files)
}

/** Of what is there: files and links, below the download folder. */
function waysOf(files: TorrentFiles, paths: readonly (readonly string[])[]): Way[] {
  const ways = files.all.flatMap(({ isPad, symlink, path }, file): Way[] => {
    if (isPad) return []
    const from = symlink === undefined ? files.currentPath(file) : files.realPath(file)
    const to = paths[file] ?? path
    const isRenamed = to.at(-1) !== path.at(-1)
    if (isRenamed) return [{ from, to: files.place(file) === 'part' ? partPath(to) : to }]
    return [{ from, to: to.with(-1, from.at(-1) ?? '') }] // it may be 'name (1).ext'
  })
  const parts = files.currentPath(PARTS_FILE)
  return [...ways, { from: parts, to: parts }].filter(({ from }) => {
    const folder = files.folders.find(from)
    return folder !== undefined && lstatSync(join(folder, from.at(-1) ?? ''), { throwIfNoEntry: false }) !== undefined
  })
}

/** False if it had to be copied, to another file system: its time comes along, by which it is known again. */
function rename({ from, to }: Move): boolean {
  try {
    renameSync(from, to)
    return true
  } catch (cause) {
    if (errnoOf(cause) !== 'EXDEV') throw diskError(cause, to, 'write')
  }
  // Half a copy has another name, should this be its end.
  const copy = `${to}.moving`
  try {
    const stats = lstatSync(from)
    if (stats.isSymbolicLink()) symlinkSync(readlinkSync(from), to)
    else {
      copyFileSync(from, copy, constants.COPYFILE_FICLONE)
      utimesSync(copy, stats.atime, stats.mtime)
      sync(copy)
      renameSync(copy, to)
    }
    return false
  } catch (cause) {
    rmSync(copy, { force: true })
    throw diskError(cause, to, 'write')
  }
}

/** Its old place is deleted soon. */
function sync(path: string): void {
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
