// Where the catalogue lies. In memory it is one thread's alone; threads that all take requests share a file that goes with them.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class CataloguePlace implements AsyncDisposable {
  readonly path: string
  readonly #folder: string | undefined

  /** `path`: as the options have it. */
  static async open(path: string, isShared: boolean): Promise<CataloguePlace> {
    if (path !== ':memory:' || !isShared) return new CataloguePlace(path, undefined)
    const folder = await mkdtemp(join(tmpdir(), 'shoal-catalogue-'))
    return new CataloguePlace(join(folder, 'torrents.db'), folder)
  }

  private constructor(path: string, folder: string | undefined) {
    this.path = path
    this.#folder = folder
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true })
  }
}
