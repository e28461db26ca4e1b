// The memory that blocks pass through: two arenas of shared memory, made once and touched lazily, from which slots are
// lent. The main thread lends them out; workers know the arenas and are told numbers.
//
//   receive  [ 4 MiB segment | 4 MiB segment | ... ]   each split into powers of two (buddies) down to 16 KiB
//   send     [ run | run | run | ... ]                 all of one size
//
// What is lent always lies as low as possible, so that memory which was never needed never becomes resident.
import { assert } from '../../core/errors.ts'
import { BLOCK_BYTES } from '../../core/geometry.ts'
import { nextPowerOfTwo } from '../../core/metainfo/metainfo.ts'
import { SEGMENT_BYTES, type Slot } from './disk.ts'
import { PAGE_SKEW } from './page-skew.ts'

/** 16 blocks with the 13 bytes before each on the wire (BEP 3: length, id, piece, begin), rounded up to whole pages. */
export const SEND_RUN_BYTES = Math.ceil((16 * (13 + BLOCK_BYTES)) / 4096) * 4096

export interface MemoryOptions {
  /** A multiple of SEGMENT_BYTES. */
  readonly receiveBytes: number
  readonly sendBytes: number
}

/**
 * Receive: 32 pieces of 1 MiB under way, or 8 of 4 MiB, or parts of larger ones. Send: 31 runs, one for each of as many
 * busy peers.
 */
export const DEFAULT_MEMORY: MemoryOptions = { receiveBytes: 32 * 1024 * 1024, sendBytes: 8 * 1024 * 1024 }

/** Numbers of the arenas. */
const RECEIVE = 0
const SEND = 1

export class PieceBuffers {
  /** By number, as in `Slot.arena`. */
  readonly memories: readonly SharedArrayBuffer[]
  readonly #receive: BuddyArena
  /** 1 for each run that is lent. */
  readonly #runs: Uint8Array
  readonly #lent = new Set<Slot>()

  constructor({ receiveBytes, sendBytes }: MemoryOptions = DEFAULT_MEMORY) {
    assert(receiveBytes % SEGMENT_BYTES === 0, 'the receive arena is a multiple of a segment')
    this.#receive = new BuddyArena(receiveBytes / SEGMENT_BYTES)
    this.#runs = new Uint8Array(Math.floor(sendBytes / SEND_RUN_BYTES))
    this.memories = [new SharedArrayBuffer(receiveBytes), new SharedArrayBuffer(PAGE_SKEW + sendBytes)]
  }

  /** See `Disk.reserve`. */
  reserve(bytes: number, purpose: 'receive' | 'send'): Slot | undefined {
    if (purpose === 'send') return this.#reserveRun(bytes)
    assert(bytes <= SEGMENT_BYTES, 'large pieces are received in segments')
    const length = Math.max(BLOCK_BYTES, nextPowerOfTwo(bytes))
    const offset = this.#receive.take(length)
    return offset < 0 ? undefined : this.#lend(RECEIVE, offset, length)
  }

  release(slot: Slot): void {
    assert(this.#lent.delete(slot), 'a slot is released once')
    if (slot.arena === RECEIVE) this.#receive.give(slot.offset, slot.bytes.length)
    else {
      const first = (slot.offset - PAGE_SKEW) / SEND_RUN_BYTES
      this.#runs.fill(0, first, first + slot.bytes.length / SEND_RUN_BYTES)
    }
  }

  /** Adjacent runs, the lowest that are free. */
  #reserveRun(bytes: number): Slot | undefined {
    const count = Math.ceil(bytes / SEND_RUN_BYTES)
    for (let first = this.#runs.indexOf(0); first >= 0; first = this.#runs.indexOf(0, first + 1)) {
      if (this.#runs.subarray(first, first + count).some((isLent) => isLent === 1)) continue
      if (first + count > this.#runs.length) return undefined
      this.#runs.fill(1, first, first + count)
      return this.#lend(SEND, PAGE_SKEW + first * SEND_RUN_BYTES, count * SEND_RUN_BYTES)
    }
    return undefined
  }

  #lend(arena: number, offset: number, length: number): Slot {
    const memory = this.memories[arena]
    assert(memory !== undefined, 'what is lent lies in an arena')
    const slot = { bytes: new Uint8Array(memory, offset, length), arena, offset }
    this.#lent.add(slot)
    return slot
  }
}

/** Blocks per segment, and so leaves of its tree. */
const LEAVES = SEGMENT_BYTES / BLOCK_BYTES
/** Nodes of a tree, counted from 1; the children of `n` are `2n` and `2n + 1`. */
const NODES = 2 * LEAVES

/** Buddy allocation: every segment has a tree whose nodes say how much can be had in one piece below them. */
class BuddyArena {
  /** In blocks; 0 where all is taken. */
  readonly #largest: Uint16Array
  readonly #segments: number

  constructor(segments: number) {
    this.#segments = segments
    this.#largest = new Uint16Array(segments * NODES)
    for (let node = 1; node < NODES; node++) {
      for (let segment = 0; segment < segments; segment++) this.#largest[segment * NODES + node] = blocksOf(node)
    }
  }

  /** Offset of free memory, the lowest there is; -1 for none. `length` is a power of two. */
  take(length: number): number {
    const blocks = length / BLOCK_BYTES
    for (let segment = 0; segment < this.#segments; segment++) {
      const tree = segment * NODES
      if (this.#at(tree + 1) < blocks) continue
      let node = 1
      while (blocksOf(node) > blocks) node = this.#at(tree + 2 * node) >= blocks ? 2 * node : 2 * node + 1
      this.#largest[tree + node] = 0
      this.#updateAbove(tree, node)
      return segment * SEGMENT_BYTES + (node * blocks - LEAVES) * BLOCK_BYTES
    }
    return -1
  }

  give(offset: number, length: number): void {
    const blocks = length / BLOCK_BYTES
    const tree = Math.floor(offset / SEGMENT_BYTES) * NODES
    const node = (LEAVES + (offset % SEGMENT_BYTES) / BLOCK_BYTES) / blocks
    this.#largest[tree + node] = blocks
    this.#updateAbove(tree, node)
  }

  #updateAbove(tree: number, node: number): void {
    for (let parent = node >>> 1; parent > 0; parent >>>= 1) {
      const left = this.#at(tree + 2 * parent)
      const right = this.#at(tree + 2 * parent + 1)
      const whole = blocksOf(parent)
      this.#largest[tree + parent] = left + right === whole ? whole : Math.max(left, right)
    }
  }

  #at(index: number): number {
    return this.#largest[index] ?? 0
  }
}

/** Blocks that a node stands for: all for the root, half for each child. */
function blocksOf(node: number): number {
  return LEAVES >>> (31 - Math.clz32(node))
}
