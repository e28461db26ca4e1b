// Bytes of pieces to files and back, at the offsets that the torrent says.
import { fstatSync, readSync, readvSync, writeSync } from 'node:fs'
import { assert } from '../../core/errors.ts'
import { BLOCK_BYTES } from '../../core/geometry.ts'
import type { PieceIndex } from '../../core/ids.ts'
import type { FileStamp } from './disk.ts'
import { makeOurs } from './make-ours.ts'
import { PARTS_FILE, stampOf, type TorrentFiles } from './torrent-files.ts'

/**
 * Fills `bytes` from the torrent's bytes that begin at `begin` of a piece, and may go on in the pieces after it.
 * Padding is zeros. False if something is missing: then what is in `bytes` is worth nothing.
 */
export function readBytes(files: TorrentFiles, piece: PieceIndex, begin: number, bytes: Uint8Array): boolean {
  let end = 0
  let isWhole = true
  const isOnePiece = begin + bytes.length <= files.geometry.pieceBytes(piece)
  files.geometry.spans(piece, begin, bytes.length, (file, offset, length, at) => {
    if (!isWhole) return
    bytes.fill(0, end, at)
    end = at + length
    if (files.place(file) !== 'absent') isWhole = readFully(files, file, bytes, at, length, offset)
    else {
      const position = files.file(file).offset + offset
      const isInParts = isOnePiece && isBorder(files, piece, file)
      isWhole = isInParts && readFully(files, PARTS_FILE, bytes, at, length, position)
    }
  })
  bytes.fill(0, end)
  return isWhole
}

/** Reads blocks, each behind a gap: see `Storage.load`. */
export function readBlocks(
  files: TorrentFiles,
  piece: PieceIndex,
  begin: number,
  length: number,
  bytes: Uint8Array,
  gapBytes: number,
): boolean {
  const blocks: Uint8Array[] = []
  for (let at = 0, to = gapBytes; at < length; at += BLOCK_BYTES, to += gapBytes + BLOCK_BYTES) {
    blocks.push(bytes.subarray(to, to + Math.min(BLOCK_BYTES, length - at)))
  }
  if (readVectored(files, piece, begin, length, blocks)) return true
  return blocks.every((block, n) => readBytes(files, piece, begin + n * BLOCK_BYTES, block))
}

/** The usual case: all of it lies in one file, and one call of the system reads it. False: read it another way. */
function readVectored(
  files: TorrentFiles,
  piece: PieceIndex,
  begin: number,
  length: number,
  blocks: readonly Uint8Array[],
): boolean {
  const span = onlySpan(files, piece, begin, length)
  if (span === undefined || files.place(span.file) === 'absent') return false
  const { file, offset } = span
  const fd = files.fdToRead(file)
  return fd !== undefined && files.reading(file, () => readvSync(fd, blocks, offset)) === length
}

/** The one file that holds all these bytes of a piece, and where in it they begin. */
export function onlySpan(
  { geometry }: TorrentFiles,
  piece: PieceIndex,
  begin: number,
  length: number,
): { readonly file: number; readonly offset: number } | undefined {
  let only: { readonly file: number; readonly offset: number } | undefined
  geometry.spans(piece, begin, length, (file, offset, spanLength) => {
    if (spanLength === length) only = { file, offset }
  })
  return only
}

/** Writes the bytes that begin at `begin` of a piece; returns how the files that were touched are now. */
export function writeBytes(files: TorrentFiles, piece: PieceIndex, begin: number, bytes: Uint8Array): FileStamp[] {
  assert(files.spec.mode === 'download', 'what is only shared is never written to')
  const stamps: FileStamp[] = []
  files.geometry.spans(piece, begin, bytes.length, (file, offset, length, at) => {
    const isUnwanted = files.spec.wanted[file] === 0
    if (isUnwanted && files.place(file) === 'absent' && isBorder(files, piece, file)) {
      writeFully(files, PARTS_FILE, bytes, at, length, files.file(file).offset + offset)
      if (files.place(file) === 'absent') return
      // Another worker made the file meanwhile, and may have missed what was just written: write it there too.
    }
    if (files.place(file) === 'foreign' && hasAlready(files, file, bytes.subarray(at, at + length), offset)) {
      stamps.push(files.stamp(file))
      return
    }
    makeOurs(files, file)
    const fd = writeFully(files, file, bytes, at, length, offset)
    stamps.push(files.writing(file, () => stampOf(file, fstatSync(fd))))
  })
  return stamps
}

/** How the files are now that have a part of the piece. */
export function stampsOfPiece(files: TorrentFiles, piece: PieceIndex): FileStamp[] {
  const stamps: FileStamp[] = []
  files.geometry.spans(piece, 0, files.geometry.pieceBytes(piece), (file) => {
    if (files.place(file) !== 'absent') stamps.push(files.stamp(file))
  })
  return stamps
}

/** Somebody else's file can be good where the piece was not: what was bad is in the next file, and this one may stay. */
function hasAlready(files: TorrentFiles, file: number, bytes: Uint8Array, offset: number): boolean {
  const present = new Uint8Array(bytes.length)
  return readFully(files, file, present, 0, present.length, offset) && Buffer.compare(present, bytes) === 0
}

/** Does the piece hold bytes of other files too? */
function isBorder(files: TorrentFiles, piece: PieceIndex, file: number): boolean {
  const { geometry } = files
  const { offset, length } = files.file(file)
  const start = geometry.pieceOffset(piece)
  return start < offset || start + geometry.dataBytes(piece) > offset + length
}

function readFully(
  files: TorrentFiles,
  file: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  position: number,
): boolean {
  const fd = files.fdToRead(file)
  if (fd === undefined) return false
  return files.reading(file, () => {
    for (let done = 0; done < length; ) {
      const read = readSync(fd, bytes, at + done, length - done, position + done)
      if (read === 0) return false
      done += read
    }
    return true
  })
}

function writeFully(
  files: TorrentFiles,
  file: number,
  bytes: Uint8Array,
  at: number,
  length: number,
  position: number,
): number {
  const fd = files.fdToWrite(file)
  files.dirty.add(file)
  files.writing(file, () => {
    for (let done = 0; done < length; ) done += writeSync(fd, bytes, at + done, length - done, position + done)
  })
  return fd
}
