// The jobs of the disk on one thread, whichever it is: pieces are hashed, and good ones written; pieces are read.
import { equalBytes } from '../../core/bytes.ts'
import { AppError, assert } from '../../core/errors.ts'
import { BLOCK_BYTES } from '../../core/geometry.ts'
import type { PieceIndex } from '../../core/ids.ts'
import { leavesOfPiece } from '../../core/metainfo/metainfo.ts'
import { NODE_BYTES } from '../../core/metainfo/merkle.ts'
import { type Digests, type FileStamp, type FinishedFile, type Stored } from './disk.ts'
import { readBlocks, readBytes, writeBytes } from './file-storage.ts'
import { finish, prepare, setWanted, stamps, sync } from './file-upkeep.ts'
import { OpenFiles } from './open-files.ts'
import { DIGEST_BYTES, digestBlocks, type HashShape, hashPiece, PieceHash, type PieceHashes } from './piece-hash.ts'
import type { StorageSpec } from './storage-spec.ts'
import { TorrentFiles } from './torrent-files.ts'

const SHA1_BYTES = 20

/** A job as it is sent to a worker. `arena` and `offset` say where a slot lies. */
export type Job =
  | {
      readonly kind: 'store'
      readonly piece: PieceIndex
      readonly begin: number
      readonly arena: number
      readonly offset: number
      readonly length: number
      readonly wantDigests: boolean
      /** What the piece's hashes should be. */
      readonly v1: Uint8Array | undefined
      readonly v2: Uint8Array | undefined
    }
  | { readonly kind: 'abandon'; readonly piece: PieceIndex }
  | {
      readonly kind: 'load'
      readonly piece: PieceIndex
      readonly begin: number
      readonly length: number
      readonly arena: number
      readonly offset: number
      readonly headerBytes: number
    }
  | {
      readonly kind: 'check'
      readonly first: PieceIndex
      readonly count: number
      /** What the hashes of all these pieces should be, one after the other. */
      readonly v1: Uint8Array | undefined
      readonly v2: Uint8Array | undefined
    }
  | { readonly kind: 'digest'; readonly first: PieceIndex; readonly count: number }
  | { readonly kind: 'finish'; readonly file: number }
  | { readonly kind: 'want'; readonly wanted: readonly boolean[] }
  | { readonly kind: 'prepare' | 'stamps' | 'fence' | 'sync' | 'close' }

export type JobAnswer = Stored | Digests | FinishedFile | readonly FileStamp[] | Uint8Array | number | undefined

export class DiskJobs {
  readonly #storages = new Map<number, StorageJobs>()
  readonly #memories = new Map<number, SharedArrayBuffer>()
  readonly #openFiles = new OpenFiles()
  readonly #buffer: ReadBuffer = { bytes: undefined }

  addMemory(arena: number, memory: SharedArrayBuffer): void {
    this.#memories.set(arena, memory)
  }

  dropMemory(arena: number): void {
    this.#memories.delete(arena)
  }

  open(storage: number, spec: StorageSpec): void {
    this.#storages.set(storage, new StorageJobs(storage, spec, this.#openFiles, this.#buffer))
  }

  /** Does the job; throws AppError. */
  run(storage: number, job: Job): JobAnswer {
    const jobs = this.#storages.get(storage)
    assert(jobs !== undefined, 'a job of an open storage')
    switch (job.kind) {
      case 'store': {
        const bytes = this.#slot(job.arena, job.offset, job.length)
        return jobs.store(job.piece, job.begin, bytes, job.wantDigests, job)
      }
      case 'abandon':
        return jobs.abandon(job.piece)
      case 'load': {
        const bytes = this.#slot(job.arena, job.offset, undefined)
        return jobs.load(job.piece, job.begin, job.length, bytes, job.headerBytes)
      }
      case 'check':
        return jobs.check(job.first, job.count, job)
      case 'digest':
        return jobs.digest(job.first, job.count)
      case 'finish':
        return finish(jobs.files, job.file)
      case 'want':
        setWanted(jobs.files, job.wanted)
        return undefined
      case 'prepare':
        return prepare(jobs.files)
      case 'stamps':
        return stamps(jobs.files)
      case 'fence':
        return undefined // the jobs before it are done
      case 'sync':
        sync(jobs.files)
        return undefined
      case 'close':
        this.#storages.delete(storage)
        jobs.files.close()
        return undefined
    }
  }

