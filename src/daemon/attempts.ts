// Passwords that people choose can be guessed: who was wrong often has to wait. (The token cannot be guessed, and is
// never made to wait.)
import { monotonicMs } from '../io/clock.ts'

const MAX_WRONG = 20
const WAIT_MS = 60_000
/** Addresses remembered; the oldest go first. */
const MAX_ADDRESSES = 1_000

export class Attempts {
  readonly #wrong = new Map<string, { count: number; at: number }>()

  mustWait(address: string): boolean {
    const known = this.#wrong.get(address)
    if (known === undefined || known.count < MAX_WRONG) return false
    if (monotonicMs() - known.at < WAIT_MS) return true
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
