// Codes that sign a browser in once: they stand in links that `shoal web` opens, so that nobody has to type the token.
import { randomBytes } from 'node:crypto'
import { monotonicMs } from '../io/clock.ts'

const CODE_BYTES = 24
/** Time to open a link, or to type it into a telephone. */
export const CODE_SEC = 300
/** The oldest goes when there are more. */
export const MAX_CODES = 20

export class PageCodes {
  readonly #nowMs: () => number
  /** Until when each is good. */
  readonly #untilMs = new Map<string, number>()

  constructor(nowMs: () => number = monotonicMs) {
    this.#nowMs = nowMs
  }

  issue(): string {
    const [oldest] = this.#untilMs.size >= MAX_CODES ? this.#untilMs.keys() : []
    if (oldest !== undefined) this.#untilMs.delete(oldest)
    const code = randomBytes(CODE_BYTES).toString('base64url')
    this.#untilMs.set(code, this.#nowMs() + CODE_SEC * 1000)
    return code
  }

  /** None that was issued is good any more. */
  clear(): void {
    this.#untilMs.clear()
  }

  /** True once. */
  use(code: string): boolean {
    const untilMs = this.#untilMs.get(code)
    this.#untilMs.delete(code)
    return untilMs !== undefined && this.#nowMs() < untilMs
  }
}
