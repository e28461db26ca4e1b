// Finds what a new torrent will hold: walks a file or a folder, leaves out what a torrent cannot or should not carry, and
// says what and why. create.ts calls it.
import { readdir, readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { textOf } from '../core/bencode.ts'
import { AppError } from '../core/errors.ts'
import { type ContentFile, inTreeOrder } from '../core/metainfo/build.ts'
import { MAX_FILES } from '../core/metainfo/limits.ts'
import { answer } from '../io/disk/answer.ts'
import { type Disk, PART_SUFFIX } from '../io/disk/disk.ts'
import { refuseToRead, type Seen } from '../io/disk/look.ts'
import { Turns } from './turns.ts'

export interface SourceFile extends ContentFile {
  /** As it was seen while walking: if it is another one after hashing, the hashes are worth nothing. */
  readonly modifiedAtMs: number
}

export interface SkippedFile {
  readonly path: string
  /** Half a sentence: "is neither a file nor a folder". */
  readonly reason: string
}

export interface Source {
  /** The folder that holds it. */
  readonly dir: string
  readonly name: string
  readonly isSingle: boolean
  /** In tree order. */
  readonly files: readonly SourceFile[]
  readonly skipped: readonly SkippedFile[]
}

/** So many names of a folder are looked at with one job: it then costs little to hand over, and delays no upload for long. */
const BATCH = 256
/** Of fewer names one worker is done before a second one, which takes 0.1 s, has started. */
const MANY_NAMES = 2000
/** Of many names so many jobs at once: enough for all workers, and few to wait for when it is interrupted. */
const BATCHES_AT_ONCE = 4
/** Folders beside each other that are read, the one whose turn it is and those after it. */
const FOLDERS_AT_ONCE = 8

/** What a folder holds, without what is excluded. */
interface Listing {
  readonly entries: readonly Entry[]
  readonly isEmpty: boolean
}

interface Entry {
  readonly elements: readonly string[]
  readonly seen: Seen
}

/**
 * Throws AppError if there is nothing, or something unreadable. `isExcluded` gets paths below the folder, with `/`.
 * `isRealPath`: see create.ts.
 */
export async function findSourceFiles(
  path: string,
  disk: Disk,
  isExcluded: (path: string) => boolean,
  signal: AbortSignal | undefined,
  isRealPath = false,
): Promise<Source> {
  const root = await realpath(path).catch((cause: unknown) => refuseToRead(path, cause))
  if (isRealPath && root !== path) {
    throw new AppError('usage', `cannot share "${path}": it is a link now, or lies behind one: share it again`)
  }
  const [seen] = await answer<readonly Seen[]>((done) => disk.look([root], done))
  const walk = new Walk(root, disk, isExcluded, signal)
  if (seen?.kind === 'folder') await walk.folder([])
  else if (seen?.kind === 'file') walk.file([basename(root)], seen)
  else throw new AppError('usage', `cannot share "${path}": it is neither a file nor a folder`)
  const { files, skipped } = walk
  if (!files.some((file) => file.length > 0)) {
    throw new AppError('not-found', `there is nothing to share in "${path}": it has no file with content`)
  }
  if (basename(root) === '') throw new AppError('usage', `cannot share "${path}": it has no name`)
  const source = { dir: dirname(root), name: basename(root), isSingle: seen.kind === 'file' }
  return { ...source, files: inTreeOrder(files), skipped }
}

class Walk {
  readonly files: SourceFile[] = []
  readonly skipped: SkippedFile[] = []
  readonly #root: string
  readonly #disk: Disk
  readonly #isExcluded: (path: string) => boolean
  readonly #signal: AbortSignal | undefined
  #names = 0
  #looks = new Turns(1)

  constructor(root: string, disk: Disk, isExcluded: (path: string) => boolean, signal: AbortSignal | undefined) {
    this.#root = root
    this.#disk = disk
    this.#isExcluded = isExcluded
    this.#signal = signal
  }

  /**
   * Many folders are read several at once, but taken one after the other: what is found, left out or refused, and in which
   * order, is the same every time.
   */
  async folder(parent: readonly string[], listing: Promise<Listing> = this.#read(parent)): Promise<void> {
    const { entries, isEmpty } = await listing
    if (isEmpty) this.#skip(parent, 'is an empty folder, which torrents cannot hold')
    const unread = entries.filter(({ seen }) => seen.kind === 'folder').values()
    const ahead: Promise<Listing>[] = []
    try {
      for (const { elements, seen } of entries) {
        if (seen.kind === 'link') await this.#link(elements, join(this.#root, ...elements))
        else if (seen.kind === 'folder') {
          this.#readAhead(unread, ahead)
          await this.folder(elements, ahead.shift())
        } else if (seen.kind === 'other') this.#skip(elements, 'is neither a file nor a folder')
        else if (isUnfinished(elements.at(-1) ?? '')) this.#skip(elements, 'is an unfinished download')
        else this.file(elements, seen)
      }
    } finally {
      await Promise.allSettled(ahead)
    }
  }

  #readAhead(unread: Iterator<Entry, undefined>, ahead: Promise<Listing>[]): void {
    const count = this.#names < MANY_NAMES ? 1 : FOLDERS_AT_ONCE
    while (ahead.length < count) {
      const folder = unread.next().value
      if (folder === undefined) return
      const listing = this.#read(folder.elements)
      listing.catch(() => {}) // told when its turn comes
      ahead.push(listing)
    }
  }

  async #read(parent: readonly string[]): Promise<Listing> {
    const dir = join(this.#root, ...parent)
    const { names, damaged } = await namesIn(dir).catch((cause: unknown) => refuseToRead(dir, cause))
    this.#count(names.length)
    const above = parent.map((element) => `${element}/`).join('')
    const wanted = names.filter((name) => !this.#isExcluded(above + name))
    const bad = wanted.find((name) => damaged.has(name))
    if (bad !== undefined) {
      throw new AppError('usage', `cannot share "${join(dir, bad)}": its name is not UTF-8; rename or exclude it`)
    }
    const start = dir.endsWith(sep) ? dir : dir + sep
    const seen = await this.#look(wanted.map((name) => start + name))
    const entries = seen.map((one, n) => ({ elements: parent.concat(wanted[n] ?? ''), seen: one }))
    return { entries, isEmpty: names.length === 0 }
  }

  #count(names: number): void {
    const isFirstOfMany = this.#names < MANY_NAMES && this.#names + names >= MANY_NAMES
    this.#names += names
    if (isFirstOfMany) this.#looks = new Turns(BATCHES_AT_ONCE)
  }

  async #look(paths: readonly string[]): Promise<Seen[]> {
    const batches: Promise<readonly Seen[]>[] = []
    for (let at = 0; at < paths.length; at += BATCH) {
      const batch = paths.slice(at, at + BATCH)
      batches.push(
        this.#looks.take(() => {
          if (this.#signal?.aborted === true) throw new AppError('interrupted', 'making the torrent was interrupted')
          return answer((done) => this.#disk.look(batch, done))
        }),
      )
    }
    const seen: Seen[] = []
    for (const result of await Promise.allSettled(batches)) {
      if (result.status === 'rejected') throw result.reason
      seen.push(...result.value)
    }
    return seen
  }

  file(path: readonly string[], { sizeBytes, modifiedAtMs, isExecutable }: Seen): void {
    if (this.files.length === MAX_FILES) {
      throw new AppError('usage', `cannot share "${this.#root}": it has more than ${MAX_FILES} files`)
    }
    this.files.push({ path, length: sizeBytes, isExecutable, symlink: undefined, modifiedAtMs })
  }

  /** BEP 47 carries links inside the torrent. What a link shows of the world outside is not what was asked to share. */
  async #link(elements: readonly string[], path: string): Promise<void> {
    const target = resolve(dirname(path), await readlink(path).catch((cause: unknown) => refuseToRead(path, cause)))
    const end = await realpath(path).catch(() => undefined) // a link to nothing is skipped, not an error
    if (end === undefined) return this.#skip(elements, 'is a link to nothing')
    const symlink = this.#below(target)
    if (symlink === undefined || this.#below(end) === undefined) return this.#skip(elements, 'is a link that leads out')
    this.files.push({ path: elements, length: 0, isExecutable: false, symlink, modifiedAtMs: 0 })
  }

  /** Elements of a path below the root; `undefined` if it is not below. */
  #below(path: string): string[] | undefined {
    const elements = relative(this.#root, path).split(sep)
    return elements[0] === '..' || elements[0] === '' || resolve(this.#root, ...elements) !== path
      ? undefined
      : elements
  }

  #skip(elements: readonly string[], reason: string): void {
    this.skipped.push({ path: elements.join('/'), reason })
  }
}

interface Names {
  readonly names: readonly string[]
  /** Those of them that are not UTF-8, as they are shown. */
  readonly damaged: ReadonlySet<string>
}

async function namesIn(dir: string): Promise<Names> {
  const names = await readdir(dir)
  // What is not UTF-8 becomes U+FFFD, which an honest name can have too: only then the bytes are asked for.
  if (!names.some((name) => name.includes('\ufffd'))) return { names, damaged: new Set() }
  const raw = await readdir(dir, { encoding: 'buffer' })
  const damaged = raw.filter((bytes) => textOf(bytes) === undefined).map(String)
  return { names: raw.map(String), damaged: new Set(damaged) }
}

/** What Shoal itself leaves beside a download while it runs. */
function isUnfinished(name: string): boolean {
  return name.endsWith(PART_SUFFIX) || /^\.[0-9a-f]{40,64}\.parts$/.test(name)
}
