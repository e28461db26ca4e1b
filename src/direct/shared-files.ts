// The folder that is shared with trusted contacts: what is in it, and a torrent of any part of it, made when it is first
// asked for.
import { type FSWatcher, watch } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { AppError } from '../core/errors.ts'
import { createFromSource } from '../engine/create.ts'
import { findSourceFiles } from '../engine/source-files.ts'
import { type Database, blobOf } from '../io/database.ts'
import type { Disk } from '../io/disk/disk.ts'
import { failedFile } from '../io/files.ts'
import { nodeHasher } from '../io/hasher.ts'
import { receivedPath } from './received-file.ts'

export interface SharedEntry {
  /** Below the shared folder, with `/`. */
  readonly path: string
  readonly size: number
}

export interface SharedTorrent {
  readonly metainfo: Uint8Array
  /** The folder to seed it from. */
  readonly dir: string
}

export const PAGE_ENTRIES = 1_000
/** Of a folder that is larger the rest is not listed. */
const MAX_ENTRIES = 200_000
/** Looked at anew after this time. */
const FRESH_MS = 10_000
/** Each costs memory. */
const MAX_WATCHED = 20_000

export class SharedFiles {
  readonly #db: Database
  readonly #disk: Disk
  readonly #dir: () => string
  #listed: { readonly at: number; readonly dir: string; readonly entries: readonly SharedEntry[] } | undefined

  #watcher: FSWatcher | undefined
  #watchedDir: string | undefined
  #changes = 0

  /** `dir`: empty for none. */
  constructor(db: Database, disk: Disk, dir: () => string) {
    this.#db = db
    this.#disk = disk
    this.#dir = dir
  }

  /** A page of the files whose paths have all the words in them, those after `after`. Throws AppError. */
  async list(words: readonly string[], after: string, now: number): Promise<SharedEntry[]> {
    const wanted = words.map((word) => word.toLowerCase())
    const page: SharedEntry[] = []
    for (const entry of await this.#entries(now)) {
      if (entry.path <= after || !wanted.every((word) => entry.path.toLowerCase().includes(word))) continue
      if (page.push(entry) === PAGE_ENTRIES) break
    }
    return page
  }

  async #entries(now: number): Promise<readonly SharedEntry[]> {
    const dir = this.#dir()
    if (dir === '') return []
    if (this.#listed?.dir === dir && now - this.#listed.at < FRESH_MS) return this.#listed.entries
    const changes = this.#changes
    const entries: SharedEntry[] = []
    await gather(dir, '', entries)
    entries.sort((a, b) => (a.path < b.path ? -1 : 1))
    if (changes === this.#changes) this.#listed = { at: now, dir, entries }
    if (this.#watchedDir !== dir) this.#watch(entries.length <= MAX_WATCHED ? dir : undefined)
    return entries
  }

  /** A change is seen at once, where the system tells of it; elsewhere after FRESH_MS. */
  #watch(dir: string | undefined): void {
    this.#watcher?.close()
    this.#watchedDir = dir
    if (dir === undefined) return
    try {
      this.#watcher = watch(dir, { recursive: true, persistent: false }, () => {
        this.#changes++
        this.#listed = undefined
      })
      this.#watcher.on('error', () => {}) // the folder has gone, or there are no more watches
    } catch {
      this.#watcher = undefined
    }
  }

  close(): void {
    this.#watcher?.close()
  }

  /** Of a file or folder. Throws AppError: 'not-found' for what is not shared, or why it cannot be read. */
  async torrentOf(path: string): Promise<SharedTorrent> {
    const place = await this.#place(path)
    const source = await findSourceFiles(place, this.#disk, isHidden, undefined)
    const { ino } = await stat(place).catch((cause: unknown) => {
      throw failedFile('read', path, cause)
    })
    const stamp = nodeHasher.sha1(new TextEncoder().encode(JSON.stringify([ino, source.files])))
    const kept = this.#db.get('SELECT * FROM shared_torrents WHERE place = ? AND stamp = ?', place, stamp)
    const { dir } = source
    if (kept !== undefined) return { metainfo: blobOf(kept['metainfo'] ?? null) ?? new Uint8Array(0), dir }
    const { bytes: metainfo } = await createFromSource(source, { disk: this.#disk, isPrivate: true })
    const sql = 'INSERT OR REPLACE INTO shared_torrents (place, stamp, metainfo) VALUES (?, ?, ?)'
    this.#db.run(sql, place, stamp, metainfo)
    return { metainfo, dir }
  }

  /** Where it really lies: inside, whatever links there are. */
  async #place(path: string): Promise<string> {
    const dir = this.#dir()
    const unknown = new AppError('not-found', `"${path}" is not shared`)
    if (dir === '' || isHidden(path) || receivedPath(path).join('/') !== path) throw unknown
    try {
      const [root, place] = await Promise.all([realpath(dir), realpath(join(dir, path))])
      if (place.startsWith(root + sep) && !isHidden(relative(root, place).split(sep).join('/'))) return place
    } catch {
      // It is not there.
    }
    throw unknown
  }
}

function isHidden(path: string): boolean {
  return path.split('/').some((name) => name.startsWith('.'))
}

/** Hidden files and links are not shared. */
async function gather(dir: string, below: string, entries: SharedEntry[]): Promise<void> {
  const found = await readdir(join(dir, below), { withFileTypes: true }).catch(() => [])
  for (const entry of found) {
    if (entry.name.startsWith('.') || entries.length >= MAX_ENTRIES) continue
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory()) await gather(dir, path, entries)
    else if (entry.isFile() && receivedPath(path).join('/') === path) {
      const stats = await stat(join(dir, path)).catch(() => undefined) // it has just gone
      if (stats !== undefined) entries.push({ path, size: stats.size })
    }
  }
}
