// Files on their way from a browser to this machine's disk, in parts, so that a broken connection costs little. Until all is
// here they lie in a hidden folder below the download folder, which only the user can enter; then they get their name.
// They go on after a restart of the daemon, and are removed when nothing came for a day, or when others need their place.
import { randomBytes } from 'node:crypto'
import { mkdir, rm, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../core/errors.ts'
import { printSize } from '../core/sizes.ts'
import { failedFile } from '../io/files.ts'
import type { UploadRow } from './rpc/page-types.ts'
import { finishUpload } from './upload-finish.ts'
import { layoutOf, type WantedUpload } from './upload-layout.ts'
import { appendPart, ended, type Part, type UploadFile } from './upload-part.ts'
import { type KeptUpload, UploadStore } from './upload-store.ts'

/** What stops them from filling the disk with beginnings. */
export const MAX_OPEN = 16
/** Those that are whole are told of for a while: somebody may ask who missed the last answer. The oldest goes. */
const MAX_FINISHED = 16
export const IDLE_MS: number = 24 * 3_600_000
/** An open one that nothing came for in this time makes way, if another needs its place or its room. */
export const ABANDONED_MS: number = 15 * 60_000
const LOOK_MS = 10 * 60_000

export interface UploadsOptions {
  readonly stateDir: string
  readonly downloadDir: () => string
  /** The wall clock: an upload may wait longer than the daemon runs. */
  readonly nowMs?: () => number
}

/** `have`: how much of the file is here. A part is refused that does not begin there, or while another one comes. */
export type Written =
  | { readonly result: 'written'; readonly have: number }
  | { readonly result: 'refused'; readonly have: number; readonly why: string }

interface Upload {
  readonly id: string
  readonly name: string
  readonly dir: string
  readonly files: readonly UploadFile[]
  readonly stop: AbortController
  /** What is being written or moved: it is waited for before files go. */
  readonly work: Set<Promise<unknown>>
  usedAtMs: number
  finishing: Promise<void> | undefined
  /** Once it is whole. */
  path: string | undefined
}

export class Uploads {
  readonly #store: UploadStore
  readonly #downloadDir: () => string
  readonly #nowMs: () => number
  readonly #byId = new Map<string, Upload>()
  #loading: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor({ stateDir, downloadDir, nowMs = () => Date.now() }: UploadsOptions) {
    this.#store = new UploadStore(stateDir)
    this.#downloadDir = downloadDir
    this.#nowMs = nowMs
  }

  /** Goes on with what was kept; until then all others wait. */
  start(): void {
    this.#loading = this.#load()
    this.#timer = setInterval(() => void this.removeIdle(), LOOK_MS)
    this.#timer.unref()
  }

  async #load(): Promise<void> {
    for (const kept of await this.#store.all(MAX_OPEN)) {
      const there = await stat(workFolder(kept)).catch(() => undefined)
      if (there?.isDirectory() === true) this.#byId.set(kept.id, await resumed(kept))
      else await this.#store.forget(kept.id)
    }
    await this.#removeIdle()
    for (const upload of [...this.#byId.values()]) {
      // The disk may not let it: then the next part says so, be it empty.
      if (isWhole(upload)) await this.#finish(upload).catch(() => {})
    }
  }

  /** Throws AppError: 'usage' for names or sizes that cannot be, 'busy' for too many, 'disk-…'. */
  async open(wanted: WantedUpload): Promise<UploadRow> {
    const layout = layoutOf(wanted)
    await this.#loading
    await this.#removeIdle()
    while ([...this.#byId.values()].filter(isOpen).length >= MAX_OPEN) {
      const [longest] = this.#abandoned()
      if (longest === undefined) {
        throw new AppError('busy', `${MAX_OPEN} uploads are under way already: wait for one of them, or end it`)
      }
      await this.#forget(longest)
    }
    const upload: Upload = {
      id: randomBytes(16).toString('hex'),
      name: layout.name,
      dir: this.#downloadDir(),
      files: layout.files.map((file) => ({ ...file, have: 0, isWriting: false })),
      stop: new AbortController(),
      work: new Set(),
      usedAtMs: this.#nowMs(),
      finishing: undefined,
      path: undefined,
    }
    this.#byId.set(upload.id, upload) // before anything is waited for: others must see that it counts
    try {
      await this.#begin(upload)
      if (isWhole(upload)) await this.#finish(upload)
    } catch (error) {
      await this.#forget(upload)
      throw error
    }
    return rowOf(upload)
  }

  async #begin(upload: Upload): Promise<void> {
    const { dir } = upload
    try {
      await mkdir(dir, { recursive: true })
      await this.#checkRoom(upload)
      await mkdir(workFolder(upload), { mode: 0o700 })
    } catch (cause) {
      throw failedFile('write', dir, cause)
    }
    await this.#store.keep(upload)
  }

  /** For all that is still to come there, not only for this one. */
  async #checkRoom(upload: Upload): Promise<void> {
    for (;;) {
      const { bavail, bsize } = await statfs(upload.dir)
      const free = bavail * bsize
      const needed = this.#openIn(upload.dir).reduce((sum, one) => sum + missingBytes(one), 0)
      if (needed <= free) return
      // Nobody loses anything for what would not fit all the same.
      const abandoned = this.#abandoned().filter(({ dir }) => dir === upload.dir)
      const [longest] = abandoned
      if (longest === undefined || needed - free > abandoned.reduce((sum, one) => sum + wholeBytes(one), 0)) {
        const figures = `${printSize(needed)} would be needed, and ${printSize(free)} are free`
        throw new AppError('disk-full', `"${upload.dir}" has not enough room: ${figures}; make room there`)
      }
      await this.#forget(longest)
    }
  }

  #openIn(dir: string): Upload[] {
    return [...this.#byId.values()].filter((one) => isOpen(one) && one.dir === dir)
  }

  /** Open ones that nothing came for, the longest first. */
  #abandoned(): Upload[] {
    const before = this.#nowMs() - ABANDONED_MS
    const left = [...this.#byId.values()].filter((one) => isOpen(one) && one.usedAtMs <= before && one.work.size === 0)
    return left.toSorted((a, b) => a.usedAtMs - b.usedAtMs)
  }

  /** Throws AppError 'not-found'. */
  async get(id: string): Promise<UploadRow> {
    return rowOf(await this.#find(id))
  }

  /** Whatever stops it, what came stays. Throws AppError: 'not-found', 'usage', 'network' if the bytes end early, 'disk-…'. */
  async write(id: string, part: Part): Promise<Written> {
    const upload = await this.#find(id)
    const file = upload.files[part.file]
    if (file === undefined) throw new AppError('not-found', `this upload has no file ${part.file}`)
    const { have, size } = file
    if (file.isWriting) return { result: 'refused', have, why: 'another part of this file is coming: wait for it' }
    if (part.at !== have) return { result: 'refused', have, why: `of this file ${have} bytes are here: go on there` }
    if (part.at + part.length > size) {
      throw new AppError('usage', `this part would go beyond the ${size} bytes that were told of the file`)
    }
    try {
      if (part.length > 0) await doing(upload, appendPart(workFolder(upload), file, part, upload.stop.signal))
    } finally {
      upload.usedAtMs = this.#nowMs()
      await this.#store.noteUse(id, upload.usedAtMs)
    }
    if (upload.stop.signal.aborted) throw ended()
    if (isWhole(upload)) await this.#finish(upload)
    return { result: 'written', have: file.have }
  }

  /** One that is whole is only forgotten: its files are the user's. Throws AppError 'not-found'. */
  async remove(id: string): Promise<void> {
    await this.#forget(await this.#find(id))
  }

  /** Those that nothing came for. */
  async removeIdle(): Promise<void> {
    await this.#loading
    await this.#removeIdle()
  }

  async #removeIdle(): Promise<void> {
    const since = this.#nowMs() - IDLE_MS
    const idle = [...this.#byId.values()].filter(({ usedAtMs, work }) => usedAtMs < since && work.size === 0)
    for (const upload of idle) await this.#forget(upload)
  }

  /** What is on its way is cut off, and kept. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#loading
    for (const { stop } of this.#byId.values()) stop.abort()
    await Promise.allSettled([...this.#byId.values()].flatMap(({ work }) => [...work]))
  }

  async #find(id: string): Promise<Upload> {
    await this.#loading
    const upload = this.#byId.get(id)
    if (upload === undefined) throw new AppError('not-found', 'there is no such upload any more: begin anew')
    return upload
  }

  /** The last parts of two files may end at once: it is finished once. Throws AppError, and can be tried again. */
  async #finish(upload: Upload): Promise<void> {
    upload.finishing ??= doing(upload, this.#giveName(upload)).finally(() => (upload.finishing = undefined))
    await upload.finishing
  }

  async #giveName(upload: Upload): Promise<void> {
    if (upload.path !== undefined) return
    upload.path = await finishUpload(workFolder(upload), upload, upload.dir)
    // In the order in which they became whole; one that was ended meanwhile stays away.
    if (this.#byId.delete(upload.id)) this.#byId.set(upload.id, upload)
    await this.#clean(upload)
    const finished = [...this.#byId.values()].filter((one) => !isOpen(one))
    for (const { id } of finished.slice(0, -MAX_FINISHED)) this.#byId.delete(id)
  }

  async #forget(upload: Upload): Promise<void> {
    this.#byId.delete(upload.id)
    upload.stop.abort()
    await Promise.allSettled(upload.work)
    await this.#clean(upload)
  }

  async #clean(upload: Upload): Promise<void> {
    try {
      await rm(workFolder(upload), { recursive: true, force: true })
      await this.#store.forget(upload.id)
    } catch {
      // Somebody holds it open, or the disk fails: a later start finds it idle, and tries again.
    }
  }
}

