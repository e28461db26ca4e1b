// What is done to a torrent's files besides reading and writing pieces: making, finishing, moving, syncing.
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import type { FileStamp, FinishedFile } from './disk.ts'
import { diskError, errnoOf, unless } from './disk-error.ts'
import { makeOurs } from './make-ours.ts'
import { isSameFile, PARTS_FILE, type TorrentFiles } from './torrent-files.ts'

/** See `Storage.prepare`. */
export function prepare(files: TorrentFiles): FileStamp[] {
  if (files.spec.mode === 'download') {
    files.folders.make([''])
    makeWanted(files)
    dropPartsFile(files)
  }
  return stamps(files, 0, files.all.length)
}

/** Of the files from `first` to before `end`. */
export function stamps(files: TorrentFiles, first: number, end: number): FileStamp[] {
  const result: FileStamp[] = []
  for (let file = first; file < end; file++) {
    const { isPad, symlink } = files.file(file)
    if (!isPad && symlink === undefined) result.push(files.stamp(file))
  }
  return result
}

/** See `Storage.setWanted`. What the parts file has of a file that became wanted is moved when the file is made. */
export function setWanted(files: TorrentFiles, wanted: readonly boolean[]): void {
  wanted.forEach((isWanted, file) => {
    files.spec.wanted[file] = isWanted ? 1 : 0
  })
  if (files.spec.mode === 'download') makeWanted(files)
}

/** Empty files and links; the others are made when they are first written to. */
function makeWanted(files: TorrentFiles): void {
  files.all.forEach(({ isPad, length, symlink }, file) => {
    if (isPad || files.spec.wanted[file] === 0) return
    if (symlink !== undefined) makeLink(files, file, symlink)
    else if (length === 0) makeEmpty(files, file)
  })
}

function makeEmpty(files: TorrentFiles, file: number): void {
  const path = files.realPath(file)
  const name = join(files.folders.make(path), path.at(-1) ?? '')
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
  files.writing(file, () => {
    // What has the name already stays: if it is another file, nothing is lost but an empty one.
    const fd = unless(['EEXIST'], () => openSync(name, flags))
    if (fd !== undefined) closeSync(fd)
  })
  files.places.advance(file, 'unknown', 'real')
}

/** BEP 47 `l`. `target` is below the download folder, and the link says the way there: the folder can be moved. */
function makeLink(files: TorrentFiles, file: number, target: readonly string[]): void {
  const path = files.realPath(file)
  const folder = files.folders.make(path)
  // From where the folder really is: it can be reached through a link, and then `..` leads elsewhere than its path says.
  const way = relative(folder, join(files.folders.make(['']), ...target))
  // EPERM, ENOTSUP: the file system knows no links, and what they would show is there all the same.
  files.writing(file, () =>
    unless(['EEXIST', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP'], () => symlinkSync(way, join(folder, path.at(-1) ?? ''))),
  )
}

/** When no file is absent any more, nothing is read from the parts file. */
function dropPartsFile(files: TorrentFiles): void {
  const { all } = files
  for (let file = all[files.firstAbsent]; file !== undefined; file = all[++files.firstAbsent]) {
    const hasBytes = !file.isPad && file.length > 0
    if (hasBytes && files.place(files.firstAbsent) === 'absent') return
  }
  files.closeFile(PARTS_FILE)
  files.dirty.delete(PARTS_FILE)
  if (files.stats(files.currentPath(PARTS_FILE)) === undefined) return
  files.writing(PARTS_FILE, () => unless(['ENOENT'], () => unlinkSync(files.show(PARTS_FILE))))
}

/** See `Storage.finishFile`. */
export function finish(files: TorrentFiles, file: number): FinishedFile {
  if (files.spec.mode === 'download') {
    // All pieces of somebody else's file were good: from now on it is the torrent's.
    if (files.place(file) !== 'foreign' || !files.places.advance(file, 'foreign', 'real')) {
      makeOurs(files, file)
      if (files.place(file) === 'part') giveRealName(files, file)
    }
    dropPartsFile(files)
  }
  return { ...files.stamp(file), name: files.currentPath(file).at(-1) ?? '' }
}

function giveRealName(files: TorrentFiles, file: number): void {
  const fd = files.fdToWrite(file)
  const path = files.partPath(file)
  const folder = files.folders.make(path)
  const part = join(folder, path.at(-1) ?? '')
  files.writing(file, () => {
    const { length, isExecutable } = files.file(file)
    if (fstatSync(fd).size > length) ftruncateSync(fd, length)
    if (isExecutable) makeExecutable(fd)
  })
  files.closeFile(file)
  if (!files.places.advance(file, 'part', 'moving')) return
  try {
    for (let number = 0; ; number++) {
      if (!moveTo(part, join(folder, files.realPath(file, number).at(-1) ?? ''))) continue
      files.places.set(file, 'real', number)
      return
    }
  } catch (error) {
    files.places.set(file, 'part')
    throw diskError(error, files.show(file), 'write')
  }
}

/** A second name, then the first one goes: unlike a rename this never replaces a file that came a moment ago. */
function moveTo(part: string, name: string): boolean {
  try {
    linkSync(part, name)
  } catch (cause) {
    switch (errnoOf(cause)) {
      case 'EEXIST':
        // A kill after the link: it is there already.
        if (!isSameFile(lstatSync(part), lstatSync(name))) return false
        break
      case 'ENOENT':
      case 'EACCES':
      case 'EROFS':
      case 'ENOSPC':
        throw cause
      default: // FAT and some network file systems have no links
        if (lstatSync(name, { throwIfNoEntry: false }) !== undefined) return false
        renameSync(part, name)
        return true
    }
  }
  unlinkSync(part)
  return true
}

/** BEP 47 `x`: who may read the file may run it. */
function makeExecutable(fd: number): void {
  const { mode } = fstatSync(fd)
  fchmodSync(fd, mode | ((mode & 0o444) >> 2))
}

/** See `Storage.sync`: what this worker wrote. */
export function sync(files: TorrentFiles): void {
  for (const file of files.dirty) {
    const fd = files.fdToRead(file)
    if (fd !== undefined) files.writing(file, () => fsyncSync(fd))
  }
  files.dirty.clear()
}
