// How many blocks to have in flight with one peer: enough that it never runs dry, few enough that nothing waits long
// with a slow one. Steered by delay alone, which says both: from asking for a block to having it takes the round
// trip, plus the time for which it queued behind our own other requests.
import { MAX_IN_FLIGHT } from './peer-requests.ts'

/** BEP 10: the `reqq` of a peer that does not say one. */
const DEFAULT_REQUESTS = 250
/** Where it begins, too: the peer has the next request when it sends the last byte of a block. */
const LEAST_REQUESTS = 2
/** How long a block may queue. Covers a peer's disk and our own pauses; libtorrent allows 3 s, but what queues there is
 *  asked again elsewhere in the end game, and lost at a choke. */
const QUEUE_MS = 500
/**
 * Nor longer than this share of the time that is left: what a peer has last, others want from it, and they wait as long again.
 * Six on thin lines were done 0.4 s of 15 earlier (bench/thin).
 */
const LEFT_SHARE = 1 / 20
const LEAST_QUEUE_MS = 100
/**
 * A peer that sends in bursts lets its blocks wait for the next; they do not queue for that time. Transmission sends twice a second.
 * Less than LEAST_SILENCE_MS is a pause of anybody's, more than MAX_SILENCE_MS is no burst.
 */
const LEAST_SILENCE_MS = 100
const MAX_SILENCE_MS = 1_000
/** So many blocks come between two silences, or it is only a slow peer, or a line that many share. */
const BURST_BLOCKS = 8
/** A third of a silence is remembered after as long. */
const SILENCE_FORGOTTEN_MS = 10_000
/** So many may queue, however fast the peer is: 4 MiB cover 4 ms at 1 GB/s, and fit in a processor's cache. */
const QUEUE_REQUESTS = 256
/** A round trip above this is not one: it is a slow peer's time for one block. */
const MAX_ROUND_TRIP_MS = 1_000
/** At most 100 requests a second to a peer that rejects them all. */
const REJECT_PAUSE_MS = 10

export class RequestWindow {
  #limit: number
  #size = LEAST_REQUESTS
  #roundTripMs = MAX_ROUND_TRIP_MS
  #isSnubbed = false
  #pausedUntil = 0
  #lastBlockAt: number | undefined
  #silenceMs = 0

  constructor(maxRequests: number = DEFAULT_REQUESTS) {
    this.#limit = Math.min(Math.max(1, maxRequests), MAX_IN_FLIGHT)
  }

  /** The peer's `reqq` (BEP 10), a whole number. One less is used, and one at least: Transmission rejects the last of 512. */
  setLimit(maxRequests: number): void {
    this.#limit = Math.min(Math.max(1, maxRequests - 1), MAX_IN_FLIGHT)
  }

  /**
   * A block came that was asked at `askedAtMs`; `inFlight` are the requests that are still under way, `leftMs` is about how long
   * the whole download still takes.
   */
  onBlock(nowMs: number, askedAtMs: number, inFlight: number, leftMs = Number.POSITIVE_INFINITY): void {
    const delayMs = Math.max(0, nowMs - askedAtMs)
    this.#isSnubbed = false
    this.#pausedUntil = 0
    this.#roundTripMs = Math.min(this.#roundTripMs, delayMs)
    // Blocks that are under way tell the rate: `inFlight` of them in `delayMs`.
    const mayQueueMs = Math.min(QUEUE_MS, Math.max(LEAST_QUEUE_MS, leftMs * LEFT_SHARE))
    const queueMs = Math.min(mayQueueMs, (QUEUE_REQUESTS * delayMs) / (inFlight + 1))
    const silenceMs = this.#silenceAt(nowMs, delayMs) - (BURST_BLOCKS * delayMs) / (inFlight + 1)
    const burstMs = silenceMs < LEAST_SILENCE_MS ? 0 : silenceMs
    const goalMs = burstMs + queueMs + 2 * this.#roundTripMs
    if (delayMs > 0 && delayMs >= goalMs) {
      // Towards size x goal / delay, which is rate x goal, within about one window of blocks.
      this.#size = Math.max(LEAST_REQUESTS, this.#size - (delayMs - goalMs) / delayMs)
    } else if (inFlight * 2 >= Math.floor(this.#size)) {
      // A window that is not used says nothing about the peer. One more per block doubles it with every round trip,
      // 2 to 512 in eight; what the last doubling did shows a round trip later, so from half way on it is one a window.
      this.#size = Math.min(this.#size + (delayMs < (burstMs + goalMs) / 2 ? 1 : 1 / this.#size), this.#limit)
    }
  }

  /** The longest time of late for which no block came though some were asked for; one came now, asked for `delayMs` ago. */
  #silenceAt(nowMs: number, delayMs: number): number {
    const silentMs = Math.min(MAX_SILENCE_MS, delayMs, nowMs - (this.#lastBlockAt ?? nowMs))
    this.#lastBlockAt = nowMs
    this.#silenceMs = Math.max(silentMs, this.#silenceMs * (1 - silentMs / SILENCE_FORGOTTEN_MS))
    return this.#silenceMs
  }

  /** Nothing came for long: one request at a time until something does. */
  snubbed(): void {
    this.#isSnubbed = true
    this.#size = LEAST_REQUESTS
  }

  /** A request was rejected: begins anew, with a pause for each in a row. */
  onReject(nowMs: number): void {
    this.#size = LEAST_REQUESTS
    this.#pausedUntil = Math.max(this.#pausedUntil, nowMs) + REJECT_PAUSE_MS
  }

  /** Requests that may be in flight now; 0 while it pauses. */
  sizeAt(nowMs: number): number {
    return nowMs < this.#pausedUntil ? 0 : this.size
  }

  /** Requests that may be in flight. */
  get size(): number {
    return Math.min(this.#isSnubbed ? 1 : Math.floor(this.#size), this.#limit)
  }
}
