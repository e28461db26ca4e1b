// Before a file is written to it must be ours: an absent one is made, and of somebody else's a copy.
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  lstatSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { diskError, errnoOf, unless } from './disk-error.ts'
import { extend, PARTS_FILE, type TorrentFiles } from './torrent-files.ts'

export function makeOurs(files: TorrentFiles, file: number): void {
  const place = files.place(file)
  if (place !== 'absent' && place !== 'foreign') return
  if (!files.places.advance(file, place, 'moving')) return // another worker does it
  // From here to the next place nothing may ask where the file is: it would wait for us.
  const path = files.partPath(file)
  try {
    const folder = files.folders.make(path)
    const part = join(folder, path.at(-1) ?? '')
    if (place === 'absent') makePart(files, file, part)
    else copyForeign(join(folder, files.realPath(file).at(-1) ?? ''), part)
  } catch (error) {
    files.places.set(file, place)
    throw diskError(error, files.folders.show(path), 'write')
  }
  files.places.set(file, 'part')
  files.dirty.add(file)
}

/** Sparse; the ends that it shares pieces of with other files may be in the parts file. */
function makePart(files: TorrentFiles, file: number, part: string): void {
  const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const fd = openSync(part, flags, 0o666)
  try {
    const { offset, length } = files.file(file)
    extend(fd, length)
    const partsFd = files.fdToRead(PARTS_FILE)
    const pieces = files.geometry.piecesOfFile(file)
    if (partsFd === undefined || pieces === undefined) return
    for (const piece of new Set([pieces.first, pieces.last])) {
      files.geometry.spans(piece, 0, files.geometry.pieceBytes(piece), (spanFile, from, spanLength) => {
        if (spanFile === file) copyBetween(partsFd, offset + from, fd, from, spanLength)
      })
    }
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
function copyForeign(real: string, part: string): void {
  try {
    copyFileSync(real, part, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    chmodSync(part, lstatSync(part).mode | 0o600) // the original may be read-only
  } catch (cause) {
    if (errnoOf(cause) !== 'EEXIST') unless(['ENOENT'], () => unlinkSync(part)) // half a copy
    throw cause
  }
}
