// How many entries each network address may hold in a tracker, counted in a fixed array: a flood from a million
// addresses must not make the accounting grow. Addresses that share a counter share their budget; with 65,536 counters
// and an unknown seed that hits nobody in particular.
import { hash32 } from './hash32.ts'

export class AddressBudget {
  readonly #counts: Uint32Array
  readonly #limit: number
  readonly #seed: number

  /** `counters` must be a power of two; `seed`: 32 random bits of this run. */
  constructor(limit: number, counters: number, seed: number) {
    this.#counts = new Uint32Array(counters)
    this.#limit = limit
    this.#seed = seed
  }

  hasRoom(address: Uint8Array, salt: number): boolean {
    return (this.#counts[this.#counterOf(address, salt)] ?? 0) < this.#limit
  }

  take(address: Uint8Array, salt: number): void {
    const counter = this.#counterOf(address, salt)
    this.#counts[counter] = (this.#counts[counter] ?? 0) + 1
  }

  giveBack(address: Uint8Array, salt: number): void {
    const counter = this.#counterOf(address, salt)
    this.#counts[counter] = (this.#counts[counter] ?? 1) - 1
  }

  /** An IPv4 address, or the /64 of an IPv6 address: whoever has one has 2^64 of them. `salt` tells torrents apart. */
  #counterOf(compact: Uint8Array, salt: number): number {
    return hash32(this.#seed ^ salt, compact, 0, compact.length === 6 ? 4 : 8) & (this.#counts.length - 1)
  }
}
