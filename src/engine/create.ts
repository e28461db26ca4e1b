// Makes a torrent from a file or a folder: finds the files, lays them out, lets the disk's workers hash them, writes the
// .torrent. The command line and embedders call `createTorrent`.
import { AppError } from '../core/errors.ts'
import { BLOCK_BYTES } from '../core/geometry.ts'
import { compileGlob } from '../core/glob.ts'
import {
  type Content,
  choosePieceLength,
  fileRoots,
  pieceCountOf,
  type TorrentVersion,
  withPieceHashes,
  writeInfo,
  writeTorrent,
} from '../core/metainfo/build.ts'
import { type Layout, layOut } from '../core/metainfo/layout.ts'
import { MAX_PIECE_BYTES, MAX_PIECES, MAX_TORRENT_BYTES } from '../core/metainfo/limits.ts'
import { NODE_BYTES } from '../core/metainfo/merkle.ts'
import { type Info, type Metainfo, nextPowerOfTwo } from '../core/metainfo/metainfo.ts'
import { parseInfo } from '../core/metainfo/parse.ts'
import { safeName } from '../core/metainfo/safe-path.ts'
import { usableUrls } from '../core/metainfo/urls.ts'
import type { Digests, Disk } from '../io/disk/disk.ts'
import { nodeHasher } from '../io/hasher.ts'
import { hashContent } from './hash-content.ts'
import { findSourceFiles, type SkippedFile, type Source } from './source-files.ts'

const NO_ROOT = new Uint8Array(NODE_BYTES)

export interface CreateOptions {
  /** Does the reading and hashing; stays open. */
  readonly disk: Disk
  /** Default 'v1': every client reads it. A hybrid has twice the hashes, v2 alone few clients load. */
  readonly version?: TorrentVersion | undefined
  /** Bytes, a power of two from 16 KiB; default by `choosePieceLength`. */
  readonly pieceLength?: number | undefined
  /** BEP 12 tiers. */
  readonly trackers?: readonly (readonly string[])[] | undefined
  readonly webSeeds?: readonly string[] | undefined
  readonly isPrivate?: boolean | undefined
  readonly source?: string | undefined
  readonly comment?: string | undefined
  readonly createdBy?: string | undefined
  /** Seconds since 1970; absent leaves it out. */
  readonly createdAt?: number | undefined
  /** Patterns as in core/glob.ts, over paths below the folder. */
  readonly exclude?: readonly string[] | undefined
  /** Default: what the file or folder is called. Only under this name can it be shared from where it is. */
  readonly name?: string | undefined
  /** Called after every few MiB. */
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** The path is one in which links were followed: it is refused if it has become one, or lies behind one. */
  readonly isRealPath?: boolean
}

export interface CreatedTorrent {
  /** The .torrent file. */
  readonly bytes: Uint8Array
  readonly metainfo: Metainfo
  /** The folder to seed from: it holds the file or folder that was given. */
  readonly dir: string
  /** What is not in the torrent, without what `exclude` says. */
  readonly skipped: readonly SkippedFile[]
}

/** Throws AppError: 'not-found', 'disk-…', 'usage', 'busy' when a file changes meanwhile, 'interrupted' by the signal. */
export async function createTorrent(path: string, options: CreateOptions): Promise<CreatedTorrent> {
  const { trackers = [], webSeeds = [], signal } = options
  checkUrls([...trackers.flat(), ...webSeeds])
  checkName(options.name)
  const globs = (options.exclude ?? []).map(compileGlob)
  const isExcluded = (file: string): boolean => globs.some((matches) => matches(file))
  const source = await findSourceFiles(path, options.disk, isExcluded, signal, options.isRealPath)
  return createFromSource(source, options)
}

/** As `createTorrent`, of files that were found before, or some of them. */
export async function createFromSource(source: Source, options: CreateOptions): Promise<CreatedTorrent> {
  const { trackers = [], webSeeds = [] } = options
  const content = contentOf(source, options)
  if (pieceCountOf(content) > MAX_PIECES) refuseSize()
  const layout = layOut(content)
  // Would anybody load it? That is found out when the workers have begun: with many files it takes half as long as hashing.
  const { hashes, plan } = await hashContent({ layout, version: content.version, source }, options, () => {
    return planFor(content, layout)
  })
  const metainfo: Metainfo = {
    info: infoWith(hashes, plan, content, options.name),
    pieceRoots: hashes.v2,
    trackers,
    webSeeds,
    nodes: [],
    comment: options.comment,
    createdBy: options.createdBy,
    createdAt: options.createdAt,
  }
  return { bytes: writeTorrent(metainfo), metainfo, dir: source.dir, skipped: source.skipped }
}

