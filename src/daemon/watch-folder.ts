// A folder whose .torrent files are added as they appear. A file that was added is called `name.torrent.added` from then
// on, and one that is no torrent `name.torrent.invalid`, so that people see what happened to it.
import { readdir, readFile, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../core/errors.ts'
import { MAX_TORRENT_BYTES } from '../core/metainfo/limits.ts'

/** Changes of folders on other machines are not announced, so it is looked at. */
const LOOK_MS = 2_000

/** Adds one; throws AppError. 'exists' is as good as added. */
export type AddTorrent = (metainfo: Uint8Array) => void

export class WatchFolder {
  readonly #folder: () => string
  readonly #add: AddTorrent
  /** Size and time when it was last looked at: a file that still grows is left alone. */
  #seen = new Map<string, string>()
  #timer: NodeJS.Timeout | undefined
  #looking: Promise<void> = Promise.resolve()

  /** `folder` is asked at every look; empty for none. */
  constructor(folder: () => string, add: AddTorrent) {
    this.#folder = folder
    this.#add = add
    this.#plan()
  }

  #plan(): void {
    this.#timer = setTimeout(() => {
      this.#looking = this.look().finally(() => this.#timer !== undefined && this.#plan())
    }, LOOK_MS)
  }

  /** Adds what has stayed the same since the last look. A folder that cannot be read is looked at again. */
  async look(): Promise<void> {
    const folder = this.#folder()
    if (folder === '') return
    const names = await readdir(folder).catch(() => [])
    const seen = new Map<string, string>()
    for (const name of names.filter((one) => one.endsWith('.torrent'))) {
      const path = join(folder, name)
      const stats = await stat(path).catch(() => undefined)
      if (stats?.isFile() !== true) continue
      const now = `${stats.size} ${stats.mtimeMs}`
      if (this.#seen.get(path) === now) await this.#take(path, stats.size)
      else seen.set(path, now)
    }
    this.#seen = seen
  }

  async #take(path: string, size: number): Promise<void> {
    let ending = '.added'
    try {
      if (size > MAX_TORRENT_BYTES) throw new AppError('bad-metainfo', 'too long for a .torrent file')
      this.#add(new Uint8Array(await readFile(path)))
    } catch (error) {
      if (!(error instanceof AppError)) return // it went, or cannot be read: another look will tell
      if (error.code !== 'exists') ending = '.invalid'
    }
    await rename(path, path + ending).catch(() => {}) // read-only: it is known as 'exists' from now on
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#looking
  }
}
