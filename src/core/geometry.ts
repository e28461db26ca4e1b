// All arithmetic of pieces, blocks and files: the only file that multiplies by a piece length.
//
//   torrent bytes  |---- file 0 ----|-- file 1 --|pad|------- file 2 ------|
//   pieces         |   0   |   1   |   2   |   3   |   4   |   5   |  6  |
//
// Pieces are counted over one byte space in which every file has an offset. In v1 the files touch each other; in v2
// every file starts a piece and the bytes between belong to nobody (BEP 52). Padding files (BEP 47) and such gaps
// are zeros that are never requested when they end a piece, never written and never shown.
import { assert } from './errors.ts'
import type { PieceIndex } from './ids.ts'

/** BEP 3: the unit that is requested. Clients close connections that ask for other sizes than this or a piece's rest. */
export const BLOCK_BYTES = 16_384

export interface GeometryFile {
  /** Position of the file's first byte in the torrent's byte space. */
  readonly offset: number
  readonly length: number
  /** A BEP 47 padding file: zeros that exist in the hashes only. */
  readonly isPad: boolean
}

/** BEP 52: where a file may begin that comes after `offset` bytes. */
export function alignedToPiece(offset: number, pieceLength: number): number {
  return Math.ceil(offset / pieceLength) * pieceLength
}

/** Called for each part of a file that a byte range covers; `at` is where in the range the part starts. */
export type SpanVisitor = (file: number, fileOffset: number, length: number, at: number) => void

export class Geometry {
  readonly pieceLength: number
  readonly pieceCount: number
  /** End of the byte space: all files and all padding. */
  readonly totalBytes: number
  /** Blocks of every piece but possibly the last of a file. Block ids are `piece * blocksPerPiece + block`. */
  readonly blocksPerPiece: number
  readonly files: readonly GeometryFile[]
  /** Pieces that end in padding, with the number of bytes before it. */
  readonly #shortened = new Map<number, number>()

  /** `files` are sorted by offset and do not overlap; the parser has checked that the sizes are sane. */
  constructor(files: readonly GeometryFile[], pieceLength: number) {
    assert(pieceLength > 0, 'a piece has at least one byte')
    const last = files.at(-1)
    this.files = files
    this.pieceLength = pieceLength
    this.totalBytes = last === undefined ? 0 : last.offset + last.length
    this.pieceCount = Math.ceil(this.totalBytes / pieceLength)
    this.blocksPerPiece = Math.ceil(pieceLength / BLOCK_BYTES)
    let end = 0 // of the data seen so far
    for (const file of files) {
      if (file.isPad || file.length === 0) continue
      if (file.offset > end) this.#markPadding(end, file.offset)
      end = file.offset + file.length
    }
    if (this.totalBytes > end) this.#markPadding(end, this.totalBytes)
  }

  #markPadding(from: number, to: number): void {
    const first = Math.floor(from / this.pieceLength)
    const lastPiece = Math.ceil(to / this.pieceLength) - 1
    for (let piece = first; piece <= lastPiece; piece++) {
      const start = piece * this.pieceLength
      // Padding in the middle of a piece is requested like data: only what ends a piece can be left out.
      if (to >= start + this.pieceBytes(piece as PieceIndex)) this.#shortened.set(piece, Math.max(0, from - start))
    }
  }

  /** The checked form of a number from the network. */
  pieceIndex(n: number): PieceIndex | undefined {
    return Number.isInteger(n) && n >= 0 && n < this.pieceCount ? (n as PieceIndex) : undefined
  }

  /** Bytes of a piece as v1 hashes them: with padding. */
  pieceBytes(piece: PieceIndex): number {
    return Math.min(this.pieceLength, this.totalBytes - piece * this.pieceLength)
  }

  /** Bytes of a piece that travel: without the padding at its end. This is also what v2 hashes. */
  dataBytes(piece: PieceIndex): number {
    return this.#shortened.get(piece) ?? this.pieceBytes(piece)
  }

  /** Position of a piece's first byte in the torrent's byte space. */
  pieceOffset(piece: PieceIndex): number {
    return piece * this.pieceLength
  }

  blockCount(piece: PieceIndex): number {
    return Math.ceil(this.dataBytes(piece) / BLOCK_BYTES)
  }

  blockId(piece: PieceIndex, block: number): number {
    return piece * this.blocksPerPiece + block
  }

  pieceOfBlock(id: number): PieceIndex {
    return Math.floor(id / this.blocksPerPiece) as PieceIndex
  }

  /** Number of a block within its piece. */
  blockInPiece(id: number): number {
    return id % this.blocksPerPiece
  }

  /** Where a block begins in its piece, in bytes. */
  blockBegin(id: number): number {
    return this.blockInPiece(id) * BLOCK_BYTES
  }

  blockLength(id: number): number {
    const begin = this.blockBegin(id)
    return Math.min(BLOCK_BYTES, this.dataBytes(this.pieceOfBlock(id)) - begin)
  }

  /** The block that `begin` and `length` describe exactly, or -1: a peer answers what was asked or breaks the rules. */
  findBlock(piece: PieceIndex, begin: number, length: number): number {
    if (begin % BLOCK_BYTES !== 0 || begin >= this.dataBytes(piece)) return -1
    const id = this.blockId(piece, begin / BLOCK_BYTES)
    return this.blockLength(id) === length ? id : -1
  }

  /**
   * May a peer ask for this? Padding may be asked for too: v1 clients do, and of v2 torrents libtorrent asks for the whole
   * last block of a piece, also of the very last one (`isLastPadded`).
   */
  isRequestable(piece: PieceIndex, begin: number, length: number, isLastPadded = false): boolean {
    return length > 0 && begin + length <= (isLastPadded ? this.pieceLength : this.pieceBytes(piece))
  }

  /** Number of the first file that ends after `offset`; `files.length` if none does. */
  fileAt(offset: number): number {
    let low = 0
    let high = this.files.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const file = this.files[middle] as GeometryFile
      if (file.offset + file.length <= offset) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Visits the parts of real files (no padding, nothing empty) in a range of a piece. */
  spans(piece: PieceIndex, begin: number, length: number, visit: SpanVisitor): void {
    const start = piece * this.pieceLength + begin
    const end = start + length
    for (let n = this.fileAt(start); n < this.files.length; n++) {
      const file = this.files[n] as GeometryFile
      if (file.offset >= end) return
      if (file.isPad || file.length === 0) continue
      const from = Math.max(start, file.offset)
      const to = Math.min(end, file.offset + file.length)
      if (to > from) visit(n, from - file.offset, to - from, from - start)
    }
  }

  /** First and last piece of a file, or `undefined` for an empty one. */
  piecesOfFile(file: number): { readonly first: PieceIndex; readonly last: PieceIndex } | undefined {
    const { offset, length } = this.files[file] as GeometryFile
    if (length === 0) return undefined
    return {
      first: Math.floor(offset / this.pieceLength) as PieceIndex,
      last: Math.floor((offset + length - 1) / this.pieceLength) as PieceIndex,
    }
  }
}
