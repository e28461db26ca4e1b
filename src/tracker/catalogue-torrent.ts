// What the catalogue takes of a .torrent that a stranger sent: little, cleaned for display, and within bounds that are
// checked before anything is done by the torrent's word.
import { type BDict, BencodeFault, bytesOf, decodeBencode, dictOf, integerOf, listOf } from '../core/bencode.ts'
import { AppError } from '../core/errors.ts'
import type { InfoHash } from '../core/ids.ts'
import { writeTorrent } from '../core/metainfo/build.ts'
import type { Info, TorrentFile } from '../core/metainfo/metainfo.ts'
import { parseTorrent } from '../core/metainfo/parse.ts'
import { printable } from '../core/printable.ts'
import type { TrackerFailure } from '../core/tracker/announce.ts'
import { nodeHasher } from '../io/hasher.ts'

/** As long as 100,000 pieces need. */
export const MAX_CATALOGUE_TORRENT_BYTES = 2 * 1024 * 1024
export const MAX_CATALOGUE_FILES = 20_000
/** Paths that are kept to be shown. */
const MAX_PATHS = 1000
/** Of file names that are searched. The usual torrent has 1,000 of them; the longest would stop the tracker for a while. */
const MAX_SEARCHED_CHARACTERS = 131_072
/** 20,000 files, each with padding behind it, take 320,000 values. */
const MAX_VALUES = 400_000
const SHA1_BYTES = 20

export interface CataloguePath {
  readonly path: string
  readonly sizeBytes: number
}

export interface CatalogueTorrent {
  readonly infoHash: InfoHash
  readonly name: string
  readonly sizeBytes: number
  readonly fileCount: number
  readonly isPrivate: boolean
  /** The first of them. */
  readonly paths: readonly CataloguePath[]
  /** Names of files and folders, in which people search. */
  readonly words: string
  /** Without trackers if `keepsTrackers` was false. */
  readonly bytes: Uint8Array
}

/**
 * `keepsTrackers`: announce URLs stay in it. Where people have passkeys they must not: the URL of who published it would
 * give his passkey to everybody.
 */
export function readCatalogueTorrent(bytes: Uint8Array, keepsTrackers: boolean): CatalogueTorrent | TrackerFailure {
  const fault = faultOf(bytes)
  if (fault !== undefined) return { failure: fault }
  try {
    const metainfo = parseTorrent(bytes, nodeHasher)
    const { info } = metainfo
    const files = info.files.filter((file) => !file.isPad)
    if (info.infoHashV1 === undefined) return { failure: ONLY_V2 }
    if (files.length > MAX_CATALOGUE_FILES) return { failure: TOO_MANY_FILES }
    return {
      infoHash: info.infoHashV1,
      name: shown(info.name),
      sizeBytes: info.totalSize,
      fileCount: files.length,
      isPrivate: info.isPrivate,
      paths: files.slice(0, MAX_PATHS).map(({ path, length }) => ({ path: shown(path.join('/')), sizeBytes: length })),
      words: wordsOf(info, files),
      bytes: writeTorrent({ ...metainfo, nodes: [], trackers: keepsTrackers ? metainfo.trackers : [] }),
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { failure: printable(error.message).slice(0, 300) }
  }
}

const ONLY_V2 = 'this catalogue cannot list torrents of version 2 alone: make it hybrid'
const TOO_MANY_FILES = `the torrent has more than ${MAX_CATALOGUE_FILES} files`

/** What must be known before it is looked at closely: that is quick only for what is as long as it says. */
function faultOf(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_CATALOGUE_TORRENT_BYTES) return 'the torrent is too long'
  const decoded = decodeBencode(bytes, { maxTokens: MAX_VALUES })
  if (decoded instanceof BencodeFault) return `that is no torrent: at byte ${decoded.at}, ${decoded.reason}`
  const info = dictOf(dictOf(decoded.value)?.get('info'))
  if (info === undefined) return 'that is no torrent: it has no info'
  if (info.has('meta version') && !info.has('pieces')) return ONLY_V2
  const files = listOf(info.get('files')) ?? [info]
  if (files.length > 2 * MAX_CATALOGUE_FILES) return TOO_MANY_FILES // each may have padding
  const length = files.reduce((sum: number, file) => sum + lengthOf(dictOf(file)), 0)
  // A torrent of a hundred bytes that claims two million pieces would take a third of a second to refuse.
  const pieces = Math.ceil(length / (integerOf(info.get('piece length')) ?? 0))
  return pieces === (bytesOf(info.get('pieces'))?.length ?? 0) / SHA1_BYTES
    ? undefined
    : 'the torrent is damaged: its pieces do not fit its files'
}

function lengthOf(file: BDict | undefined): number {
  return integerOf(file?.get('length')) ?? 0
}

/** Every path begins with the torrent's name, which is searched by itself. */
function wordsOf(info: Info, files: readonly TorrentFile[]): string {
  let words = ''
  for (const { path } of files) {
    if (words.length >= MAX_SEARCHED_CHARACTERS) break
    words += `${(path[0] === info.name ? path.slice(1) : path).join(' ')} `
  }
  return printable(words.slice(0, MAX_SEARCHED_CHARACTERS))
}

function shown(text: string): string {
  const clean = printable(text)
  return clean === '' ? '_' : clean
}
