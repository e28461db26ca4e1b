// What is done to a torrent's files besides reading and writing pieces: making, finishing, moving, syncing.
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  lstatSync,
  openSync,
  readSync,
  renameSync,
  type Stats,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import type { FileStamp, FinishedFile } from './disk.ts'
import { diskError, errnoOf, unless } from './disk-error.ts'
import { extend, type FileStorage, PARTS_FILE } from './file-storage.ts'

/** One file with two names. */
export function isSameFile(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev
}

export function removePart(storage: FileStorage, file: number): void {
  storage.guarded(file, () => unlinkSync(storage.folders.show(storage.partPath(file))))
}

/** See `Storage.prepare`. */
export function prepare(storage: FileStorage): FileStamp[] {
  if (storage.spec.mode === 'download') {
    storage.folders.make([''])
    makeWanted(storage)
    dropPartsFile(storage)
  }
  return stamps(storage)
}

export function stamps(storage: FileStorage): FileStamp[] {
  return storage.spec.files.flatMap(({ isPad, symlink }, file) =>
    isPad || symlink !== undefined ? [] : [storage.stamp(file)],
  )
}

/** See `Storage.setWanted`. What the parts file has of a file that became wanted is moved when the file is made. */
export function setWanted(storage: FileStorage, wanted: readonly boolean[]): void {
  wanted.forEach((isWanted, file) => {
    storage.spec.wanted[file] = isWanted ? 1 : 0
  })
  if (storage.spec.mode === 'download') makeWanted(storage)
}

/** Empty files and links; the others are made when they are first written to. */
function makeWanted(storage: FileStorage): void {
  storage.spec.files.forEach(({ isPad, length, symlink }, file) => {
    if (isPad || storage.spec.wanted[file] === 0) return
    if (symlink !== undefined) makeLink(storage, file, symlink)
    else if (length === 0) makeEmpty(storage, file)
  })
}

function makeEmpty(storage: FileStorage, file: number): void {
  const path = storage.realPath(file)
  const name = join(storage.folders.make(path), path.at(-1) ?? '')
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL
  storage.guarded(file, () => {
    // What has the name already stays: if it is another file, nothing is lost but an empty one.
    const fd = unless(['EEXIST'], () => openSync(name, flags))
    if (fd === undefined) return
    if (storage.file(file).isExecutable) makeExecutable(fd)
    closeSync(fd)
  })
  storage.places.advance(file, 'unknown', 'real')
}

