// The peers of one torrent that have addresses of one family, packed into one array: a tracker holds millions of them.
// Leechers stand in front, so both counts are known and a seed is given leechers without looking at anybody:
//
//   entry     | compact address 6 or 18 | last heard of, seconds 4 | flags 1 |
//   entries   | leecher | leecher | … | seed | seed | … | free … |
//             0                       leechers      count
//
// A few peers are searched one by one; above that an open hash table holds the positions of addresses.
import { readU8, readU32, writeU32 } from '../bytes.ts'
import { hash32 } from './hash32.ts'

/** 16 IPv4 entries are 176 bytes, three cache lines: no index is worth its memory. */
const MAX_UNINDEXED = 16
const HAS_COMPLETED = 1
/** Time and flags behind the address. */
const EXTRA_BYTES = 5

/** Numbers from 0 to below 1. */
export type Random = () => number

export class PeerTable {
  readonly #addressBytes: 6 | 18
  readonly #entryBytes: number
  readonly #hashSeed: number
  #entries: Uint8Array
  /** Position + 1 at the hash of its address or the next free slot after it; 0 is free. Length: a power of two. */
  #index: Uint16Array | Uint32Array | undefined
  #count: number
  #leechers: number

  constructor(addressBytes: 6 | 18, hashSeed: number) {
    this.#addressBytes = addressBytes
    this.#entryBytes = addressBytes + EXTRA_BYTES
    this.#hashSeed = hashSeed
    this.#entries = new Uint8Array(this.#entryBytes)
    this.#index = undefined
    this.#count = 0
    this.#leechers = 0
  }

  get count(): number {
    return this.#count
  }

  get leechers(): number {
    return this.#leechers
  }

