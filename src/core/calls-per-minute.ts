// How often each address calls. A flood from ever new addresses fills the table: then nobody new is counted until there is
// room, because to refuse everybody would be what the flood wants.
const MINUTE_MS = 60_000
const MAX_ADDRESSES = 200_000

export class CallsPerMinute {
  readonly #most: number
  /** Of the minute that began with the first of them. */
  readonly #calls = new Map<string, { since: number; count: number }>()
  #sweptAt = Number.NEGATIVE_INFINITY

  constructor(most: number) {
    this.#most = most
  }

  /** Counts one more call. `ip`: 4 or 16 bytes; the first half of an IPv6 address stands for all of its network. */
  isTooOften(ip: Uint8Array, nowMs: number): boolean {
    this.#sweep(nowMs)
    const key = (ip.length === 4 ? ip : ip.subarray(0, 8)).join('.')
    const known = this.#calls.get(key)
    if (known !== undefined && nowMs - known.since < MINUTE_MS) return ++known.count > this.#most
    if (known !== undefined || this.#calls.size < MAX_ADDRESSES) this.#calls.set(key, { since: nowMs, count: 1 })
    return false
  }

  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptAt < MINUTE_MS) return
    this.#sweptAt = nowMs
    for (const [key, { since }] of this.#calls) if (nowMs - since >= MINUTE_MS) this.#calls.delete(key)
  }
}
