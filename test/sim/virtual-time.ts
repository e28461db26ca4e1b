// Time that passes only when nothing is left to do at its present moment: minutes of a swarm in seconds, and the same
// every time. While it is installed, timers, `performance.now`, `Math.random` and `randomBytes` are its own.
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

const realImmediate = setImmediate
/** After so many events, work of Node's own (`process.nextTick`) gets its turn too. */
const BREATH = 500

interface Event {
  readonly at: number
  /** Of two events at one moment the one that was planned first comes first. */
  readonly order: number
  run: (() => void) | undefined
}

/** What `setTimeout` and `setInterval` return. */
class Timer {
  event: Event | undefined
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
}

export class VirtualTime {
  now = 0
  #order = 0
  /** A binary heap, the earliest first. */
  readonly #events: Event[] = []
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  /** Runs `action` after `delayMs` of virtual time. */
  plan(delayMs: number, action: () => void): Event {
    const event = { at: this.now + Math.max(0, delayMs), order: this.#order++, run: action }
    this.#push(event)
    return event
  }

  random(): number {
    return this.#random()
  }

  /** Runs until nothing is planned, `isDone`, or `untilMs`. */
  async run(isDone: () => boolean, untilMs = Number.POSITIVE_INFINITY): Promise<void> {
    for (let count = 1; !isDone(); count++) {
      if (count % BREATH === 0) await new Promise((resolve) => realImmediate(resolve))
      const event = this.#pop()
      if (event === undefined || event.at > untilMs) return
      this.now = event.at
      event.run?.()
      await Promise.resolve() // what the event left for the end of its turn
    }
  }

  /** Lets everything run that needs no time to pass, such as a chain of promises. */
  async settle<Result>(work: Promise<Result>): Promise<Result> {
    let isSettled = false
    const settled = work.finally(() => (isSettled = true))
    while (!isSettled) {
      await new Promise((resolve) => realImmediate(resolve))
      await this.run(() => isSettled, this.now + 1)
    }
    return await settled
  }

  install(): Disposable {
    const real = { setTimeout, clearTimeout, setInterval, clearInterval, random: Math.random }
    const { randomBytes } = crypto
    const repeat = (timer: Timer, delayMs: number, action: () => void): void => {
      timer.event = this.plan(Math.max(1, delayMs), () => {
        repeat(timer, delayMs, action)
        action()
      })
    }
    const cancel = (timer: Timer | undefined): void => {
      if (timer?.event !== undefined) timer.event.run = undefined
    }
    Object.assign(globalThis, {
      setTimeout: (action: () => void, delayMs = 0) => {
        const timer = new Timer()
        timer.event = this.plan(delayMs, action)
        return timer
      },
      setInterval: (action: () => void, delayMs: number) => {
        const timer = new Timer()
        repeat(timer, delayMs, action)
        return timer
      },
      clearTimeout: cancel,
      clearInterval: cancel,
    })
    Math.random = () => this.#random()
    performance.now = () => this.now
    const virtualBytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => this.#random() * 256))
    crypto.randomBytes = virtualBytes as typeof randomBytes
    syncBuiltinESMExports()
    return {
      [Symbol.dispose]: () => {
        const { random, ...timers } = real
        Object.assign(globalThis, timers)
        Math.random = random
        Reflect.deleteProperty(performance, 'now') // its own one is its class's
        crypto.randomBytes = randomBytes
        syncBuiltinESMExports()
      },
    }
  }

  #push(event: Event): void {
    const events = this.#events
    let at = events.push(event) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = events[parent] as Event
      if (!isBefore(event, above)) break
      events[at] = above
      at = parent
    }
    events[at] = event
  }

  #pop(): Event | undefined {
    const events = this.#events
    const first = events[0]
    const last = events.pop()
    if (last === undefined || first === last) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      const right = events[child + 1]
      if (right !== undefined && isBefore(right, events[child] as Event)) child++
      const below = events[child]
      if (below === undefined || !isBefore(below, last)) break
      events[at] = below
      at = child
    }
    events[at] = last
    return first
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