function workFolder({ dir, id }: { readonly dir: string; readonly id: string }): string {
  return join(dir, `.shoal-upload-${id}`)
}

function isOpen({ path }: Upload): boolean {
  return path === undefined
}

function wholeBytes({ files }: Upload): number {
  return files.reduce((sum, { size }) => sum + size, 0)
}

function missingBytes({ files }: Upload): number {
  return files.reduce((sum, { size, have }) => sum + size - have, 0)
}

function isWhole({ files }: Upload): boolean {
  return files.every(({ have, size, isWriting }) => have === size && !isWriting)
}

async function doing<Result>(upload: Upload, work: Promise<Result>): Promise<Result> {
  upload.work.add(work)
  try {
    return await work
  } finally {
    upload.work.delete(work)
  }
}

async function resumed(kept: KeptUpload): Promise<Upload> {
  const files = kept.files.map(async ({ path, size }) => {
    const there = await stat(join(workFolder(kept), ...path)).catch(() => undefined)
    // A longer one is not of our making: its bytes are written anew.
    const have = there === undefined || there.size > size ? 0 : there.size
    return { path, size, have, isWriting: false }
  })
  const { id, name, dir, usedAtMs } = kept
  const rest = { stop: new AbortController(), work: new Set<Promise<unknown>>(), finishing: undefined, path: undefined }
  return { id, name, dir, usedAtMs, files: await Promise.all(files), ...rest }
}

function rowOf({ id, name, files, path }: Upload): UploadRow {
  const shown = files.map((file) => ({ path: file.path.join('/'), size: file.size, have: file.have }))
  return { id, name, files: shown, path: path ?? null }
}
