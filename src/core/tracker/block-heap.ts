// Blocks of 16, 32, 64 … bytes inside shared memory: a buddy allocator (Knuth, TAOCP 1, 2.5). A tracker's tables grow and
// shrink for months, and neighbours that are free become one again, so a night of small swarms leaves nothing behind.
//
//   heads   first free block of every size, then how many of the largest blocks are in use
//   tags    a byte for each 16: at a block's start its order + 1, and FREE if it is
//   words   the blocks; a free one begins with the next and the one before in its list
//
// Zeros are an empty heap, and memory that was never used is never touched: the system gives none for it.

/** Orders: 0 is 16 bytes, 19 is 8 MiB, enough for the largest table (200,000 IPv6 peers). */
export const TOP_ORDER = 19
const UNIT_WORDS = 4
const TOP_UNITS = 2 ** TOP_ORDER
const FREE = 0x80
const FRESH = TOP_ORDER + 1
const HEAD_WORDS = 32

/** A block's unit + 1; 0 is none. */
export type BlockRef = number

export class BlockHeap {
  /** All blocks; `wordOf` says where one begins. */
  readonly words: Uint32Array
  readonly #heads: Uint32Array
  readonly #tags: Uint8Array
  readonly #topBlocks: number

  static bytesFor(topBlocks: number): number {
    return HEAD_WORDS * 4 + topBlocks * TOP_UNITS * (1 + UNIT_WORDS * 4)
  }

  /** `at` is a multiple of 4; `bytesFor` bytes from there on are the heap's. */
  constructor(memory: SharedArrayBuffer, at: number, topBlocks: number) {
    const units = topBlocks * TOP_UNITS
    this.#heads = new Uint32Array(memory, at, HEAD_WORDS)
    this.words = new Uint32Array(memory, at + HEAD_WORDS * 4, units * UNIT_WORDS)
    this.#tags = new Uint8Array(memory, at + HEAD_WORDS * 4 + units * UNIT_WORDS * 4, units)
    this.#topBlocks = topBlocks
  }

  wordOf(block: BlockRef): number {
    return (block - 1) * UNIT_WORDS
  }

  wordsIn(block: BlockRef): number {
    return UNIT_WORDS << ((this.#tags[block - 1] ?? 1) - 1)
  }

  /** A block of at least so many words, with whatever lay there; 0: there is no room. */
  allocate(words: number): BlockRef {
    const order = Math.max(0, 32 - Math.clz32(Math.ceil(words / UNIT_WORDS) - 1))
    let from = order
    while (from <= TOP_ORDER && this.#head(from) === 0) from++
    let unit = 0
    if (from <= TOP_ORDER) {
      unit = this.#head(from) - 1
      this.#unlink(unit, from)
    } else {
      const fresh = this.#head(FRESH)
      if (order > TOP_ORDER || fresh === this.#topBlocks) return 0
      this.#heads[FRESH] = fresh + 1
      unit = fresh * TOP_UNITS
      from = TOP_ORDER
    }
    while (from > order) this.#link(unit + 2 ** --from, from)
    this.#tags[unit] = order + 1
    return unit + 1
  }

  free(block: BlockRef): void {
    let unit = block - 1
    let order = (this.#tags[unit] ?? 1) - 1
    this.#tags[unit] = 0
    for (; order < TOP_ORDER; order++) {
      const buddy = unit ^ (1 << order)
      if (this.#tags[buddy] !== (FREE | (order + 1))) break
      this.#unlink(buddy, order)
      unit = Math.min(unit, buddy)
    }
    this.#link(unit, order)
  }

  #head(order: number): number {
    return this.#heads[order] ?? 0
  }

  #link(unit: number, order: number): void {
    const [word, next] = [unit * UNIT_WORDS, this.#head(order)]
    this.words[word] = next
    this.words[word + 1] = 0
    if (next !== 0) this.words[this.wordOf(next) + 1] = unit + 1
    this.#heads[order] = unit + 1
    this.#tags[unit] = FREE | (order + 1)
  }

  #unlink(unit: number, order: number): void {
    const word = unit * UNIT_WORDS
    const [next, before] = [this.words[word] ?? 0, this.words[word + 1] ?? 0]
    if (next !== 0) this.words[this.wordOf(next) + 1] = before
    if (before !== 0) this.words[this.wordOf(before)] = next
    else this.#heads[order] = next
    this.#tags[unit] = 0
  }
}
