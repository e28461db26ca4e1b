// What is done with the pieces of one torrent: they are hashed, and good ones written; they are read, checked, digested.
import { equalBytes } from '../../core/bytes.ts'
import { AppError } from '../../core/errors.ts'
import { BLOCK_BYTES } from '../../core/geometry.ts'
import type { PieceIndex } from '../../core/ids.ts'
import { NODE_BYTES } from '../../core/metainfo/merkle.ts'
import { leavesOfPiece } from '../../core/metainfo/metainfo.ts'
import type { Digests, Stored } from './disk.ts'
import type { StoreJob } from './job.ts'
import { readBlocks, readBytes, stampsOfPiece, writeBytes } from './file-storage.ts'
import type { OpenFiles } from './open-files.ts'
import { PAGE_SKEW } from './page-skew.ts'
import {
  DIGEST_BYTES,
  digestBlocks,
  type HashShape,
  hashPiece,
  hashPieces,
  isPair,
  PieceHash,
  type PieceHashes,
  PiecePairHash,
} from './piece-hash.ts'
import type { StorageSpec } from './storage-spec.ts'
import { TorrentFiles } from './torrent-files.ts'

const SHA1_BYTES = 20

/** Shared by the jobs of a thread, made when it is first needed. */
export interface ReadBuffer {
  bytes: Uint8Array | undefined
}

/** Stays in a near cache between being read and being hashed; with less, calls cost more (256 KiB: 4 % before 128). */
const PART_BYTES = 256 * 1024
/** Of two pieces, where two are hashed at once. */
const READ_BYTES = 2 * PART_BYTES

export class StorageJobs {
  readonly files: TorrentFiles
  readonly #spec: StorageSpec
  readonly #buffer: ReadBuffer
  /** Pieces of several segments, of which not all have come. Bounded by the slots that hold the others. */
  readonly #started = new Map<PieceIndex, PieceHash>()

  constructor(id: number, spec: StorageSpec, openFiles: OpenFiles, buffer: ReadBuffer) {
    this.files = new TorrentFiles(id, spec, openFiles)
    this.#spec = spec
    this.#buffer = buffer
  }

  /** `hashes`: of the piece, from those who have hashed it already. */
  store(job: StoreJob, bytes: Uint8Array, hashes?: PieceHashes): Stored {
    const { piece, begin } = job
    const shape = this.#shape(piece)
    const isLast = begin + bytes.length === shape.dataBytes
    if (begin === 0 && isLast) return this.#finishPiece(job, bytes, hashes ?? hashPiece({ bytes, shape }))
    const pieceHash = begin === 0 ? new PieceHash(shape) : this.#started.get(piece)
    this.#started.delete(piece) // if this segment cannot be written, the piece is lost
    if (pieceHash?.hashedBytes !== begin) throw new AppError('internal', `segments of piece ${piece} were lost`)
    pieceHash.update(bytes)
    if (isLast) return this.#finishPiece(job, bytes, pieceHash.finish())
    const stamps = writeBytes(this.files, piece, begin, bytes)
    this.#started.set(piece, pieceHash)
    return { result: 'more', stamps, digests: undefined }
  }

  /** Of pieces that are in memory as a whole. */
  hash(pieces: readonly { readonly piece: PieceIndex; readonly bytes: Uint8Array }[]): PieceHashes[] {
    return hashPieces(pieces.map(({ piece, bytes }) => ({ bytes, shape: this.#shape(piece) })))
  }

  #finishPiece(job: StoreJob, bytes: Uint8Array, actual: PieceHashes): Stored {
    const { piece, begin, wantDigests } = job
    const isGood = isEqual(job, actual)
    const digests = wantDigests || !isGood ? this.#digests(piece, begin, bytes) : undefined
    const result = isGood ? 'stored' : 'bad-hash'
    const stamps = isGood ? writeBytes(this.files, piece, begin, bytes) : []
    return { result, stamps: begin === 0 ? stamps : stampsOfPiece(this.files, piece), digests }
  }

  /** Of all blocks of a piece: `bytes` is its last segment, those before it are read back. */
  #digests(piece: PieceIndex, begin: number, bytes: Uint8Array): Uint8Array {
    const digests = new Uint8Array(this.files.geometry.blockCount(piece) * DIGEST_BYTES)
    const buffer = begin === 0 ? bytes : this.#readBuffer()
    for (let at = 0; at < begin; at += buffer.length) {
      const part = buffer.subarray(0, Math.min(buffer.length, begin - at))
      readBytes(this.files, piece, at, part)
      digestBlocks(part, digests, (at / BLOCK_BYTES) * DIGEST_BYTES)
    }
    digestBlocks(bytes, digests, (begin / BLOCK_BYTES) * DIGEST_BYTES)
    return digests
  }

  abandon(piece: PieceIndex): undefined {
    this.#started.delete(piece)
  }

  load(piece: PieceIndex, begin: number, length: number, bytes: Uint8Array, headerBytes: number): number {
    if (readBlocks(this.files, piece, begin, length, bytes, headerBytes)) return length
    throw this.#missing(piece)
  }

  check(first: PieceIndex, count: number, expected: Digests): Uint8Array {
    const results = new Uint8Array(count)
    this.#hashRun(first, count, (n, actual) => {
      if (actual !== undefined && isEqual(hashesAt(expected, n), actual)) results[n] = 1
    })
    return results
  }

