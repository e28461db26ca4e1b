// What a torrent has once its info dictionary is known: geometry, picker, storage, and the pieces that are on their way.
import { Bitfield } from '../core/bitfield.ts'
import { AppError } from '../core/errors.ts'
import { BLOCK_BYTES, type Geometry } from '../core/geometry.ts'
import type { PieceIndex } from '../core/ids.ts'
import type { Info } from '../core/metainfo/metainfo.ts'
import { Picker } from '../core/pick/picker.ts'
import { URGENT_PRIORITY } from '../core/pick/piece-order.ts'
import type { Suggester } from '../core/pick/suggester.ts'
import { type Disk, SEGMENT_BYTES, type Slot, type Storage } from '../io/disk/disk.ts'
import type { Run, RunSource } from './run-cache.ts'

/**
 * So many segments of a piece are received at once: what several fast peers have under way. They are written one after
 * the other, before the hash of the piece is known, so that a piece of 64 MiB needs no more memory than one of 16.
 */
const SEGMENTS_AHEAD = 3

/** Where the blocks of a started piece are gathered: one slot, or one per segment when the piece is larger than that. */
export interface PieceMemory {
  /** Absent before there is memory for it, and after it was written. */
  readonly slots: (Slot | undefined)[]
  /** Segments that there was memory for so far; in order. */
  reserved: number
  /** Bytes of each segment that have come. */
  readonly filled: number[]
  /** Segments handed to the disk so far; they go in order. */
  handed: number
}

/** A piece whose hash was wrong: who sent which block, and what it was. Kept until the right bytes tell who lied. */
export interface Suspicion {
  /** Keys of the senders, see `banKey`; one per block. */
  readonly senders: readonly string[]
  /** 8 bytes per block. */
  readonly digests: Uint8Array
}

export interface PieceRange {
  readonly first: number
  /** Belongs to it. */
  readonly last: number
}

export interface ContentOptions {
  readonly info: Info
  readonly pieceRoots: Uint8Array | undefined
  readonly storage: Storage
  readonly disk: Disk
  /** By file number; 0 is unwanted. */
  readonly priorities: readonly number[]
  readonly onReadFailed: (error: AppError) => void
}

export class Content implements RunSource {
  readonly info: Info
  readonly pieceRoots: Uint8Array | undefined
  readonly geometry: Geometry
  readonly storage: Storage
  /** Verified pieces. */
  readonly have: Bitfield
  readonly picker: Picker
  readonly runs = new Map<number, Run>()
  isInMemory = false
  readonly memory = new Map<number, PieceMemory>()
  /** Once we have everything and somebody wants it. */
  suggester: Suggester | undefined
  readonly suspicions = new Map<number, Suspicion>()
  /** Pieces that each file still lacks; at 0 it gets its real name. */
  readonly piecesLeft: Int32Array
  /** Wanted files, by number. */
  readonly wanted: boolean[]
  #filePriorities: readonly number[] = []
  /** What each reader waits for. */
  readonly #urgent = new Map<object, PieceRange>()
  #isSequential = false
  readonly onReadFailed: (error: AppError) => void
  readonly #listeners = new Set<() => void>()
  /** Bytes of wanted files, verified bytes of them, and verified bytes of all files. */
  wantedBytes = 0
  doneBytes = 0
  haveBytes = 0
  readonly #disk: Disk
  /** Pieces with segments that there was no memory for yet. */
  readonly #growing = new Set<PieceIndex>()

  constructor(options: ContentOptions) {
    const { info } = options
    this.info = info
    this.pieceRoots = options.pieceRoots
    this.geometry = info.geometry
    this.storage = options.storage
    this.onReadFailed = options.onReadFailed
    this.#disk = options.disk
    this.have = new Bitfield(this.geometry.pieceCount)
    this.picker = new Picker(this.geometry, this.have, {
      reserve: (piece) => this.#reserve(piece),
      release: (piece) => this.#release(piece),
      random: Math.random,
    })
    this.wanted = options.info.files.map(() => false)
    this.piecesLeft = new Int32Array(info.files.length)
    this.setPriorities(options.priorities)
  }

  /** Length of a piece's n-th segment in bytes. */
  segmentBytes(piece: PieceIndex, segment: number): number {
    return Math.min(SEGMENT_BYTES, this.geometry.dataBytes(piece) - segment * SEGMENT_BYTES)
  }

