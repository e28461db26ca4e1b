// Magnet links: `magnet:?xt=urn:btih:…` with the keys of BEP 9 and 53, and `urn:btmh:` of BEP 52.
import { type Address, parseAddress, printAddress } from '../address.ts'
import { fromHex, toHex } from '../bytes.ts'
import { AppError } from '../errors.ts'
import { type InfoHash, type InfoHashV2, infoHash, infoHashV2 } from '../ids.ts'
import { MAX_FILES } from './limits.ts'
import type { Metainfo } from './metainfo.ts'
import { safeTitle } from './safe-path.ts'
import { usableUrls } from './urls.ts'

export interface Magnet {
  /** At least one of the two; both for a hybrid torrent. */
  readonly infoHashV1: InfoHash | undefined
  readonly infoHashV2: InfoHashV2 | undefined
  /** For display until the metadata is there; has passed safe-path.ts. */
  readonly name: string | undefined
  readonly trackers: readonly string[]
  readonly webSeeds: readonly string[]
  /** Peers to begin with. */
  readonly peers: readonly Address[]
  /** BEP 53: numbers of the files to download, ascending; `undefined` for all. */
  readonly selectOnly: readonly number[] | undefined
  /** Size in bytes, as the link says. */
  readonly exactLength: number | undefined
}

/** What people paste is shorter; a page could link to anything. */
const MAX_MAGNET_CHARACTERS = 65_536
/** Multihash prefix: SHA2-256, 32 bytes. */
const SHA256_PREFIX = '1220'

/** Throws AppError 'bad-magnet' with one sentence. Keys that are odd or unknown are skipped, a wrong hash is not. */
export function parseMagnet(text: string): Magnet {
  const link = text.trim()
  if (link.length > MAX_MAGNET_CHARACTERS) refuse(`it has more than ${MAX_MAGNET_CHARACTERS} characters`)
  if (!/^magnet:\?/i.test(link)) refuse('it does not begin with "magnet:?"')
  const values = readQuery(link.slice('magnet:?'.length))
  const all = (key: string): readonly string[] => values.get(key) ?? []

  const { v1, v2 } = readTopics(all('xt'))
  const name = all('dn')[0]
  const size = all('xl')[0] ?? ''
  return {
    infoHashV1: v1,
    infoHashV2: v2,
    name: name === undefined || name === '' ? undefined : safeTitle(name),
    trackers: usableUrls(all('tr')),
    webSeeds: usableUrls(all('ws')),
    peers: all('x.pe').flatMap((peer) => parseAddress(peer) ?? []),
    selectOnly: readSelection(all('so')),
    exactLength: /^\d{1,15}$/.test(size) ? Number(size) : undefined,
  }
}

/** The shortest link that reads back as the same. */
export function printMagnet(magnet: Magnet): string {
  const parts: string[] = []
  if (magnet.infoHashV1 !== undefined) parts.push(`xt=urn:btih:${toHex(magnet.infoHashV1)}`)
  if (magnet.infoHashV2 !== undefined) parts.push(`xt=urn:btmh:${SHA256_PREFIX}${toHex(magnet.infoHashV2)}`)
  if (magnet.name !== undefined) parts.push(`dn=${escaped(magnet.name)}`)
  if (magnet.exactLength !== undefined) parts.push(`xl=${magnet.exactLength}`)
  for (const url of magnet.trackers) parts.push(`tr=${escaped(url)}`)
  for (const url of magnet.webSeeds) parts.push(`ws=${escaped(url)}`)
  for (const peer of magnet.peers) parts.push(`x.pe=${printAddress(peer)}`)
  if (magnet.selectOnly !== undefined) parts.push(`so=${printSelection(magnet.selectOnly)}`)
  return `magnet:?${parts.join('&')}`
}

/** The link to a torrent that is at hand; its peers and selection are left to the caller. */
export function magnetOf(metainfo: Metainfo): Magnet {
  return {
    infoHashV1: metainfo.info.infoHashV1,
    infoHashV2: metainfo.info.infoHashV2,
    name: metainfo.info.name,
    trackers: metainfo.trackers.flat(),
    webSeeds: metainfo.webSeeds,
    peers: [],
    selectOnly: undefined,
    exactLength: undefined,
  }
}

function refuse(why: string): never {
  throw new AppError('bad-magnet', `the magnet link is damaged: ${why}`)
}

