// What we send, read ahead: runs of adjacent blocks, laid out in a slot as they go over the wire, so that any number of
// adjacent blocks is one write and one read from disk serves every peer that asks. A run is one cell of 16 blocks of the
// piece, or up to four when a worker reads it and so much of it was asked for: a fast peer then costs a quarter of the
// jobs. What is in memory is read cell by cell, so that it is still in the processor's cache when it is sent.
//
//   slot  [13 header][16 KiB block][13 header][16 KiB block] ...
//
// A run stays until as much was sent as it holds (its memory, still in the processor's cache, is the best place for the
// next one: saves 5 % of a seeder's time), or until its memory is needed for another one and nobody is sending from it.
import { BLOCK_HEADER_BYTES, writeBlockHeader } from '../core/wire/messages.ts'
import { BLOCK_BYTES, type Geometry } from '../core/geometry.ts'
import { AppError } from '../core/errors.ts'
import type { PieceIndex } from '../core/ids.ts'
import type { Disk, Slot, Storage } from '../io/disk/disk.ts'

export const CELL_BLOCKS = 16
const MAX_RUN_BLOCKS = 4 * CELL_BLOCKS
const STRIDE = BLOCK_HEADER_BYTES + BLOCK_BYTES
const CELL_BYTES = CELL_BLOCKS * BLOCK_BYTES

/** Whose runs these are: one per torrent. */
export interface RunSource {
  readonly storage: Storage
  readonly geometry: Geometry
  /** By the cells that they cover. */
  readonly runs: Map<number, Run>
  /** What was read last needed no worker. */
  isInMemory: boolean
  onReadFailed(error: AppError): void
}

/** Of the longest run that is read now. */
export function runBlocks({ isInMemory }: RunSource): number {
  return isInMemory ? CELL_BLOCKS : MAX_RUN_BLOCKS
}

export class Run {
  /** Its first cell in `RunSource.runs`. */
  readonly cell: number
  readonly piece: PieceIndex
  /** Where in the piece the run begins, and its length, in bytes. */
  readonly begin: number
  readonly length: number
  readonly slot: Slot
  isReady = false
  /** Blocks that were sent, to whomever. */
  sentBlocks = 0
  /** Sends under way. */
  users = 0
  readonly waiters: (() => void)[] = []
  /** Handed to the transport with every send; one function for all of them. */
  readonly release: () => void

  constructor(
    source: RunSource,
    piece: PieceIndex,
    begin: number,
    length: number,
    slot: Slot,
    onFree: (run: Run) => void,
  ) {
    this.cell = cellOf(source, piece, begin)
    this.piece = piece
    this.begin = begin
    this.length = length
    this.slot = slot
    this.release = () => {
      this.users--
      if (this.users === 0) onFree(this)
    }
  }

  get cells(): number {
    return Math.ceil(this.length / CELL_BYTES)
  }

  /** The wire bytes of `count` blocks from the one at `begin` of the piece; `length` is that of the last one. */
  wire(begin: number, count: number, length: number): Uint8Array {
    const first = ((begin - this.begin) / BLOCK_BYTES) * STRIDE
    return this.slot.bytes.subarray(first, first + (count - 1) * STRIDE + BLOCK_HEADER_BYTES + length)
  }
}

export class RunCache {
  readonly #disk: Disk
  /** Least recently used first. Bounded by the disk's memory for sending. */
  readonly #lru = new Map<Run, RunSource>()
  /** Called when memory may be free again; each torrent's peers put themselves here at most once. */
  readonly #starved = new Set<() => void>()

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /**
   * The run that holds `begin` of a piece; starts to read it if need be, with what is wanted after it. `undefined`: no
   * memory now, see `whenFree`.
   */
  get(source: RunSource, piece: PieceIndex, begin: number, wantedBytes: number): Run | undefined {
    const known = source.runs.get(cellOf(source, piece, begin))
    if (known === undefined) return this.#read(source, piece, begin, wantedBytes, false)
    this.#lru.delete(known)
    this.#lru.set(known, source)
    return known
  }

  has(source: RunSource, piece: PieceIndex, begin: number): boolean {
    return source.runs.has(cellOf(source, piece, begin))
  }

  /** Reads a run that will be wanted soon. False: no memory but that of other runs that nobody has used yet. */
  prefetch(source: RunSource, piece: PieceIndex, begin: number, wantedBytes: number): boolean {
    return this.has(source, piece, begin) || this.#read(source, piece, begin, wantedBytes, true) !== undefined
  }