  #slot(arena: number, offset: number, length: number | undefined): Uint8Array {
    const memory = this.#memories.get(arena)
    assert(memory !== undefined, 'a slot lies in a known memory')
    return new Uint8Array(memory, offset, length)
  }

  close(): void {
    for (const { files } of this.#storages.values()) files.close()
    this.#storages.clear()
  }
}

/** Shared by the jobs of a thread, made when it is first needed. */
interface ReadBuffer {
  bytes: Uint8Array | undefined
}

/** A megabyte stays in the core's cache between being read and being hashed. */
const READ_BYTES = 1024 * 1024

class StorageJobs {
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

  store(piece: PieceIndex, begin: number, bytes: Uint8Array, wantDigests: boolean, expected: PieceHashes): Stored {
    const shape = this.#shape(piece)
    const isLast = begin + bytes.length === shape.dataBytes
    if (begin === 0 && isLast) return this.#finishPiece(piece, 0, bytes, wantDigests, expected, hashPiece(bytes, shape))
    const pieceHash = begin === 0 ? new PieceHash(shape) : this.#started.get(piece)
    if (pieceHash === undefined) throw new AppError('internal', `segments of piece ${piece} were lost`)
    this.#started.set(piece, pieceHash)
    pieceHash.update(bytes)
    if (!isLast) return { result: 'more', stamps: writeBytes(this.files, piece, begin, bytes), digests: undefined }
    this.#started.delete(piece)
    return this.#finishPiece(piece, begin, bytes, wantDigests, expected, pieceHash.finish())
  }

  #finishPiece(
    piece: PieceIndex,
    begin: number,
    bytes: Uint8Array,
    wantDigests: boolean,
    expected: PieceHashes,
    actual: PieceHashes,
  ): Stored {
    const isGood = isEqual(expected, actual)
    const digests = wantDigests || !isGood ? this.#digests(piece, begin, bytes) : undefined
    if (!isGood) return { result: 'bad-hash', stamps: [], digests }
    return { result: 'stored', stamps: writeBytes(this.files, piece, begin, bytes), digests }
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

  /** Hashes pieces on disk: several with one read where they are small, in parts where they are large. */
  #hashRun(first: PieceIndex, count: number, visit: (n: number, hashes: PieceHashes | undefined) => void): void {
    const { geometry } = this.files
    const perRead = Math.max(1, Math.floor(READ_BYTES / geometry.pieceLength))
    const isSmall = geometry.pieceLength <= READ_BYTES
    for (let n = 0; n < count; n += perRead) {
      const piece = pieceAt(first, n)
      if (isSmall) this.#hashTogether(piece, Math.min(perRead, count - n), (k, hashes) => visit(n + k, hashes))
      else visit(n, this.#hashInParts(piece))
    }
  }

  #hashTogether(first: PieceIndex, count: number, visit: (n: number, hashes: PieceHashes | undefined) => void): void {
    const { geometry } = this.files
    const last = pieceAt(first, count - 1)
    const length = geometry.pieceOffset(last) - geometry.pieceOffset(first) + geometry.dataBytes(last)
    const buffer = this.#readBuffer()
    const isWhole = readBytes(this.files, first, 0, buffer.subarray(0, length))
    for (let n = 0; n < count; n++) {
      const piece = pieceAt(first, n)
      const begin = geometry.pieceOffset(piece) - geometry.pieceOffset(first)
      const bytes = buffer.subarray(begin, begin + geometry.dataBytes(piece))
      const isRead = isWhole || readBytes(this.files, piece, 0, bytes)
      visit(n, isRead ? hashPiece(bytes, this.#shape(piece)) : undefined)
    }
  }

  #hashInParts(piece: PieceIndex): PieceHashes | undefined {
    const shape = this.#shape(piece)
    const buffer = this.#readBuffer()
    const pieceHash = new PieceHash(shape)
    for (let at = 0; at < shape.dataBytes; at += buffer.length) {
      const part = buffer.subarray(0, Math.min(buffer.length, shape.dataBytes - at))
      if (!readBytes(this.files, piece, at, part)) return undefined
      pieceHash.update(part)
    }
    return pieceHash.finish()
  }

  #readBuffer(): Uint8Array {
    this.#buffer.bytes ??= new Uint8Array(READ_BYTES)
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