  #reserve(piece: PieceIndex): number {
    const count = Math.ceil(this.geometry.dataBytes(piece) / SEGMENT_BYTES)
    const slots = Array.from({ length: count }, (): Slot | undefined => undefined)
    const memory = { slots, reserved: 0, filled: slots.map(() => 0), handed: 0 }
    const blocks = this.#reserveMore(memory, piece)
    if (blocks === 0) return 0
    this.memory.set(piece, memory)
    if (memory.reserved < count) this.#growing.add(piece)
    return blocks
  }

  /** The next segments, as far as there is memory. Returns the blocks that there has been memory for. */
  #reserveMore(memory: PieceMemory, piece: PieceIndex): number {
    const { slots } = memory
    while (memory.reserved < Math.min(slots.length, memory.handed + SEGMENTS_AHEAD)) {
      const slot = this.#disk.reserve(this.segmentBytes(piece, memory.reserved), 'receive')
      if (slot === undefined) break
      slots[memory.reserved++] = slot
    }
    return Math.min(this.geometry.blockCount(piece), (memory.reserved * SEGMENT_BYTES) / BLOCK_BYTES)
  }

  /** Call before blocks are asked for: pieces that lack memory for their next segments come before new ones. */
  growPieces(): void {
    for (const piece of this.#growing) {
      const memory = this.memory.get(piece)
      if (memory !== undefined) this.picker.extend(piece, this.#reserveMore(memory, piece))
      if (memory === undefined || memory.reserved === memory.slots.length) this.#growing.delete(piece)
    }
  }

  /** A started piece is given up; the segments that the disk has come back by themselves. */
  #release(piece: PieceIndex): void {
    const memory = this.memory.get(piece)
    if (memory === undefined) return
    if (memory.handed > 0) this.storage.abandon(piece)
    for (let segment = memory.handed; segment < memory.slots.length; segment++) this.releaseSegment(memory, segment)
    this.memory.delete(piece)
  }

  /** The disk is done with one segment of a piece. */
  releaseSegment(memory: PieceMemory, segment: number): void {
    const slot = memory.slots[segment]
    if (slot === undefined) return
    memory.slots[segment] = undefined
    this.#disk.release(slot)
  }

  /** Gives up pieces that are on their way: their peers are gone or the torrent stops. Not those the disk has. */
  abandonPieces(): void {
    for (const [piece, memory] of this.memory) {
      if (memory.handed === memory.slots.length) continue // whole: its answer will come
      this.#release(piece as PieceIndex)
      this.picker.abandoned(piece as PieceIndex)
    }
  }

  /** A piece is wanted as much as the most wanted file in it, but for what a reader waits for. */
  setPriorities(files: readonly number[]): void {
    this.#filePriorities = files
    const priorities = new Uint8Array(this.geometry.pieceCount)
    files.forEach((priority, n) => {
      this.wanted[n] = priority > 0
      const pieces = this.geometry.piecesOfFile(n)
      if (pieces === undefined) return
      for (let piece: number = pieces.first; piece <= pieces.last; piece++) {
        priorities[piece] = Math.max(priorities[piece] as number, priority)
      }
    })
    for (const { first, last } of this.#urgent.values()) priorities.fill(URGENT_PRIORITY, first, last + 1)
    this.picker.setPriorities(priorities)
    this.counted()
  }

  /** Lowest piece first; it is so anyway while somebody reads. */
  setSequential(isSequential: boolean): void {
    this.#isSequential = isSequential
    this.picker.setSequential(isSequential || this.#urgent.size > 0)
  }

  /** A reader waits for these pieces, and no longer for those before; for none when it has gone. */
  setUrgent(reader: object, pieces: PieceRange | undefined): void {
    const before = this.#urgent.get(reader)
    if (pieces === undefined) this.#urgent.delete(reader)
    else this.#urgent.set(reader, pieces)
    this.setSequential(this.#isSequential)
    if (this.have.isFull) return
    for (const { first, last } of [before, pieces].filter((range) => range !== undefined)) {
      for (let piece = first; piece <= last; piece++) {
        this.picker.setPriority(piece as PieceIndex, this.#priorityOf(piece as PieceIndex))
      }
    }
  }

  /** Does some reader wait for the piece already? */
  isUrgent(piece: number): boolean {
    return [...this.#urgent.values()].some(({ first, last }) => piece >= first && piece <= last)
  }

  #priorityOf(piece: PieceIndex): number {
    if (this.isUrgent(piece)) return URGENT_PRIORITY
    let most = 0
    this.geometry.spans(piece, 0, this.geometry.pieceBytes(piece), (file) => {
      most = Math.max(most, this.#filePriorities[file] ?? 0)
    })
    return most
  }

  /** `have` was filled from what is on disk: counts anew what is there and what is left. */
  counted(): void {
    const { files } = this.info
    this.wantedBytes = files.reduce((sum, file, n) => sum + (this.#isCounted(n) ? file.length : 0), 0)
    this.doneBytes = 0
    this.haveBytes = 0
    files.forEach((file, n) => {
      const pieces = file.isPad ? undefined : this.geometry.piecesOfFile(n)
      this.piecesLeft[n] = pieces === undefined ? 0 : pieces.last - pieces.first + 1
    })
    for (let piece = 0; piece < this.have.length; piece++) {
      if (this.have.has(piece)) this.pieceStored(piece as PieceIndex)
    }
  }

  /** A piece has become verified. Returns the wanted files that are complete by that. */
  pieceStored(piece: PieceIndex): number[] {
    const completed: number[] = []
    this.geometry.spans(piece, 0, this.geometry.pieceBytes(piece), (file, _offset, length) => {
      this.haveBytes += length
      if (this.#isCounted(file)) this.doneBytes += length
      const left = (this.piecesLeft[file] as number) - 1
      this.piecesLeft[file] = left
      if (left === 0 && this.wanted[file] === true) completed.push(file)
    })
    return completed
  }

  /** Resolves when another piece was verified, when the torrent stops, or by the signal. */
  news(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const listener = (): void => resolve()
    this.#listeners.add(listener)
    signal.addEventListener('abort', listener)
    return promise.finally(() => {
      this.#listeners.delete(listener)
      signal.removeEventListener('abort', listener)
    })
  }

  /** A piece was verified, or no more will be. */
  tellNews(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Wanted files with data, all of it verified. */
  completeFiles(): number[] {
    return this.info.files.flatMap((file, n) => {
      return this.#isCounted(n) && file.length > 0 && this.piecesLeft[n] === 0 ? [n] : []
    })
  }

  #isCounted(file: number): boolean {
    return this.wanted[file] === true && this.info.files[file]?.isPad === false
  }
}