/** BEP 47 `l`. `target` is below the download folder, like the link: what it says leads from one to the other. */
function makeLink(storage: FileStorage, file: number, target: readonly string[]): void {
  const path = storage.realPath(file)
  const folder = storage.folders.make(path)
  const way = relative(join('/', ...path.slice(0, -1)), join('/', ...target))
  // EPERM, ENOTSUP: the file system knows no links, and what they would show is there all the same.
  storage.guarded(file, () =>
    unless(['EEXIST', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP'], () => symlinkSync(way, join(folder, path.at(-1) ?? ''))),
  )
}

/** When no file is absent any more, nothing is read from the parts file. */
function dropPartsFile(storage: FileStorage): void {
  const { files } = storage.spec
  for (let file = files[storage.firstAbsent]; file !== undefined; file = files[++storage.firstAbsent]) {
    const hasBytes = !file.isPad && file.length > 0
    if (hasBytes && storage.place(storage.firstAbsent) === 'absent') return
  }
  storage.closeFile(PARTS_FILE)
  storage.dirty.delete(PARTS_FILE)
  storage.guarded(PARTS_FILE, () => unless(['ENOENT'], () => unlinkSync(storage.show(PARTS_FILE))))
}

/** Before a file is written to: an absent one is made, and of somebody else's a copy. */
export function makeOurs(storage: FileStorage, file: number): void {
  const place = storage.place(file)
  if (place !== 'absent' && place !== 'foreign') return
  if (!storage.places.advance(file, place, 'moving')) return // another worker does it
  try {
    const path = storage.partPath(file)
    const folder = storage.folders.make(path)
    const part = join(folder, path.at(-1) ?? '')
    if (place === 'absent') makePart(storage, file, part)
    else copyForeign(storage, file, join(folder, storage.realPath(file).at(-1) ?? ''), part)
  } catch (error) {
    storage.places.set(file, place)
    throw diskError(error, storage.show(file), 'write')
  }
  storage.places.set(file, 'part')
}

/** Made sparse; the ends that it shares with other files may be in the parts file. */
function makePart(storage: FileStorage, file: number, part: string): void {
  const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const fd = openSync(part, flags)
  try {
    const { offset, length } = storage.file(file)
    extend(fd, length)
    const partsFd = storage.fdToRead(PARTS_FILE)
    const pieces = storage.geometry.piecesOfFile(file)
    if (partsFd === undefined || pieces === undefined) return
    for (const piece of new Set([pieces.first, pieces.last])) {
      storage.geometry.spans(piece, 0, storage.geometry.pieceBytes(piece), (spanFile, from, spanLength) => {
        if (spanFile === file) copyBetween(partsFd, offset + from, fd, from, spanLength)
      })
    }
    storage.dirty.add(file)
  } finally {
    closeSync(fd)
  }
}

const COPY_BYTES = 256 * 1024

function copyBetween(from: number, fromAt: number, to: number, toAt: number, length: number): void {
  const buffer = Buffer.allocUnsafe(Math.min(length, COPY_BYTES))
  for (let at = 0; at < length; ) {
    const read = readSync(from, buffer, 0, Math.min(buffer.length, length - at), fromAt + at)
    if (read === 0) return
    for (let done = 0; done < read; ) done += writeSync(to, buffer, done, read - done, toAt + at + done)
    at += read
  }
}

/** On many file systems a copy costs nothing until it is written to. */
function copyForeign(storage: FileStorage, file: number, real: string, part: string): void {
  try {
    copyFileSync(real, part, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    chmodSync(part, lstatSync(part).mode | 0o600)
  } catch (cause) {
    unless(['ENOENT'], () => unlinkSync(part))
    throw cause
  }
  storage.dirty.add(file)
}

/** See `Storage.finishFile`. */
export function finish(storage: FileStorage, file: number): FinishedFile {
  if (storage.spec.mode === 'download') {
    // All pieces of somebody else's file were good: from now on it is the torrent's.
    if (storage.place(file) !== 'foreign' || !storage.places.advance(file, 'foreign', 'real')) {
      makeOurs(storage, file)
      if (storage.place(file) === 'part') giveRealName(storage, file)
    }
    dropPartsFile(storage)
  }
  return { ...storage.stamp(file), name: storage.currentPath(file).at(-1) ?? '' }
}

function giveRealName(storage: FileStorage, file: number): void {
  const fd = storage.fdToWrite(file)
  const path = storage.partPath(file)
  const folder = storage.folders.make(path)
  const part = join(folder, path.at(-1) ?? '')
  storage.guarded(file, () => {
    const { length, isExecutable } = storage.file(file)
    if (fstatSync(fd).size > length) ftruncateSync(fd, length)
    if (isExecutable) makeExecutable(fd)
  })
  storage.closeFile(file)
  if (!storage.places.advance(file, 'part', 'moving')) return
  try {
    for (let number = 0; ; number++) {
      if (!moveTo(part, join(folder, storage.realPath(file, number).at(-1) ?? ''))) continue
      storage.places.set(file, 'real', number)
      return
    }
  } catch (error) {
    storage.places.set(file, 'part')
    throw diskError(error, storage.show(file), 'write')
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
export function sync(storage: FileStorage): void {
  for (const file of storage.dirty) {
    const fd = storage.fdToRead(file)
    if (fd !== undefined) storage.guarded(file, () => fsyncSync(fd))
  }
  storage.dirty.clear()
}
