// Writes the swarms down every few minutes and at the end, and reads them at the start.
import { AppError } from '../core/errors.ts'
import type { MemoryStore } from './memory-store.ts'
import { readSnapshot, writeSnapshot } from './snapshot.ts'

/** After a kill so much is lost, which peers say again within fifteen minutes. */
const EVERY_MS = 5 * 60_000

export class StateKeeper {
  readonly #store: MemoryStore
  readonly #path: string
  readonly #nowSec: () => number
  #timer: NodeJS.Timeout | undefined
  #writing: Promise<void> = Promise.resolve()

  /** Reads what is there. Without a path there is nothing to keep. Throws AppError. */
  static async open(
    store: MemoryStore,
    path: string | undefined,
    nowSec: () => number,
  ): Promise<StateKeeper | undefined> {
    if (path === undefined) return undefined
    await readSnapshot(store, path, nowSec())
    return new StateKeeper(store, path, nowSec)
  }

  private constructor(store: MemoryStore, path: string, nowSec: () => number) {
    this.#store = store
    this.#path = path
    this.#nowSec = nowSec
  }

  /** From now on it is ours to write: the ports are. Throws AppError, now that somebody reads what is wrong. */
  async start(): Promise<void> {
    await this.#write()
    this.#timer = setInterval(() => {
      this.#writing = this.#writing.then(() => this.#write()).catch(ignoreWorld) // there may be room the next time
    }, EVERY_MS)
  }

  #write(): Promise<void> {
    return writeSnapshot(this.#store, this.#path, this.#nowSec())
  }

  /** Throws AppError if it cannot be written. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#writing
    await this.#write()
  }
}

function ignoreWorld(error: unknown): void {
  if (!(error instanceof AppError)) throw error
}
