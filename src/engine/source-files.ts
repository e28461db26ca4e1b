// Finds what a new torrent will hold: walks a file or a folder, leaves out what a torrent cannot or should not carry, and
// says what and why. create.ts calls it.
import { constants, type Stats } from 'node:fs'
import { access, lstat, readdir, readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { textOf } from '../core/bencode.ts'
import { AppError } from '../core/errors.ts'
import { type ContentFile, inTreeOrder } from '../core/metainfo/build.ts'
import { MAX_FILES } from '../core/metainfo/limits.ts'
import { PART_SUFFIX } from '../io/disk/disk.ts'

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

/** So many names of a folder are looked at together: hides the latency of a slow disk. */
const BATCH = 64

/** Throws AppError if there is nothing, or something unreadable. `isExcluded` gets paths below the folder, with `/`. */
export async function findSourceFiles(
  path: string,
  isExcluded: (path: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<Source> {
  const root = await realpath(path).catch((cause: unknown) => refuse(path, cause))
  const stats = await lstat(root).catch((cause: unknown) => refuse(path, cause))
  const walk = new Walk(root, isExcluded, signal)
  if (stats.isDirectory()) await walk.folder([])
  else if (stats.isFile()) await walk.file([basename(root)], stats, root)
  else throw new AppError('usage', `cannot share "${path}": it is neither a file nor a folder`)
  const { files, skipped } = walk
  if (!files.some((file) => file.length > 0)) {
    throw new AppError('not-found', `there is nothing to share in "${path}": it has no file with content`)
  }
  if (basename(root) === '') throw new AppError('usage', `cannot share "${path}": it has no name`)
  const source = { dir: dirname(root), name: basename(root), isSingle: stats.isFile() }
  return { ...source, files: inTreeOrder(files), skipped }
}

class Walk {
  readonly files: SourceFile[] = []
  readonly skipped: SkippedFile[] = []
  readonly #root: string
  readonly #isExcluded: (path: string) => boolean
  readonly #signal: AbortSignal | undefined

  constructor(root: string, isExcluded: (path: string) => boolean, signal: AbortSignal | undefined) {
    this.#root = root
    this.#isExcluded = isExcluded
    this.#signal = signal
  }

  async folder(elements: readonly string[]): Promise<void> {
    const dir = join(this.#root, ...elements)
    const names = await readdir(dir, { encoding: 'buffer' }).catch((cause: unknown) => refuse(dir, cause))
    if (names.length === 0) this.#skip(elements, 'is an empty folder, which torrents cannot hold')
    for (let at = 0; at < names.length; at += BATCH) {
      if (this.#signal?.aborted === true) throw new AppError('interrupted', 'making the torrent was interrupted')
      const folders = await Promise.all(names.slice(at, at + BATCH).map((name) => this.#entry(elements, name)))
      for (const folder of folders) if (folder !== undefined) await this.folder(folder)
    }
  }

  /** Takes or skips what is there; of a folder, the path is returned to be walked. */
  async #entry(parent: readonly string[], rawName: Uint8Array): Promise<string[] | undefined> {
    const name = textOf(rawName)
    const elements = [...parent, name ?? Buffer.from(rawName).toString()]
    const path = join(this.#root, ...elements)
    if (this.#isExcluded(elements.join('/'))) return undefined
    if (name === undefined) {
      throw new AppError('usage', `cannot share "${path}": its name is not UTF-8; rename or exclude it`)
    }
    const stats = await lstat(path).catch((cause: unknown) => refuse(path, cause))
    if (stats.isDirectory()) return elements
    if (stats.isSymbolicLink()) await this.#link(elements, path)
    else if (!stats.isFile()) this.#skip(elements, 'is neither a file nor a folder')
    else if (isUnfinished(name)) this.#skip(elements, 'is an unfinished download')
    else await this.file(elements, stats, path)
    return undefined
  }

  async file(elements: readonly string[], stats: Stats, path: string): Promise<void> {
    await access(path, constants.R_OK).catch((cause: unknown) => refuse(path, cause))
    if (this.files.length === MAX_FILES) {
      throw new AppError('usage', `cannot share "${this.#root}": it has more than ${MAX_FILES} files`)
    }
    this.files.push({
      path: elements,
      length: stats.size,
      isExecutable: process.platform !== 'win32' && (stats.mode & constants.S_IXUSR) !== 0,
      symlink: undefined,
      modifiedAtMs: stats.mtimeMs,
    })
  }

  /** BEP 47 carries links inside the torrent. What a link shows of the world outside is not what was asked to share. */
  async #link(elements: readonly string[], path: string): Promise<void> {
    const target = resolve(dirname(path), await readlink(path).catch((cause: unknown) => refuse(path, cause)))
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

function refuse(path: string, cause: unknown): never {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT') throw new AppError('not-found', `there is no "${path}"`, { cause })
  if (code === 'EACCES' || code === 'EPERM')
    throw new AppError('disk-permission', `no permission to read "${path}"`, { cause })
  throw new AppError('disk-error', `cannot read "${path}" (${String(code ?? cause)})`, { cause })
}