  /** Position of a compact address, or -1. Positions are good until the next change of the table. */
  find(address: Uint8Array): number {
    if (this.#index !== undefined) return readSlot(this.#index, this.#slotOf(this.#index, address)) - 1
    for (let position = 0; position < this.#count; position++) if (this.#isAt(position, address)) return position
    return -1
  }

  /** Adds a peer, or changes the one with this address; returns its position. */
  put(address: Uint8Array, isSeed: boolean, nowSec: number): number {
    const known = this.find(address)
    if (known === -1) return this.#insert(address, isSeed, nowSec, 0)
    if (isSeed === known >= this.#leechers) {
      writeU32(this.#entries, this.#extraOf(known), nowSec)
      return known
    }
    const flags = readU8(this.#entries, this.#extraOf(known) + 4)
    this.removeAt(known)
    return this.#insert(address, isSeed, nowSec, flags)
  }

  /** Notes that this peer has completed the torrent; false if that was noted before. */
  markCompleted(position: number): boolean {
    const at = this.#extraOf(position) + 4
    const isFirst = (readU8(this.#entries, at) & HAS_COMPLETED) === 0
    this.#entries[at] = HAS_COMPLETED
    return isFirst
  }

  addressAt(position: number): Uint8Array {
    const at = position * this.#entryBytes
    return this.#entries.slice(at, at + this.#addressBytes)
  }

  lastHeardAt(position: number): number {
    return readU32(this.#entries, this.#extraOf(position))
  }

  hasCompleted(position: number): boolean {
    return (readU8(this.#entries, this.#extraOf(position) + 4) & HAS_COMPLETED) !== 0
  }

  removeAt(position: number): void {
    if (this.#index !== undefined) this.#unindex(this.#index, this.addressAt(position))
    // The last leecher fills the hole of a leecher; then the hole is at the border, and the last seed fills that.
    let hole = position
    if (hole < this.#leechers) {
      this.#leechers--
      this.#move(this.#leechers, hole)
      hole = this.#leechers
    }
    this.#count--
    this.#move(this.#count, hole)
    // Half empty is not yet too large: a swarm that breathes would be copied again and again.
    const capacity = this.#entries.length / this.#entryBytes
    if (capacity > 4 && this.#count < capacity / 4) this.#resize(this.#count, grown(this.#count))
  }

  /** Backwards, because what fills a hole then has been looked at already. */
  removeWhere(isGone: (position: number) => boolean): void {
    for (let position = this.#count - 1; position >= 0; position--) if (isGone(position)) this.removeAt(position)
  }

  /**
   * Compact addresses of up to `wanted` random peers, each once, without the one at position `self` (-1: nobody). The
   * table is cut into as many parts as peers are wanted and one is taken of each: distinct without remembering any.
   */
  sample(wanted: number, self: number, isLeechersOnly: boolean, random: Random): Uint8Array {
    const end = isLeechersOnly ? this.#leechers : this.#count
    const isSelfInside = self >= 0 && self < end
    const candidates = isSelfInside ? end - 1 : end
    const taken = Math.min(wanted, candidates)
    const compact = new Uint8Array(taken * this.#addressBytes)
    let partStart = 0
    let to = 0
    for (let i = 1; i <= taken; i++) {
      const partEnd = Math.floor((i * candidates) / taken)
      let position = partStart + Math.floor(random() * (partEnd - partStart))
      if (isSelfInside && position >= self) position++
      const at = position * this.#entryBytes
      // A loop: views and `set` cost more than six bytes do.
      for (let n = 0; n < this.#addressBytes; n++) compact[to++] = readU8(this.#entries, at + n)
      partStart = partEnd
    }
    return compact
  }

  #insert(address: Uint8Array, isSeed: boolean, nowSec: number, flags: number): number {
    if (this.#count * this.#entryBytes === this.#entries.length) this.#resize(this.#count, grown(this.#count))
    let position = this.#count
    if (!isSeed) {
      position = this.#leechers
      this.#move(position, this.#count)
      this.#leechers++
    }
    this.#count++
    this.#entries.set(address, position * this.#entryBytes)
    const extra = this.#extraOf(position)
    writeU32(this.#entries, extra, nowSec)
    this.#entries[extra + 4] = flags
    if (this.#index !== undefined) this.#index[this.#slotOf(this.#index, address)] = position + 1
    return position
  }

  #move(from: number, to: number): void {
    if (from === to) return
    if (this.#index !== undefined) this.#index[this.#slotOf(this.#index, this.addressAt(from))] = to + 1
    this.#entries.copyWithin(to * this.#entryBytes, from * this.#entryBytes, (from + 1) * this.#entryBytes)
  }

  #extraOf(position: number): number {
    return position * this.#entryBytes + this.#addressBytes
  }

  #isAt(position: number, address: Uint8Array): boolean {
    const at = position * this.#entryBytes
    // From the end: ports and hosts differ where networks are the same.
    for (let i = this.#addressBytes - 1; i >= 0; i--) if (this.#entries[at + i] !== address[i]) return false
    return true
  }

  #resize(count: number, capacity: number): void {
    const entries = new Uint8Array(capacity * this.#entryBytes)
    entries.set(this.#entries.subarray(0, count * this.#entryBytes))
    this.#entries = entries
    this.#index = undefined
    if (capacity <= MAX_UNINDEXED) return
    // At most two thirds full: chains stay short.
    const slots = 2 ** Math.ceil(Math.log2(capacity * 1.5))
    const index = capacity < 0x10000 ? new Uint16Array(slots) : new Uint32Array(slots)
    for (let position = 0; position < count; position++) {
      index[this.#slotOf(index, this.addressAt(position))] = position + 1
    }
    this.#index = index
  }

  #hashSlot(index: Uint16Array | Uint32Array, address: Uint8Array): number {
    return hash32(this.#hashSeed, address, 0, this.#addressBytes) & (index.length - 1)
  }

  /** The slot of this address, or the free one where it belongs. */
  #slotOf(index: Uint16Array | Uint32Array, address: Uint8Array): number {
    let slot = this.#hashSlot(index, address)
    while (readSlot(index, slot) !== 0 && !this.#isAt(readSlot(index, slot) - 1, address)) slot = after(index, slot)
    return slot
  }

  /** Frees a slot, and moves those behind it back whose way to their place would now be interrupted. */
  #unindex(index: Uint16Array | Uint32Array, address: Uint8Array): void {
    let free = this.#slotOf(index, address)
    for (let slot = after(index, free); readSlot(index, slot) !== 0; slot = after(index, slot)) {
      const wanted = this.#hashSlot(index, this.addressAt(readSlot(index, slot) - 1))
      const mask = index.length - 1
      if (((slot - wanted) & mask) < ((slot - free) & mask)) continue // its way begins behind the free slot
      index[free] = readSlot(index, slot)
      free = slot
    }
    index[free] = 0
  }
}

function grown(count: number): number {
  return count + Math.ceil(count / 2)
}

function after(index: Uint16Array | Uint32Array, slot: number): number {
  return (slot + 1) & (index.length - 1)
}

function readSlot(index: Uint16Array | Uint32Array, slot: number): number {
  return index[slot] ?? 0
}
