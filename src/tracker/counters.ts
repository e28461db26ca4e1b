// What a tracker counts, in memory that its threads share: each has a row of its own, so nothing is lost between them.
const KINDS = ['http', 'udp', 'websocket', 'scrapes', 'refusals'] as const
export type Counted = (typeof KINDS)[number]

export const MAX_THREADS = 256
/** A cache line each. */
const ROW = 8

export class Counters {
  readonly shared: SharedArrayBuffer
  readonly #numbers: Float64Array
  readonly #row: number

  /** `thread`: 0 for the first, which makes the memory. */
  constructor(shared: SharedArrayBuffer = new SharedArrayBuffer(MAX_THREADS * ROW * 8), thread = 0) {
    this.shared = shared
    this.#numbers = new Float64Array(shared)
    this.#row = thread * ROW
  }

  add(kind: Counted): void {
    const at = this.#row + KINDS.indexOf(kind)
    this.#numbers[at] = (this.#numbers[at] ?? 0) + 1
  }

  /** Of all threads, since the start. */
  total(kind: Counted): number {
    let total = 0
    for (let at = KINDS.indexOf(kind); at < this.#numbers.length; at += ROW) total += this.#numbers[at] ?? 0
    return total
  }
}
