// What one peer has asked of us and not got yet, in order. A ring of numbers: a request costs no object.
//
//   #ring  [index begin length][index begin length] ...      first request at #head, #size of them

export class RequestQueue {
  readonly #capacity: number
  #ring = new Int32Array(3 * 16)
  #head = 0
  #size = 0

  /** What stops it growing: `push` refuses more than `capacity` requests. */
  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#size
  }

  /** False when full. */
  push(index: number, begin: number, length: number): boolean {
    if (this.#size === this.#capacity) return false
    if (this.#size * 3 === this.#ring.length) this.#grow()
    const at = this.#at(this.#size)
    this.#ring[at] = index
    this.#ring[at + 1] = begin
    this.#ring[at + 2] = length
    this.#size++
    return true
  }

  /** Piece of the n-th request from the front. */
  index(n: number): number {
    return this.#ring[this.#at(n)] as number
  }

  begin(n: number): number {
    return this.#ring[this.#at(n) + 1] as number
  }

  length(n: number): number {
    return this.#ring[this.#at(n) + 2] as number
  }

  /** Takes `count` requests off the front. */
  shift(count: number): void {
    this.#head = this.#at(count)
    this.#size -= count
  }

  /** Takes out the first equal request; false if there is none. */
  remove(index: number, begin: number, length: number): boolean {
    for (let n = 0; n < this.#size; n++) {
      if (this.index(n) !== index || this.begin(n) !== begin || this.length(n) !== length) continue
      for (let later = n + 1; later < this.#size; later++) this.#copy(later, later - 1)
      this.#size--
      return true
    }
    return false
  }

  clear(): void {
    this.#size = 0
  }

  #at(n: number): number {
    const at = this.#head + n * 3
    return at < this.#ring.length ? at : at - this.#ring.length
  }

  #copy(from: number, to: number): void {
    const source = this.#at(from)
    const target = this.#at(to)
    for (let i = 0; i < 3; i++) this.#ring[target + i] = this.#ring[source + i] as number
  }

  #grow(): void {
    const larger = new Int32Array(this.#ring.length * 2)
    for (let n = 0; n < this.#size; n++) larger.set(this.#ring.subarray(this.#at(n), this.#at(n) + 3), n * 3)
    this.#ring = larger
    this.#head = 0
  }
}
