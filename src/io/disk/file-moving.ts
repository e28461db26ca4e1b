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
import { PARTS_FILE, type TorrentFiles } from './torrent-files.ts'

interface Move {
  readonly from: string
  readonly to: string
}

/** See `Storage.moveFiles`. */
export function moveFiles(files: TorrentFiles, dir: string): void {
  files.close()
  const paths = pathsOf(files)
  const target = new Folders(dir)
  const taken = paths.map((path) => target.show(path)).find((path) => lstatSync(path, { throwIfNoEntry: false }))
  if (taken !== undefined) {
    throw new AppError('exists', `"${taken}" exists already: move it away, or choose another folder`)
  }
  target.make([''])
  const moves = paths.map((path) => {
    const name = path.at(-1) ?? ''
    return { from: join(files.folders.find(path) ?? '', name), to: join(target.make(path), name) }
  })
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
function pathsOf(files: TorrentFiles): (readonly string[])[] {
  const paths = files.spec.files.flatMap(({ isPad, symlink }, file) => {
    if (isPad) return []
    return [symlink === undefined ? files.currentPath(file) : files.realPath(file)]
  })
  return [...paths, files.currentPath(PARTS_FILE)].filter((path) => {
    const folder = files.folders.find(path)
    return folder !== undefined && lstatSync(join(folder, path.at(-1) ?? ''), { throwIfNoEntry: false }) !== undefined
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
