// Bytes that a socket did not take, until it does. Each is copied a few times at most, however small the pieces are.
//
//   | taken | waiting | free |
//           start     end

const NOTHING = Buffer.alloc(0)

export class UnsentBytes {
  #bytes = NOTHING
  #start = 0
  #end = 0

  get length(): number {
    return this.#end - this.#start
  }

  add(more: Uint8Array): void {
    const length = this.length + more.length
    if (this.#end + more.length > this.#bytes.length) {
      const larger = Math.ceil(1.5 * length)
      const place = larger > this.#bytes.length ? Buffer.allocUnsafeSlow(larger) : this.#bytes
      this.#bytes.copy(place, 0, this.#start, this.#end)
      this.#bytes = place
      this.#end -= this.#start
      this.#start = 0
    }
    this.#bytes.set(more, this.#end)
    this.#end += more.length
  }

  /** As many of the first as `place` has room for; the answer: how many. */
  copyTo(place: Uint8Array): number {
    return this.#bytes.copy(place, 0, this.#start, this.#end)
  }

  dropFirst(count: number): void {
    this.#start += count
    if (this.#start === this.#end) this.clear()
  }

  clear(): void {
    this.#bytes = NOTHING
    this.#start = 0
    this.#end = 0
  }
}
