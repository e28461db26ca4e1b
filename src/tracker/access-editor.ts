// Changes the lists of access.ts while the tracker runs: the files first, one change after the other, then what all threads
// know of them.
import { AppError } from '../core/errors.ts'
import type { Access } from './access.ts'
import { addEntry, type ListEntry, type ListName, readEntries, removeEntry } from './access-lists.ts'

/** Each takes as long as the whole file takes to be read and written. */
const MAX_WAITING = 100

export class AccessEditor {
  readonly #access: Access
  readonly #reload: () => Promise<void>
  readonly #closing = new AbortController()
  /** Ends when all changes that were asked for are done. */
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  /** `reload` has all threads read the lists again. */
  constructor(access: Access, reload: () => Promise<void>) {
    this.#access = access
    this.#reload = reload
  }

  /** Whether the tracker was started with this list. */
  has(list: ListName): boolean {
    return this.#access.pathOf(list) !== undefined
  }

  /** Throws AppError, as those below do. */
  async entries(list: ListName): Promise<readonly ListEntry[]> {
    return readEntries(list, this.#pathOf(list))
  }

  add(list: ListName, entry: ListEntry): Promise<void> {
    return this.#inTurn(() => addEntry(list, this.#pathOf(list), entry, this.#closing.signal))
  }

  /** False if it is not in the list. */
  remove(list: ListName, entry: string): Promise<boolean> {
    return this.#inTurn(() => removeEntry(list, this.#pathOf(list), entry, this.#closing.signal))
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#last
  }

  async #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    if (this.#waiting >= MAX_WAITING)
      throw new AppError('busy', 'too many changes wait for their turn; try again later')
    this.#waiting++
    const done = this.#last.then(change).finally(() => this.#waiting--)
    const loaded = done.then(() => this.#reload()).catch(ignoreWorld) // what failed is told below, or of another list
    this.#last = loaded.catch(() => {}) // told below, too
    const result = await done
    await loaded
    return result
  }

  #pathOf(list: ListName): string {
    const path = this.#access.pathOf(list)
    if (path === undefined) throw new AppError('usage', 'the tracker was started without this list')
    return path
  }
}

function ignoreWorld(error: unknown): void {
  if (!(error instanceof AppError)) throw error
}
