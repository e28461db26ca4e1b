// What a tracker's catalogue answers, as its user reads it. A tracker is a stranger: what makes no sense is left out, texts
// are made fit for a terminal. How long an answer may be is the caller's to bound.
import { parseInfoHash } from '../ids.ts'
import { printable } from '../printable.ts'

export interface ListedTorrent {
  /** Lower-case hex of the v1 info-hash. */
  readonly hash: string
  readonly name: string
  readonly sizeBytes: number
  readonly fileCount: number
  readonly seeders: number
  readonly leechers: number
  readonly completed: number
  /** Milliseconds since 1970; `undefined` if the tracker does not say. */
  readonly publishedAt: number | undefined
}

export interface FoundTorrents {
  /** How many there are, of which `torrents` is a part. */
  readonly total: number
  readonly torrents: readonly ListedTorrent[]
}

/** How a new entry, or one that was there, is called. */
export interface ListedAs {
  readonly name: string
  readonly isNew: boolean
}

/** As many as may be asked for at once; more in one answer are not read. */
export const MAX_FOUND = 100
/** File names on disks have 255; a longer text is there to fill the screen. */
const MAX_TEXT_CHARACTERS = 300

export function readFound(body: Uint8Array): FoundTorrents | undefined {
  const { total, torrents } = jsonObject(body) ?? {}
  if (!Array.isArray(torrents)) return undefined
  const read = torrents.slice(0, MAX_FOUND).flatMap((item: unknown) => readTorrent(item) ?? [])
  return { total: Math.max(countOf(total) ?? 0, read.length), torrents: read }
}

/** `hash`: of the torrent that was sent. An answer about any other is that of some server without a catalogue. */
export function readListedAs(body: Uint8Array, hash: string): ListedAs | undefined {
  const { info_hash: listed, name, isNew } = jsonObject(body) ?? {}
  if (listed !== hash || typeof name !== 'string') return undefined
  return { name: shown(name), isNew: isNew === true }
}

/** The sentence of a refusal. */
export function readRefusal(body: Uint8Array): string | undefined {
  const { error } = jsonObject(body) ?? {}
  return typeof error === 'string' && shown(error) !== '' ? shown(error) : undefined
}

/** Which may be meant by a name: those of exactly this name, else those whose names have all words of it. */
export function torrentsNamed(name: string, torrents: readonly ListedTorrent[]): readonly ListedTorrent[] {
  const exact = torrents.filter((torrent) => folded(torrent.name) === folded(name))
  if (exact.length > 0) return exact
  const words = folded(name).split(/[^\p{L}\p{N}]+/u)
  return torrents.filter((torrent) => words.every((word) => folded(torrent.name).includes(word)))
}

/** Without capitals and accents. */
function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

function readTorrent(item: unknown): ListedTorrent | undefined {
  if (!isObject(item)) return undefined
  const { info_hash: hash, name, published_at: date } = item
  const sizeBytes = countOf(item['size'])
  if (typeof hash !== 'string' || parseInfoHash(hash) === undefined) return undefined
  if (typeof name !== 'string' || sizeBytes === undefined) return undefined
  const publishedAt = typeof date === 'string' ? Date.parse(date) : Number.NaN
  return {
    hash: hash.toLowerCase(),
    name: shown(name),
    sizeBytes,
    fileCount: countOf(item['files']) ?? 1,
    seeders: countOf(item['seeders']) ?? 0,
    leechers: countOf(item['leechers']) ?? 0,
    completed: countOf(item['completed']) ?? 0,
    publishedAt: Number.isNaN(publishedAt) ? undefined : publishedAt,
  }
}

function shown(text: string): string {
  return printable(text.slice(0, MAX_TEXT_CHARACTERS)).trim()
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

function jsonObject(body: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body))
    return isObject(value) ? value : undefined
  } catch {
    return undefined // no JSON: a server of another kind
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
