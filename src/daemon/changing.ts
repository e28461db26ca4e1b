// What is looked at once a second for all who listen, however many there are, and told to each when it is another.
import { monotonicMs } from '../io/clock.ts'

export const FEED_MS = 1_000
/** Readers wake within this of each other, and share one look. */
const SHARED_MS = FEED_MS / 2

/** Numbers looks, at most one in half a second. */
export class Looks {
  /** Of the last look. */
  number = 0
  #at = Number.NEGATIVE_INFINITY

  /** Is it time for another? Then it has a number. */
  begin(): boolean {
    const now = monotonicMs()
    if (now - this.#at < SHARED_MS) return false
    this.#at = now
    this.number++
    return true
  }
}

/** What somebody who listens was told so far: all up to this look. */
export interface Listener {
  told: number
}

/** One thing, as it was when last looked at. */
export class Changing<Value> {
  value: Value
  /** The look at which it became so; 0: it was never looked at. */
  changedAt = 0
  #key: string | undefined

  constructor(before: Value) {
    this.value = before
  }

  note(look: number, value: Value): void {
    this.noteBy(look, JSON.stringify(value), () => value)
  }

  /** For what is dear to make: `key` says all that matters of it. */
  noteBy(look: number, key: string, make: () => Value): void {
    if (key === this.#key) return
    this.value = make() // it may fail, and is then made at the next look
    this.#key = key
    this.changedAt = look
  }

  isNewTo({ told }: Listener): boolean {
    return this.changedAt > told
  }
}

/** One thing that is told whole. */
export class ValueFeed<Value> {
  readonly #make: () => Value
  readonly #looks = new Looks()
  #latest: Changing<Value> | undefined

  constructor(make: () => Value) {
    this.#make = make
  }

  /** `undefined`: nothing new. */
  newsFor(listener: Listener): Value | undefined {
    if (this.#looks.begin()) {
      const value = this.#make()
      this.#latest ??= new Changing(value)
      this.#latest.note(this.#looks.number, value)
    }
    const news = this.#latest?.isNewTo(listener) === true ? this.#latest.value : undefined
    listener.told = this.#looks.number
    return news
  }
}
