// The peers of torrents, packed into the blocks of a heap: a tracker holds millions of them. A table is four words that the
// torrent keeps (the block of entries, the block of their index, how many there are, how many of them are leechers), and zeros are
// an empty one. Leechers stand in front, so a seed is given leechers without looking at anybody:
//
//   entry     | address 4 or 16 | port 2 | flags 1 | – 1 | last heard of, seconds 4 |
//   entries   | leecher | leecher | … | seed | seed | … | free … |
//             0                       leechers      count
//
// A few peers are searched one by one; above that an open hash table holds the positions of addresses.
import type { BlockHeap } from './block-heap.ts'
import { hashWords } from './hash-words.ts'
import type { AddressWords } from './swarm-call.ts'

export const TABLE_WORDS = 4
const [ENTRIES, INDEX, COUNT, LEECHERS] = [0, 1, 2, 3]
/** 42 IPv4 entries are 504 bytes, 8 cache lines: no index is worth its memory. */
const MAX_UNINDEXED = 42
/** Port and flags, and the time, behind the address. */
const EXTRA_WORDS = 2
// In the word behind the address, whichever way this machine orders bytes.
const PORT_MASK = wordOf(0xff, 0xff, 0)
const HAS_COMPLETED = wordOf(0, 0, 1)

/** Numbers from 0 to below 1. */
export type Random = () => number

export class PeerTables {
  readonly #heap: BlockHeap
  readonly #entries: Uint32Array
  readonly #halves: Uint16Array
  /** Where the words of tables are. */
  readonly #tables: Uint32Array
  readonly #seed: number

  constructor(heap: BlockHeap, tables: Uint32Array, seed: number) {
    const { buffer, byteOffset, length } = heap.words
    this.#heap = heap
    this.#entries = heap.words
    this.#halves = new Uint16Array(buffer, byteOffset, length * 2)
    this.#tables = tables
    this.#seed = seed
  }

  count(table: number): number {
    return this.#tables[table + COUNT] ?? 0
  }

  leechers(table: number): number {
    return this.#tables[table + LEECHERS] ?? 0
  }

