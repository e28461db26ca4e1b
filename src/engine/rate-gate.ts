// A rate limit that connections wait at: whoever finds it closed leaves itself here and is called when there is
// something to spend again. One gate for the session and one for each torrent, for each direction.
import { TokenBucket } from '../core/rate.ts'
import { monotonicMs } from '../io/clock.ts'

/** Short enough that a limited stream looks smooth, long enough to cost nothing. */
const REFILL_MS = 50

export interface Waiter {
  /** The gate has opened. Must not call back into `wait` of the same gate before it has tried to spend. */
  onGateOpen(): void
}

export class RateGate {
  #bytesPerSec: number | undefined
  #bucket: TokenBucket | undefined
  readonly #waiters = new Set<Waiter>()
  #timer: NodeJS.Timeout | undefined

  /** `undefined`: no limit. */
  constructor(bytesPerSec: number | undefined) {
    this.limit(bytesPerSec)
  }

  limit(bytesPerSec: number | undefined): void {
    if (bytesPerSec === this.#bytesPerSec) return // what was spent already counts
    this.#bytesPerSec = bytesPerSec
    this.#bucket = bytesPerSec === undefined ? undefined : new TokenBucket(bytesPerSec)
  }

  get isLimited(): boolean {
    return this.#bucket !== undefined
  }

  /** May something be spent now? Spending may overdraw by one message; the debt is then waited for. */
  get isOpen(): boolean {
    return this.#bucket === undefined || this.#bucket.available(monotonicMs()) > 0
  }

  spend(bytes: number): void {
    this.#bucket?.spend(bytes, monotonicMs())
  }

  /** Calls `waiter.onGateOpen` once, when the gate is open. At most one entry per waiter. */
  wait(waiter: Waiter): void {
    this.#waiters.add(waiter)
    this.#timer ??= setInterval(() => this.#refill(), REFILL_MS)
  }

  leave(waiter: Waiter): void {
    this.#waiters.delete(waiter)
    if (this.#waiters.size === 0) this.close()
  }

  #refill(): void {
    // In order of arrival, and each only once a round: nobody starves.
    for (const waiter of [...this.#waiters]) {
      if (!this.isOpen) return
      this.#waiters.delete(waiter)
      waiter.onGateOpen()
    }
    if (this.#waiters.size === 0) this.close()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
