// How many calls a minute each address may make: one count for all threads of a tracker, however the system deals its
// datagrams and connections out to them.
import { randomBytes } from 'node:crypto'
import { SHARED_CALLS_BYTES, SharedCalls } from '../core/tracker/shared-calls.ts'
import { lock, unlock } from './lock.ts'

/** What another thread needs to go on with the same counts. */
export interface SharedCallCounts {
  readonly memory: SharedArrayBuffer
  readonly seed: number
}

/** So many that threads seldom wait for each other, each in a cache line of its own. */
const LOCKS = 16
const LOCK_WORDS = 16

export class CallLimit {
  readonly #most: number
  readonly #locks: Int32Array
  readonly #calls: SharedCalls

  /** `shared`: those of another thread. */
  constructor(most: number, shared: SharedCallCounts = makeCallCounts()) {
    this.#most = most
    this.#locks = new Int32Array(shared.memory, 0, LOCKS * LOCK_WORDS)
    this.#calls = new SharedCalls(shared.memory, LOCKS * LOCK_WORDS * 4, shared.seed)
  }

  /** Counts one more call. `ip`: 4 or 16 bytes; `nowSec`: of a clock that is the same in all threads. */
  isTooOften(ip: Uint8Array, nowSec: number): boolean {
    const lockAt = (this.#calls.choose(ip) % LOCKS) * LOCK_WORDS
    lock(this.#locks, lockAt)
    try {
      return this.#calls.count(nowSec) > this.#most
    } finally {
      unlock(this.#locks, lockAt)
    }
  }
}

/** 8 MiB: reserved, and taken as it is used. */
export function makeCallCounts(): SharedCallCounts {
  const memory = new SharedArrayBuffer(LOCKS * LOCK_WORDS * 4 + SHARED_CALLS_BYTES)
  return { memory, seed: randomBytes(4).readUInt32BE() }
}
