// When one tracker may be asked and when it should be asked: intervals, minimum intervals and back-off of one URL.
// All times are milliseconds of the caller's monotonic clock.

/** Nobody is asked twice in a shorter time, whatever the tracker says; only events (`completed`) do not wait. */
export const MIN_ANNOUNCE_MS = 30_000
/** A tracker that says "in 70 years" would lose us for good. */
export const MAX_ANNOUNCE_MS = 24 * 3_600_000
/** What most trackers answer; used when an answer names no interval. */
export const DEFAULT_INTERVAL_MS = 30 * 60_000
/** The pause before asking early when the tracker named no `min interval`; Transmission waits as long. */
export const DEFAULT_MIN_INTERVAL_MS = 120_000
/** Back-off stops growing here: a tracker that comes back is found again within half an hour. */
export const MAX_BACKOFF_MS = 30 * 60_000

export class TrackerTiming {
  #lastAt = Number.NEGATIVE_INFINITY
  #intervalMs = 0
  #pauseMs = 0
  #failures = 0
  #earlyAnnounces = 0

  /** No automatic announce before this: the end of the minimum interval, or of the back-off after a failure. */
  get readyAt(): number {
    return this.#lastAt + this.#pauseMs
  }

  /** When the tracker asked to hear from us again. */
  get regularAt(): number {
    return this.#lastAt + this.#intervalMs
  }

  /**
   * When to come back for more peers: after the minimum interval, then each time twice as late, up to the regular
   * time. A swarm that stays empty is so asked a few times in its first minutes and not every two minutes for days.
   */
  get earlyAt(): number {
    return this.#lastAt + Math.min(this.#intervalMs, this.#pauseMs * 2 ** this.#earlyAnnounces)
  }

  /** The tracker answered. Seconds as it said them; `undefined` if it did not. */
  answered(now: number, intervalSec: number | undefined, minIntervalSec: number | undefined, wasEarly: boolean): void {
    this.#lastAt = now
    this.#failures = 0
    this.#earlyAnnounces = wasEarly ? this.#earlyAnnounces + 1 : 0
    const intervalMs = intervalSec === undefined ? DEFAULT_INTERVAL_MS : clampAnnounceMs(intervalSec * 1000)
    this.#pauseMs =
      minIntervalSec === undefined
        ? Math.min(intervalMs, DEFAULT_MIN_INTERVAL_MS)
        : clampAnnounceMs(minIntervalSec * 1000)
    this.#intervalMs = Math.max(intervalMs, this.#pauseMs)
  }

  /** No answer, or a refusal. Waits 30 s, 1 min, 2 min … 30 min, and up to a quarter longer so that a swarm spreads out. */
  failed(now: number, random: number): void {
    const backoffMs = Math.min(MAX_BACKOFF_MS, MIN_ANNOUNCE_MS * 2 ** this.#failures)
    this.#lastAt = now
    this.#failures++
    this.#earlyAnnounces = 0
    this.#pauseMs = backoffMs * (1 + random / 4)
    this.#intervalMs = this.#pauseMs
  }

  /** A person asked: the back-off ends as soon as politeness allows. */
  endBackoff(): void {
    if (this.#failures > 0) this.#pauseMs = MIN_ANNOUNCE_MS
  }
}

/** NaN, infinite and negative intervals come from hostile or broken trackers. */
function clampAnnounceMs(ms: number): number {
  return ms >= MIN_ANNOUNCE_MS ? Math.min(ms, MAX_ANNOUNCE_MS) : MIN_ANNOUNCE_MS
}
