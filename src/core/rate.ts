// How fast bytes pass, and how fast they may. Both take the time as a number and keep no history.

/** A meter says nothing about less time than this: the first read of a connection is not a rate. */
const LEAST_MS = 500

/** Bytes per second over the last seconds: an average whose weights fall by e every `windowMs`. */
export class RateMeter {
  readonly #windowMs: number
  /** Decayed sum of bytes as of `#at`. */
  #bytes = 0
  #at = 0
  #since: number | undefined

  /** 5 s suits a display; a choker wants the 20 s of BEP 3. */
  constructor(windowMs = 5_000) {
    this.#windowMs = windowMs
  }

  add(bytes: number, nowMs: number): void {
    if (this.#since === undefined) {
      this.#since = nowMs
      this.#at = nowMs
    }
    this.#decay(nowMs)
    this.#bytes += bytes
  }

  bytesPerSec(nowMs: number): number {
    if (this.#since === undefined) return 0
    this.#decay(nowMs)
    // Of a steady stream of age t the sum holds rate x window x (1 - e^-t/window): no slow climb after the start.
    const ageMs = Math.max(LEAST_MS, nowMs - this.#since)
    return (this.#bytes * 1000) / (this.#windowMs * (1 - Math.exp(-ageMs / this.#windowMs)))
  }

  #decay(nowMs: number): void {
    if (nowMs <= this.#at) return
    this.#bytes *= Math.exp((this.#at - nowMs) / this.#windowMs)
    this.#at = nowMs
  }
}

/** What may gather while nothing is spent, as a time at the allowed rate. */
const BURST_MS = 250
/** A block message fits into the smallest bucket. */
const LEAST_BURST_BYTES = 16_384 + 13

/** A limit of bytes per second: fills steadily, starts full, holds a quarter of a second's worth. */
export class TokenBucket {
  #bytesPerSec: number
  #level: number
  #at: number | undefined

  /** Without a rate there is no limit. */
  constructor(bytesPerSec: number = Number.POSITIVE_INFINITY) {
    this.#bytesPerSec = bytesPerSec
    this.#level = this.#burst
  }

  /** What is there is kept, as far as it fits the new rate. */
  setRate(bytesPerSec: number = Number.POSITIVE_INFINITY, nowMs: number): void {
    this.#fill(nowMs)
    this.#bytesPerSec = bytesPerSec
    this.#level = bytesPerSec === Number.POSITIVE_INFINITY ? bytesPerSec : Math.min(this.#level, this.#burst)
  }

  /** Bytes that may be spent now; negative while a debt is paid off. */
  available(nowMs: number): number {
    this.#fill(nowMs)
    return this.#level
  }

  /** Spends bytes that have passed already, if need be into debt. */
  spend(bytes: number, nowMs: number): void {
    this.#fill(nowMs)
    this.#level -= bytes
  }

  /** Spends if there is enough. More than the bucket can hold passes when it is full, and leaves a debt. */
  take(bytes: number, nowMs: number): boolean {
    if (this.available(nowMs) < Math.min(bytes, this.#burst)) return false
    this.#level -= bytes
    return true
  }

  /** How long until `take` of this many bytes will do. */
  waitMs(bytes: number, nowMs: number): number {
    const lacking = Math.min(bytes, this.#burst) - this.available(nowMs)
    return lacking <= 0 ? 0 : (lacking * 1000) / this.#bytesPerSec
  }

  get #burst(): number {
    return Math.max(LEAST_BURST_BYTES, (this.#bytesPerSec * BURST_MS) / 1000)
  }

  #fill(nowMs: number): void {
    if (this.#at !== undefined && nowMs > this.#at) {
      this.#level = Math.min(this.#burst, this.#level + ((nowMs - this.#at) * this.#bytesPerSec) / 1000)
    }
    this.#at = Math.max(this.#at ?? nowMs, nowMs)
  }
}