/** Key to values. Keys may be numbered (`tr.1`), which says nothing. */
function readQuery(query: string): Map<string, string[]> {
  const values = new Map<string, string[]>()
  for (const part of query.split('&')) {
    const at = part.indexOf('=')
    if (at === -1) continue
    const key = part
      .slice(0, at)
      .toLowerCase()
      .replace(/\.\d+$/, '')
    const value = part.slice(at + 1)
    // Forms write spaces as `+`; in a tracker's URL it is a plus.
    const list = values.get(key) ?? []
    list.push(percentDecoded(key === 'dn' ? value.replaceAll('+', ' ') : value))
    values.set(key, list)
  }
  return values
}

/** As decodeURIComponent, which throws at what people really paste: a `%` that escapes nothing stays. */
function percentDecoded(text: string): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    return decoder.decode(fromHex(escapes.replaceAll('%', '')) ?? new Uint8Array(0))
  })
}

/** Also what a shell or a chat program would take for the end of the link. */
function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  )
}

function readTopics(topics: readonly string[]): { v1: InfoHash | undefined; v2: InfoHashV2 | undefined } {
  let v1: InfoHash | undefined
  let v2: InfoHashV2 | undefined
  for (const topic of topics) {
    const [, kind, hash] = /^urn:(btih|btmh):(.*)$/is.exec(topic) ?? []
    if (kind === undefined || hash === undefined) continue // other networks have topics too
    if (kind.toLowerCase() === 'btih') {
      const next = readV1Hash(hash) ?? refuse('its v1 info-hash is neither 40 hex digits nor 32 base32 digits')
      if (v1 !== undefined && toHex(v1) !== toHex(next)) refuse('it names two v1 info-hashes')
      v1 = next
    } else {
      const next = readV2Hash(hash) ?? refuse(`its v2 info-hash is not ${SHA256_PREFIX} and 64 hex digits`)
      if (v2 !== undefined && toHex(v2) !== toHex(next)) refuse('it names two v2 info-hashes')
      v2 = next
    }
  }
  if (v1 === undefined && v2 === undefined) refuse('it has no info-hash (xt=urn:btih:… or xt=urn:btmh:…)')
  return { v1, v2 }
}

function readV1Hash(text: string): InfoHash | undefined {
  return infoHash((text.length === 32 ? fromBase32(text) : fromHex(text)) ?? new Uint8Array(0))
}

function readV2Hash(text: string): InfoHashV2 | undefined {
  if (!text.startsWith(SHA256_PREFIX)) return undefined
  return infoHashV2(fromHex(text.slice(SHA256_PREFIX.length)) ?? new Uint8Array(0))
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 without padding, whole bytes only; either case. */
function fromBase32(text: string): Uint8Array | undefined {
  const bytes: number[] = []
  let bits = 0
  let bitCount = 0
  for (const character of text.toUpperCase()) {
    const digit = BASE32.indexOf(character)
    if (digit === -1) return undefined
    bits = ((bits << 5) | digit) & 0xfff
    bitCount += 5
    if (bitCount < 8) continue
    bitCount -= 8
    bytes.push((bits >> bitCount) & 0xff)
  }
  return Uint8Array.from(bytes)
}

/**
 * `0,2,4,6-8`, ascending and each number once. Parts that are no range, or reach beyond what a torrent can have, are
 * skipped; ranges are merged before they are written out, so that repeating one costs nothing.
 */
function readSelection(texts: readonly string[]): number[] | undefined {
  const ranges: [first: number, last: number][] = []
  for (const part of texts.join(',').split(',')) {
    const match = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part)
    if (match === null) continue
    const first = Number(match[1])
    const last = Number(match[2] ?? match[1])
    if (first <= last && last < MAX_FILES) ranges.push([first, last])
  }
  const numbers: number[] = []
  let next = 0
  for (const [first, last] of ranges.sort(([a], [b]) => a - b)) {
    for (next = Math.max(next, first); next <= last; next++) numbers.push(next)
  }
  return numbers.length > 0 ? numbers : undefined
}

function printSelection(numbers: readonly number[]): string {
  const parts: string[] = []
  for (let n = 0; n < numbers.length; n++) {
    const start = n
    while (numbers[n + 1] === (numbers[n] ?? 0) + 1) n++
    parts.push(start === n ? `${numbers[n]}` : `${numbers[start]}-${numbers[n]}`)
  }
  return parts.join(',')
}
