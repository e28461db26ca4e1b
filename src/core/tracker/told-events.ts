// What one tracker was told about us, so that every event of BEP 3 is told once and in order. Only an answer counts as
// told: what got lost is said again.
import type { AnnounceEvent } from './announce.ts'

export class ToldEvents {
  #isStarted = false
  #isCompleted = false

  /** Does the tracker count us among its peers? */
  get isStarted(): boolean {
    return this.#isStarted
  }

  /**
   * The event of the next announce. `hasFinished`: this session got the last missing byte. `isPartialSeed`: has all it
   * wants but not all there is (BEP 21).
   */
  next(hasFinished: boolean, isPartialSeed: boolean): AnnounceEvent {
    if (!this.#isStarted) return 'started'
    if (hasFinished && !this.#isCompleted) return 'completed'
    return isPartialSeed ? 'paused' : 'none'
  }

  /** What to say on leaving, in order: nothing to a tracker that does not know us. */
  last(hasFinished: boolean): AnnounceEvent[] {
    if (!this.#isStarted) return []
    return hasFinished && !this.#isCompleted ? ['completed', 'stopped'] : ['stopped']
  }

  /** The tracker answered an announce with this event and this many bytes `left`. */
  told(event: AnnounceEvent, left: number): void {
    switch (event) {
      case 'started':
        this.#isStarted = true
        this.#isCompleted = left === 0 // who joins as a seed has nothing to complete (BEP 3)
        break
      case 'completed':
        this.#isCompleted = true
        break
      case 'stopped':
        this.#isStarted = false
        break
      case 'none':
      case 'paused':
    }
  }
}
