// Pieces that are stored in quick succession go to a worker in twos, which hashes both in little more time than one
// (../sha1-pair.ts): a first one waits for a second, for twice the time that the last one took to come, or some milliseconds.
import type { Done, Stored } from './disk.ts'
import type { StoreJob } from './job.ts'
import type { OpenedStorage } from './storage-spec.ts'

/** Of a whole piece. */
export interface Store {
  readonly opened: OpenedStorage
  readonly job: StoreJob
  readonly done: Done<Stored>
}

/** Of what comes more slowly than this, hashing delays nobody: it goes on at once. */
const MIN_BYTES_PER_MS = 32_000
/** However long a piece is. */
const MAX_GAP_MS = 20
/** Pieces of a few peers are complete now together, now not. */
const MIN_WAIT_MS = 4

export class StorePairs {
  readonly #post: (first: Store, second: Store | undefined) => void
  readonly #nowMs: () => number
  #waiting: Store | undefined
  #timer: NodeJS.Timeout | undefined
  #lastAtMs = Number.NEGATIVE_INFINITY

  /** `post`: takes one, or two of one length and torrent. */
  constructor(post: (first: Store, second: Store | undefined) => void, nowMs = () => performance.now()) {
    this.#post = post
    this.#nowMs = nowMs
  }

  add(store: Store): void {
    const nowMs = this.#nowMs()
    const gapMs = nowMs - this.#lastAtMs
    this.#lastAtMs = nowMs
    const first = this.#waiting
    if (first?.opened === store.opened && first.job.length === store.job.length) {
      this.#take()
      this.#post(first, store)
      return
    }
    this.flush()
    if (gapMs > Math.min(MAX_GAP_MS, store.job.length / MIN_BYTES_PER_MS)) return this.#post(store, undefined)
    this.#waiting = store
    this.#timer = setTimeout(() => this.flush(), Math.max(MIN_WAIT_MS, 2 * gapMs))
  }

  /** Who waits does so no longer: something comes that must not overtake it. */
  flush(): void {
    const waiting = this.#take()
    if (waiting !== undefined) this.#post(waiting, undefined)
  }

  #take(): Store | undefined {
    const taken = this.#waiting
    this.#waiting = undefined
    clearTimeout(this.#timer)
    return taken
  }
}
