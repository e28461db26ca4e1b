// How many entries each network address may hold in a tracker, counted in a fixed array: a flood from a million
// addresses must not make the accounting grow. Addresses that share a counter share their budget; with 65,536 counters
// and an unknown seed that hits nobody in particular. Threads may share the counters.
import { hashWords } from './hash-words.ts'
import type { AddressWords } from './swarm-call.ts'

export class AddressBudget {
  readonly #counts: Uint8Array | Uint32Array
  readonly #limit: number
  readonly #seed: number

  /** `counts`: zeros, a power of two of them, of a size that holds `limit`; `seed`: 32 random bits of this run. */
  constructor(counts: Uint8Array | Uint32Array, limit: number, seed: number) {
    this.#counts = counts
    this.#limit = limit
    this.#seed = seed
  }

  hasRoom(address: Uint32Array, width: AddressWords, salt: number): boolean {
    return Atomics.load(this.#counts, this.#counterOf(address, width, salt)) < this.#limit
  }

  take(address: Uint32Array, width: AddressWords, salt: number): void {
    Atomics.add(this.#counts, this.#counterOf(address, width, salt), 1)
  }

  giveBack(address: Uint32Array, width: AddressWords, salt: number): void {
    Atomics.sub(this.#counts, this.#counterOf(address, width, salt), 1)
  }

  /** An IPv4 address, or the /64 of an IPv6 address: whoever has one has 2^64 of them. `salt` tells torrents apart. */
  #counterOf(address: Uint32Array, width: AddressWords, salt: number): number {
    return hashWords(this.#seed ^ salt, address, 0, width === 1 ? 1 : 2) & (this.#counts.length - 1)
  }
}
