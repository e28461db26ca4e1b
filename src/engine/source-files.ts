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

  constructor(root: string, disk: Disk, isExcluded: (path: string) => boolean, signal: AbortSignal | undefined) {
    this.#root = root
    this.#disk = disk
    this.#isExcluded = isExcluded
    this.#signal = signal
  }

  async folder(parent: readonly string[]): Promise<void> {
    const dir = join(this.#root, ...parent)
    const names = await readdir(dir, { encoding: 'buffer' }).catch((cause: unknown) => refuseToRead(dir, cause))
    if (names.length === 0) this.#skip(parent, 'is an empty folder, which torrents cannot hold')
    const entries = names.flatMap((name) => this.#wanted(dir, parent, name))
    for (let at = 0; at < entries.length; at += BATCH) {
      if (this.#signal?.aborted === true) throw new AppError('interrupted', 'making the torrent was interrupted')
      const batch = entries.slice(at, at + BATCH)
      const paths = batch.map((elements) => join(dir, elements.at(-1) ?? ''))
      const all = await answer<readonly Seen[]>((done) => this.#disk.look(paths, done))
      for (const [n, seen] of all.entries()) await this.#entry(batch[n] ?? [], seen)
    }
  }

  /** The path of an entry, unless it is excluded. */
  #wanted(dir: string, parent: readonly string[], rawName: Uint8Array): string[][] {
    const name = textOf(rawName)
    const elements = [...parent, name ?? Buffer.from(rawName).toString()]
    if (this.#isExcluded(elements.join('/'))) return []
    if (name !== undefined) return [elements]
    const path = join(dir, elements.at(-1) ?? '')
    throw new AppError('usage', `cannot share "${path}": its name is not UTF-8; rename or exclude it`)
  }

  async #entry(elements: readonly string[], seen: Seen): Promise<void> {
    if (seen.kind === 'folder') await this.folder(elements)
    else if (seen.kind === 'link') await this.#link(elements, join(this.#root, ...elements))
    else if (seen.kind === 'other') this.#skip(elements, 'is neither a file nor a folder')
    else if (isUnfinished(elements.at(-1) ?? '')) this.#skip(elements, 'is an unfinished download')
    else this.file(elements, seen)
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

/** What Shoal itself leaves beside a download while it runs. */
function isUnfinished(name: string): boolean {
  return name.endsWith(PART_SUFFIX) || /^\.[0-9a-f]{40,64}\.parts$/.test(name)
}
