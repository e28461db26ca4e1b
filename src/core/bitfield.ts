// A set of piece numbers in the wire's own layout (BEP 3): piece 0 is the highest bit of byte 0.
// Keeps its count, so that "is it a seed" and progress cost nothing.
import { readU8 } from './bytes.ts'

const ONES: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) => {
  let count = 0
  for (let bits = byte; bits !== 0; bits >>= 1) count += bits & 1
  return count
})

export class Bitfield {
  /** Number of pieces; spare bits of the last byte are always zero. */
  readonly length: number
  readonly #bytes: Uint8Array
  #count = 0

  constructor(length: number) {
    this.length = length
    this.#bytes = new Uint8Array((length + 7) >> 3)
  }

  /** A copy of `bytes` as a set; `undefined` if its size is wrong or a spare bit is set (both are violations). */
  static from(bytes: Uint8Array, length: number): Bitfield | undefined {
    const field = new Bitfield(length)
    if (bytes.length !== field.#bytes.length) return undefined
    const spare = bytes.length * 8 - length
    if (spare > 0 && (readU8(bytes, bytes.length - 1) & ((1 << spare) - 1)) !== 0) return undefined
    field.#bytes.set(bytes)
    for (const byte of bytes) field.#count += ONES[byte] as number
    return field
  }

  /** The wire form; borrowed, do not change it. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** How many pieces are in the set. */
  get count(): number {
    return this.#count
  }

  get isFull(): boolean {
    return this.#count === this.length
  }

  has(index: number): boolean {
    return ((this.#bytes[index >> 3] as number) & (0x80 >> (index & 7))) !== 0
  }

  /** Adds a piece; false if it was there already. */
  add(index: number): boolean {
    const mask = 0x80 >> (index & 7)
    const byte = this.#bytes[index >> 3] as number
    if ((byte & mask) !== 0) return false
    this.#bytes[index >> 3] = byte | mask
    this.#count++
    return true
  }

  /** Removes a piece; false if it was not there. */
  remove(index: number): boolean {
    const mask = 0x80 >> (index & 7)
    const byte = this.#bytes[index >> 3] as number
    if ((byte & mask) === 0) return false
    this.#bytes[index >> 3] = byte & ~mask
    this.#count--
    return true
  }

  fill(): void {
    this.#bytes.fill(0xff)
    const spare = this.#bytes.length * 8 - this.length
    if (spare > 0) this.#bytes[this.#bytes.length - 1] = 0xff << spare
    this.#count = this.length
  }

  clear(): void {
    this.#bytes.fill(0)
    this.#count = 0
  }

  /** Is there a piece in this set that is not in `other`? Same length required. */
  hasAnyBeyond(other: Bitfield): boolean {
    for (let i = 0; i < this.#bytes.length; i++) {
      if (((this.#bytes[i] as number) & ~(other.#bytes[i] as number)) !== 0) return true
    }
    return false
  }
}