function infoWith(hashes: Digests, plan: Info, content: Content, name: string | undefined): Info {
  // The usual case: to write and read the dictionary once more takes a tenth of the time that 20,000 small files take.
  if (name === undefined && hashes.v1 !== undefined && hashes.v2 === undefined) {
    return withPieceHashes(plan, hashes.v1, nodeHasher)
  }
  const roots = hashes.v2 === undefined ? [] : fileRoots(plan, hashes.v2, nodeHasher)
  const noHashes = new Uint8Array(0)
  const infoBytes = writeInfo(renamed(content, name), hashes.v1 ?? noHashes, (file) => roots[file] ?? NO_ROOT)
  return parseInfo(infoBytes, nodeHasher, process.platform)
}

function renamed(content: Content, name: string | undefined): Content {
  if (name === undefined) return content
  return {
    ...content,
    name,
    files: content.isSingle ? content.files.map((file) => ({ ...file, path: [name] })) : content.files,
  }
}

function contentOf(source: Source, options: CreateOptions): Content {
  const totalBytes = source.files.reduce((sum, file) => sum + file.length, 0)
  const pieceLength = options.pieceLength ?? choosePieceLength(totalBytes)
  const isPowerOfTwo = Number.isSafeInteger(pieceLength) && nextPowerOfTwo(pieceLength) === pieceLength
  if (!isPowerOfTwo || pieceLength < BLOCK_BYTES || pieceLength > MAX_PIECE_BYTES) {
    const expected = `a power of two from ${BLOCK_BYTES} to ${MAX_PIECE_BYTES}`
    throw new AppError('usage', `the piece length is ${pieceLength} bytes; expected ${expected}`)
  }
  return {
    name: source.name,
    isSingle: source.isSingle,
    files: source.files,
    version: options.version ?? 'v1',
    pieceLength,
    isPrivate: options.isPrivate ?? false,
    source: options.source,
  }
}

/** The torrent as it will be, with hashes of zeros; throws if others would not load it, or find other names in it. */
function planFor(content: Content, layout: Layout): Info {
  const count = layout.geometry.pieceCount
  const infoBytes = writeInfo(content, new Uint8Array(content.version === 'v2' ? 0 : 20 * count), () => NO_ROOT)
  const layerBytes = content.version === 'v1' ? 0 : NODE_BYTES * count
  if (infoBytes.length + layerBytes + 65_536 > MAX_TORRENT_BYTES) refuseSize()
  const plan = readPlan(infoBytes)
  layout.files.forEach(({ path, isPad }, n) => {
    if (isPad || isSamePath(path, plan.files[n]?.path ?? [])) return
    // Receivers would see another name, and so would we at the next start: the file would be missing.
    const why = 'it has control characters, backslashes or the like, or is too long; rename or exclude it'
    throw new AppError('usage', `cannot share "${path.join('/')}" under its name: ${why}`)
  })
  return plan
}

function isSamePath(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((element, n) => element === other[n])
}

function refuseSize(): never {
  throw new AppError('usage', `the .torrent would be too large for most programs; take longer pieces or fewer files`)
}

function readPlan(infoBytes: Uint8Array): Info {
  try {
    return parseInfo(infoBytes, nodeHasher, process.platform)
  } catch (cause) {
    const why = cause instanceof AppError ? cause.message : String(cause)
    throw new AppError('usage', `what is to be shared does not fit into a torrent (${why})`, { cause })
  }
}

function checkName(name: string | undefined): void {
  if (name === undefined || safeName(new TextEncoder().encode(name), process.platform) === name) return
  throw new AppError('usage', `"${name}" cannot be the name of a torrent: it is not a plain file name`)
}

function checkUrls(urls: readonly string[]): void {
  for (const url of urls) {
    if (usableUrls([url])[0] !== url) throw new AppError('usage', `"${url}" is no URL`)
  }
}
