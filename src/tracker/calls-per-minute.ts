// How often each address calls, counted by the minute. A network that floods from ever new addresses fills the table: then
// nobody new is counted until the minute is over, because to refuse everybody would be what the flood wants.
const MINUTE_MS = 60_000
const MAX_ADDRESSES = 200_000

export class CallsPerMinute {
  readonly #most: number
  readonly #calls = new Map<string, number>()
  #minute = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Counts one more call. `ip`: 4 or 16 bytes; the first half of an IPv6 address stands for all of its network. */
  isTooOften(ip: Uint8Array, nowMs: number): boolean {
    const minute = Math.floor(nowMs / MINUTE_MS)
    if (minute !== this.#minute) {
      this.#minute = minute
      this.#calls.clear()
    }
    const key = (ip.length === 4 ? ip : ip.subarray(0, 8)).join('.')
    const count = this.#calls.get(key) ?? 0
    if (count === 0 && this.#calls.size >= MAX_ADDRESSES) return false
    this.#calls.set(key, count + 1)
    return count >= this.#most
  }
}