  /** Position of the peer whose address and port are the first words of `key`, or -1. Good until the table changes. */
  find(table: number, width: AddressWords, key: Uint32Array): number {
    const count = this.count(table)
    if (count === 0) return -1
    const index = this.#tables[table + INDEX] ?? 0
    const start = this.#firstEntry(table)
    if (index !== 0) return (this.#entries[this.#slotOf(index, start, width, key, 0)] ?? 0) - 1
    for (let position = 0, at = start; position < count; position++, at += width + EXTRA_WORDS) {
      if (this.#isAt(at, width, key, 0)) return position
    }
    return -1
  }

  /** Adds a peer, or refreshes the one at position `known`. Its position, or -1: there is no memory for it. */
  put(table: number, width: AddressWords, key: Uint32Array, known: number, isSeed: boolean, nowSec: number): number {
    if (known === -1) return this.#insert(table, width, key, isSeed, nowSec)
    this.#entries[this.#entryAt(table, width, known) + width + 1] = nowSec
    const leechers = this.leechers(table)
    if (isSeed === known >= leechers) return known
    // It changes places with its neighbour at the border, and the border moves.
    const border = isSeed ? leechers - 1 : leechers
    this.#swap(table, width, known, border)
    this.#tables[table + LEECHERS] = isSeed ? border : border + 1
    return border
  }

  /** Notes that this peer has completed the torrent; false if that was noted before. */
  markCompleted(table: number, width: AddressWords, position: number): boolean {
    const at = this.#entryAt(table, width, position) + width
    const word = this.#entries[at] ?? 0
    this.#entries[at] = word | HAS_COMPLETED
    return (word & HAS_COMPLETED) === 0
  }

  hasCompleted(table: number, width: AddressWords, position: number): boolean {
    return ((this.#entries[this.#entryAt(table, width, position) + width] ?? 0) & HAS_COMPLETED) !== 0
  }

  lastHeardAt(table: number, width: AddressWords, position: number): number {
    return this.#entries[this.#entryAt(table, width, position) + width + 1] ?? 0
  }

  /** Copies address and port into the first words of `key`. */
  readKey(table: number, width: AddressWords, position: number, key: Uint32Array): void {
    const at = this.#entryAt(table, width, position)
    for (let i = 0; i < width; i++) key[i] = this.#entries[at + i] ?? 0
    key[width] = (this.#entries[at + width] ?? 0) & PORT_MASK
  }

  removeAt(table: number, width: AddressWords, position: number): void {
    const index = this.#tables[table + INDEX] ?? 0
    if (index !== 0) this.#unindex(table, width, index, position)
    // The last leecher fills the hole of a leecher; then the hole is at the border, and the last seed fills that.
    let hole = position
    if (hole < this.leechers(table)) {
      const last = this.leechers(table) - 1
      this.#tables[table + LEECHERS] = last
      this.#move(table, width, last, hole)
      hole = last
    }
    const count = this.count(table) - 1
    this.#tables[table + COUNT] = count
    this.#move(table, width, count, hole)
    this.#shrink(table, width, count)
  }

  /**
   * Writes up to `wanted` random peers to `out`, 3 or 9 halves of words each, every one once, without the one at position
   * `self` (-1: nobody); returns how many. The table is cut into as many parts as peers are wanted and one is taken of
   * each: distinct without remembering any.
   */
  sample(
    table: number,
    width: AddressWords,
    wanted: number,
    self: number,
    isLeechersOnly: boolean,
    random: Random,
    out: Uint16Array,
  ): number {
    const end = isLeechersOnly ? this.leechers(table) : this.count(table)
    const isSelfInside = self >= 0 && self < end
    const candidates = isSelfInside ? end - 1 : end
    const taken = Math.min(wanted, candidates)
    if (taken <= 0) return 0
    const isAll = taken === candidates
    const start = this.#firstEntry(table)
    const halves = width * 2 + 1
    let to = 0
    let partStart = 0
    for (let i = 1; i <= taken; i++) {
      let position = i - 1
      if (!isAll) {
        const partEnd = Math.floor((i * candidates) / taken)
        position = partStart + Math.floor(random() * (partEnd - partStart))
        partStart = partEnd
      }
      if (isSelfInside && position >= self) position++
      const from = (start + position * (width + EXTRA_WORDS)) * 2
      for (let n = 0; n < halves; n++) out[to++] = this.#halves[from + n] ?? 0
    }
    return taken
  }

  /** Gives all memory of the table back. */
  drop(table: number): void {
    for (const word of [ENTRIES, INDEX]) {
      const block = this.#tables[table + word] ?? 0
      if (block !== 0) this.#heap.free(block)
    }
    this.#tables.fill(0, table, table + TABLE_WORDS)
  }

  #firstEntry(table: number): number {
    return this.#heap.wordOf(this.#tables[table + ENTRIES] ?? 0)
  }

  #entryAt(table: number, width: AddressWords, position: number): number {
    return this.#firstEntry(table) + position * (width + EXTRA_WORDS)
  }

  #isAt(at: number, width: AddressWords, key: Uint32Array, keyAt: number): boolean {
    for (let i = 0; i < width; i++) if (this.#entries[at + i] !== key[keyAt + i]) return false
    return (((this.#entries[at + width] ?? 0) ^ (key[keyAt + width] ?? 0)) & PORT_MASK) === 0
  }

  #insert(table: number, width: AddressWords, key: Uint32Array, isSeed: boolean, nowSec: number): number {
    const count = this.count(table)
    if (!this.#makeRoom(table, width, count)) return -1
    const position = isSeed ? count : this.leechers(table)
    if (!isSeed) {
      this.#move(table, width, position, count)
      this.#tables[table + LEECHERS] = position + 1
    }
    this.#tables[table + COUNT] = count + 1
    const at = this.#entryAt(table, width, position)
    for (let i = 0; i <= width; i++) this.#entries[at + i] = key[i] ?? 0
    this.#entries[at + width + 1] = nowSec
    const index = this.#tables[table + INDEX] ?? 0
    if (index !== 0) this.#entries[this.#slotOf(index, this.#firstEntry(table), width, key, 0)] = position + 1
    return position
  }

  #swap(table: number, width: AddressWords, one: number, other: number): void {
    if (one === other) return
    const [a, b] = [this.#entryAt(table, width, one), this.#entryAt(table, width, other)]
    const index = this.#tables[table + INDEX] ?? 0
    if (index !== 0) {
      const start = this.#firstEntry(table)
      const slotOfOne = this.#slotOf(index, start, width, this.#entries, a)
      this.#entries[this.#slotOf(index, start, width, this.#entries, b)] = one + 1
      this.#entries[slotOfOne] = other + 1
    }
    for (let i = 0; i < width + EXTRA_WORDS; i++) {
      const word = this.#entries[a + i] ?? 0
      this.#entries[a + i] = this.#entries[b + i] ?? 0
      this.#entries[b + i] = word
    }
  }

  #move(table: number, width: AddressWords, from: number, to: number): void {
    if (from === to) return
    const words = width + EXTRA_WORDS
    const [source, target] = [this.#entryAt(table, width, from), this.#entryAt(table, width, to)]
    const index = this.#tables[table + INDEX] ?? 0
    if (index !== 0) {
      this.#entries[this.#slotOf(index, this.#firstEntry(table), width, this.#entries, source)] = to + 1
    }
    for (let i = 0; i < words; i++) this.#entries[target + i] = this.#entries[source + i] ?? 0
  }

  /** False: there is no memory for one more. */
  #makeRoom(table: number, width: AddressWords, count: number): boolean {
    const block = this.#tables[table + ENTRIES] ?? 0
    const words = (count + 1) * (width + EXTRA_WORDS)
    return (block !== 0 && words <= this.#heap.wordsIn(block)) || this.#resize(table, width, count, words)
  }

  /** Half empty is not yet too large: a swarm that breathes would be copied again and again. */
  #shrink(table: number, width: AddressWords, count: number): void {
    if (count === 0) return this.drop(table)
    const words = count * (width + EXTRA_WORDS)
    const block = this.#tables[table + ENTRIES] ?? 0
    // Without memory for a smaller table it stays as it is.
    if (words * 4 <= this.#heap.wordsIn(block)) this.#resize(table, width, count, words)
  }

  #resize(table: number, width: AddressWords, count: number, words: number): boolean {
    const entries = this.#heap.allocate(words)
    if (entries === 0) return false
    const capacity = Math.floor(this.#heap.wordsIn(entries) / (width + EXTRA_WORDS))
    let index = 0
    if (capacity > MAX_UNINDEXED) {
      // At most two thirds full: chains stay short.
      index = this.#heap.allocate(Math.ceil(capacity * 1.5))
      if (index === 0) {
        this.#heap.free(entries)
        return false
      }
    }
    const start = this.#heap.wordOf(entries)
    if (count > 0) {
      const from = this.#firstEntry(table)
      this.#entries.copyWithin(start, from, from + count * (width + EXTRA_WORDS))
    }
    for (const word of [ENTRIES, INDEX]) {
      const old = this.#tables[table + word] ?? 0
      if (old !== 0) this.#heap.free(old)
    }
    this.#tables[table + ENTRIES] = entries
    this.#tables[table + INDEX] = index
    if (index !== 0) this.#fillIndex(index, start, width, count)
    return true
  }

  #fillIndex(index: number, start: number, width: AddressWords, count: number): void {
    const slots = this.#heap.wordOf(index)
    this.#entries.fill(0, slots, slots + this.#heap.wordsIn(index))
    for (let position = 0; position < count; position++) {
      const at = start + position * (width + EXTRA_WORDS)
      this.#entries[this.#slotOf(index, start, width, this.#entries, at)] = position + 1
    }
  }

  /** Where the search for an address begins. An entry's word with the port has flags, too. */
  #homeOf(mask: number, width: AddressWords, key: Uint32Array, keyAt: number): number {
    const port = (key[keyAt + width] ?? 0) & PORT_MASK
    const hash = Math.imul(hashWords(this.#seed, key, keyAt, width) ^ port, 0x85ebca6b)
    return (hash ^ (hash >>> 15)) & mask
  }

  /** The word that holds the position of this address, or the free one where it belongs. */
  #slotOf(index: number, start: number, width: AddressWords, key: Uint32Array, keyAt: number): number {
    const slots = this.#heap.wordOf(index)
    const mask = this.#heap.wordsIn(index) - 1
    for (let slot = this.#homeOf(mask, width, key, keyAt); ; slot = (slot + 1) & mask) {
      const position = (this.#entries[slots + slot] ?? 0) - 1
      if (position < 0 || this.#isAt(start + position * (width + EXTRA_WORDS), width, key, keyAt)) return slots + slot
    }
  }

  /** Frees a slot, and moves those behind it back whose way to their place would now be interrupted. */
  #unindex(table: number, width: AddressWords, index: number, gone: number): void {
    const start = this.#firstEntry(table)
    const slots = this.#heap.wordOf(index)
    const mask = this.#heap.wordsIn(index) - 1
    const words = width + EXTRA_WORDS
    let free = this.#slotOf(index, start, width, this.#entries, start + gone * words) - slots
    for (let slot = (free + 1) & mask; ; slot = (slot + 1) & mask) {
      const position = (this.#entries[slots + slot] ?? 0) - 1
      if (position < 0) break
      const home = this.#homeOf(mask, width, this.#entries, start + position * words)
      if (((slot - home) & mask) < ((slot - free) & mask)) continue // its way begins behind the free slot
      this.#entries[slots + free] = position + 1
      free = slot
    }
    this.#entries[slots + free] = 0
  }
}

function wordOf(...bytes: [number, number, number]): number {
  return new Uint32Array(Uint8Array.of(...bytes, 0).buffer)[0] ?? 0
}
