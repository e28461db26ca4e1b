// Requests to one peer in the order in which they were made: a ring of block ids with a time beside each.
// Peers answer in order nearly always, so what is looked for is at the front nearly always.
//
//   slot      0   1   2   3   4   5   6   7
//           | e |   |   | a | b | c | d | e |      head = 3, length = 6 (a b c d e and one more in slot 0)

const FIRST_CAPACITY = 16
const NOTHING = new Float64Array(0)

export class RequestList {
  /** Block ids pass 2^32 in the largest torrents, so they are doubles. */
  #blocks = NOTHING
  #times = NOTHING
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  /** The n-th oldest block; `n` is below `length`. */
  block(n: number): number {
    return this.#blocks[this.#slot(n)] as number
  }

  /** The time that was given with it, in ms. */
  time(n: number): number {
    return this.#times[this.#slot(n)] as number
  }

  /** Of the oldest block, if there is one. */
  get oldestTime(): number | undefined {
    return this.#length === 0 ? undefined : this.time(0)
  }

  /** The time that was given with the block, if it is in the list. */
  timeOf(block: number): number | undefined {
    const n = this.find(block)
    return n === -1 ? undefined : this.time(n)
  }

  /** Place of a block in the list, -1 if it is not there. */
  find(block: number): number {
    for (let n = 0; n < this.#length; n++) if (this.#blocks[this.#slot(n)] === block) return n
    return -1
  }

  push(block: number, time: number): void {
    if (this.#length === this.#blocks.length) this.#grow()
    const slot = this.#slot(this.#length++)
    this.#blocks[slot] = block
    this.#times[slot] = time
  }

  /** Closes the gap from the nearer end: free for the oldest, which is what answers take. */
  removeAt(n: number): void {
    if (n < this.#length >> 1) {
      for (let i = n; i > 0; i--) this.#copy(i - 1, i)
      this.#head = this.#slot(1)
    } else {
      for (let i = n; i < this.#length - 1; i++) this.#copy(i + 1, i)
    }
    this.#length--
  }

  /** Removes a block if it is in the list; false if it is not. */
  remove(block: number): boolean {
    const n = this.find(block)
    if (n === -1) return false
    this.removeAt(n)
    return true
  }

  clear(): void {
    this.#length = 0
  }

  #slot(n: number): number {
    return (this.#head + n) & (this.#blocks.length - 1)
  }

  #copy(from: number, to: number): void {
    this.#blocks[this.#slot(to)] = this.block(from)
    this.#times[this.#slot(to)] = this.time(from)
  }

  #grow(): void {
    const capacity = Math.max(FIRST_CAPACITY, this.#blocks.length * 2)
    const blocks = new Float64Array(capacity)
    const times = new Float64Array(capacity)
    for (let n = 0; n < this.#length; n++) {
      blocks[n] = this.block(n)
      times[n] = this.time(n)
    }
    this.#blocks = blocks
    this.#times = times
    this.#head = 0
  }
}
