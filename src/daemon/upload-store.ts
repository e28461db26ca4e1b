// Which uploads there are, so that they go on after a restart: a file for each in the state folder, where nobody else can
// put one. How much of them is here, the sizes of their files say.
import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { writeWhole } from '../io/files.ts'

const KEPT = v.object({
  name: v.string(),
  /** The folder that it will lie in. */
  dir: v.string(),
  files: v.array(v.object({ path: v.array(v.string()), size: v.number() })),
})

export interface KeptUpload {
  readonly id: string
  readonly name: string
  readonly dir: string
  readonly files: readonly { readonly path: readonly string[]; readonly size: number }[]
  /** Wall clock: they wait for a day, in which the daemon may end and begin. */
  readonly usedAtMs: number
}

export class UploadStore {
  readonly #dir: string

  constructor(stateDir: string) {
    this.#dir = join(stateDir, 'uploads')
  }

  /** At most `most`. What this version cannot read is as if it had not been. */
  async all(most: number): Promise<readonly KeptUpload[]> {
    const names = await readdir(this.#dir).catch(() => []) // there is no such folder before the first upload
    const ids = names.flatMap((name) => /^([0-9a-f]{32})\.json$/.exec(name)?.[1] ?? [])
    const kept = await Promise.all(ids.slice(0, most).map((id) => this.#read(id)))
    return kept.filter((one) => one !== undefined)
  }

  async #read(id: string): Promise<KeptUpload | undefined> {
    try {
      const { mtimeMs } = await stat(this.#file(id))
      const text = await readFile(this.#file(id), 'utf8')
      return { ...v.parse(v.pipe(v.string(), v.parseJson(), KEPT), text), id, usedAtMs: mtimeMs }
    } catch {
      await this.forget(id)
      return undefined
    }
  }

  /** Throws AppError. */
  async keep({ id, name, dir, files }: KeptUpload): Promise<void> {
    await mkdir(this.#dir, { recursive: true, mode: 0o700 })
    await writeWhole(this.#file(id), new TextEncoder().encode(JSON.stringify({ name, dir, files })), false, 0o600)
  }

  async noteUse(id: string, usedAtMs: number): Promise<void> {
    // It waits a day from some moment: from an earlier one, if this cannot be written.
    await utimes(this.#file(id), usedAtMs / 1000, usedAtMs / 1000).catch(() => {})
  }

  async forget(id: string): Promise<void> {
    await rm(this.#file(id), { force: true }).catch(() => {}) // it is forgotten at a later start, when it is idle
  }

  #file(id: string): string {
    return join(this.#dir, `${id}.json`)
  }
}