  #read(source: RunSource, piece: PieceIndex, from: number, wantedBytes: number, isAhead: boolean): Run | undefined {
    const begin = from - (from % CELL_BYTES)
    const longest = this.#unreadBytes(source, piece, begin, from + wantedBytes)
    const long = longest > CELL_BYTES ? this.#disk.reserve(slotBytes(longest), 'send') : undefined
    const length = long === undefined ? Math.min(longest, CELL_BYTES) : longest
    const slot = long ?? this.#reserve(slotBytes(length), isAhead)
    if (slot === undefined) return undefined
    const run = new Run(source, piece, begin, length, slot, (free) => this.#onFree(source, free))
    for (let n = 0; n < run.cells; n++) source.runs.set(run.cell + n, run)
    this.#lru.set(run, source)
    const { storage } = source
    source.isInMemory = storage.loadNow(piece, begin, length, slot, BLOCK_HEADER_BYTES)
    if (source.isInMemory) makeReady(source, run)
    else storage.load(piece, begin, length, slot, BLOCK_HEADER_BYTES, (result) => this.#onLoaded(source, run, result))
    return run
  }

  /** Whole cells from `begin` on, as far as they are wanted, in no run, and no more than a run may be. */
  #unreadBytes(source: RunSource, piece: PieceIndex, begin: number, end: number): number {
    const pieceBytes = source.geometry.pieceBytes(piece)
    let length = CELL_BYTES
    while (begin + length < Math.min(end, pieceBytes, begin + runBlocks(source) * BLOCK_BYTES)) {
      if (this.has(source, piece, begin + length)) break
      length += CELL_BYTES
    }
    return Math.min(length, pieceBytes - begin)
  }

  /** Memory for a reader that is no peer, up to a cell; runs that nobody is sending from make room for it. */
  reserve(bytes: number): Slot | undefined {
    return this.#reserve(bytes, false)
  }

  /** What `reserve` gave. */
  release(slot: Slot): void {
    this.#disk.release(slot)
    this.#wakeStarved()
  }

  /** Calls back once when a run's memory may be had. */
  whenFree(callback: () => void): void {
    this.#starved.add(callback)
  }

  /** The torrent's data changed or is gone: nothing of it may be sent again. */
  forget(source: RunSource): void {
    for (const run of source.runs.values()) {
      if (run.isReady && run.users === 0) this.#drop(source, run)
    }
  }

  #onFree(source: RunSource, run: Run): void {
    if (run.sentBlocks * BLOCK_BYTES >= run.length && this.#lru.has(run)) this.#drop(source, run)
    this.#wakeStarved()
  }

  #onLoaded(source: RunSource, run: Run, result: number | AppError): void {
    const { waiters } = run
    if (result instanceof AppError) {
      this.#drop(source, run)
      waiters.length = 0
      source.onReadFailed(result)
      this.#wakeStarved()
      return
    }
    makeReady(source, run)
    for (const waiter of waiters.splice(0)) waiter()
  }

  #reserve(bytes: number, isAhead: boolean): Slot | undefined {
    const slot = this.#disk.reserve(bytes, 'send')
    if (slot !== undefined) return slot
    for (const [run, source] of this.#lru) {
      if (!run.isReady || run.users > 0 || (isAhead && run.sentBlocks === 0)) continue
      this.#drop(source, run)
      const freed = this.#disk.reserve(bytes, 'send')
      if (freed !== undefined) return freed
    }
    return undefined
  }

  #drop(source: RunSource, run: Run): void {
    for (let n = 0; n < run.cells; n++) source.runs.delete(run.cell + n)
    this.#lru.delete(run)
    this.#disk.release(run.slot)
  }

  #wakeStarved(): void {
    const callbacks = [...this.#starved]
    this.#starved.clear()
    for (const callback of callbacks) callback()
  }
}

/** Its bytes are there; what goes before each block is not. */
function makeReady({ geometry }: RunSource, run: Run): void {
  for (let at = 0, block = 0; at < run.length; at += BLOCK_BYTES, block++) {
    const bytes = Math.min(BLOCK_BYTES, geometry.dataBytes(run.piece) - run.begin - at)
    writeBlockHeader(run.slot.bytes, block * STRIDE, run.piece, run.begin + at, bytes)
  }
  run.isReady = true
}

function cellOf(source: RunSource, piece: PieceIndex, begin: number): number {
  return piece * Math.ceil(source.geometry.pieceLength / CELL_BYTES) + Math.floor(begin / CELL_BYTES)
}

/** With the gaps for the headers. */
function slotBytes(length: number): number {
  return Math.ceil(length / BLOCK_BYTES) * BLOCK_HEADER_BYTES + length
}
