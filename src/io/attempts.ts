// Passwords and PINs that people choose can be guessed: who was wrong often has to wait.
import { monotonicMs } from './clock.ts'

/** Addresses remembered; the oldest go first. */
const MAX_ADDRESSES = 1_000

export class Attempts {
  readonly #maxWrong: number
  readonly #waitMs: number
  readonly #wrong = new Map<string, { count: number; at: number }>()

  constructor(maxWrong: number, waitMs: number) {
    this.#maxWrong = maxWrong
    this.#waitMs = waitMs
  }

  mustWait(address: string): boolean {
    const known = this.#wrong.get(address)
    if (known === undefined || known.count < this.#maxWrong) return false
    if (monotonicMs() - known.at < this.#waitMs) return true
    this.#wrong.delete(address)
    return false
  }

  wrong(address: string): void {
    const count = (this.#wrong.get(address)?.count ?? 0) + 1
    this.#wrong.delete(address)
    this.#wrong.set(address, { count, at: monotonicMs() })
    const [oldest] = this.#wrong.size > MAX_ADDRESSES ? this.#wrong.keys() : []
    if (oldest !== undefined) this.#wrong.delete(oldest)
  }

  right(address: string): void {
    this.#wrong.delete(address)
  }
}