  digest(first: PieceIndex, count: number): Digests {
    const v1 = this.#spec.hasV1 ? new Uint8Array(count * SHA1_BYTES) : undefined
    const v2 = this.#spec.hasV2 ? new Uint8Array(count * NODE_BYTES) : undefined
    this.#hashRun(first, count, (n, hashes) => {
      if (hashes === undefined) throw this.#missing((first + n) as PieceIndex)
      if (hashes.v1 !== undefined) v1?.set(hashes.v1, n * SHA1_BYTES)
      if (hashes.v2 !== undefined) v2?.set(hashes.v2, n * NODE_BYTES)
    })
    return { v1, v2 }
  }

  /** Hashes pieces on disk. */
  #hashRun(first: PieceIndex, count: number, visit: (n: number, hashes: PieceHashes | undefined) => void): void {
    for (let n = 0; n < count; ) {
      for (const hashes of this.#hashNext(pieceAt(first, n), count - n)) visit(n++, hashes)
    }
  }

  /** As many as go together: small ones with one read, of large ones two in parts, or one if it has no other. */
  #hashNext(first: PieceIndex, most: number): readonly (PieceHashes | undefined)[] {
    const perRead = Math.floor(READ_BYTES / this.files.geometry.pieceLength)
    if (perRead > 1) return this.#hashTogether(first, Math.min(perRead, most))
    const pair = most > 1 ? this.#hashTwoInParts(first) : undefined
    return pair ?? [this.#hashInParts(first)]
  }

  #hashTogether(first: PieceIndex, count: number): readonly (PieceHashes | undefined)[] {
    const { geometry } = this.files
    const last = pieceAt(first, count - 1)
    const length = geometry.pieceOffset(last) - geometry.pieceOffset(first) + geometry.dataBytes(last)
    const buffer = this.#readBuffer()
    const isWhole = readBytes(this.files, first, 0, buffer.subarray(0, length))
    const pieces = Array.from({ length: count }, (_, n) => {
      const piece = pieceAt(first, n)
      const begin = geometry.pieceOffset(piece) - geometry.pieceOffset(first)
      return { piece, bytes: buffer.subarray(begin, begin + geometry.dataBytes(piece)) }
    })
    if (isWhole) return this.hash(pieces)
    return pieces.map((one) => (readBytes(this.files, one.piece, 0, one.bytes) ? this.hash([one])[0] : undefined))
  }

  /** Undefined: these two are no pair, or one of them is not there as a whole. */
  #hashTwoInParts(first: PieceIndex): readonly PieceHashes[] | undefined {
    const second = pieceAt(first, 1)
    const shapes = [this.#shape(first), this.#shape(second)] as const
    if (!isPair(...shapes)) return undefined
    const pairHash = new PiecePairHash(...shapes)
    const buffer = this.#readBuffer()
    const { dataBytes } = shapes[0]
    for (let at = 0; at < dataBytes; at += PART_BYTES) {
      const length = Math.min(PART_BYTES, dataBytes - at)
      const ofFirst = buffer.subarray(0, length)
      const ofSecond = buffer.subarray(PART_BYTES, PART_BYTES + length)
      if (!readBytes(this.files, first, at, ofFirst) || !readBytes(this.files, second, at, ofSecond)) return undefined
      pairHash.update(ofFirst, ofSecond)
    }
    return pairHash.finish()
  }

  #hashInParts(piece: PieceIndex): PieceHashes | undefined {
    const shape = this.#shape(piece)
    const buffer = this.#readBuffer()
    const pieceHash = new PieceHash(shape)
    for (let at = 0; at < shape.dataBytes; at += PART_BYTES) {
      const part = buffer.subarray(0, Math.min(PART_BYTES, shape.dataBytes - at))
      if (!readBytes(this.files, piece, at, part)) return undefined
      pieceHash.update(part)
    }
    return pieceHash.finish()
  }

  #readBuffer(): Uint8Array {
    this.#buffer.bytes ??= new Uint8Array(READ_BYTES + PAGE_SKEW).subarray(PAGE_SKEW)
    return this.#buffer.bytes
  }

  #shape(piece: PieceIndex): HashShape {
    const { geometry } = this.files
    return {
      hasV1: this.#spec.hasV1,
      hasV2: this.#spec.hasV2,
      dataBytes: geometry.dataBytes(piece),
      pieceBytes: geometry.pieceBytes(piece),
      leaves: this.#spec.hasV2 ? leavesOfPiece(this.files, piece) : 0,
    }
  }

  /** Names the first file of the piece that is gone or cut. */
  #missing(piece: PieceIndex): AppError {
    const { geometry } = this.files
    let path: string | undefined
    geometry.spans(piece, 0, geometry.dataBytes(piece), (file, offset, length) => {
      if (path === undefined && this.files.stamp(file).sizeBytes < offset + length) path = this.files.show(file)
    })
    return new AppError('data-missing', `"${path ?? this.#spec.dir}" is gone or shorter than it was: start again`)
  }
}

/** The caller has checked that all pieces of a run exist. */
function pieceAt(first: PieceIndex, n: number): PieceIndex {
  return (first + n) as PieceIndex
}

function isEqual(expected: PieceHashes, actual: PieceHashes): boolean {
  const isGoodV1 = actual.v1 === undefined || (expected.v1 !== undefined && equalBytes(actual.v1, expected.v1))
  const isGoodV2 = actual.v2 === undefined || (expected.v2 !== undefined && equalBytes(actual.v2, expected.v2))
  return isGoodV1 && isGoodV2
}

/** Of the n-th piece in a run. */
export function hashesAt(hashes: Digests, n: number, count = 1): PieceHashes {
  return {
    v1: hashes.v1?.subarray(n * SHA1_BYTES, (n + count) * SHA1_BYTES),
    v2: hashes.v2?.subarray(n * NODE_BYTES, (n + count) * NODE_BYTES),
  }
}
