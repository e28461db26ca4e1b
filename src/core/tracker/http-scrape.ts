// Scrapes over HTTP (BEP 48), both sides: how many peers some torrents have, without joining them.
import { type BDict, dictOf, encodeBencode } from '../bencode.ts'
import { toLatin1 } from '../bytes.ts'
import { type InfoHash, infoHash } from '../ids.ts'
import { MAX_SCRAPE_HASHES, type SwarmCounts, type TrackerFailure } from './announce.ts'
import { countOf, readAnswerDict } from './http-announce.ts'
import { eachField, percentDecode, percentEncode } from './http-query.ts'

/**
 * Where to scrape: the announce URL with the last `announce` of its path replaced by `scrape`. `undefined` if the path
 * has none: then the tracker does not scrape. UDP trackers need no other URL.
 */
export function scrapeUrl(announceUrl: string): string | undefined {
  const pathStart = /^https?:\/\/[^/?#]*/i.exec(announceUrl)?.[0].length
  if (pathStart === undefined) return undefined
  const rest = announceUrl.slice(pathStart)
  const pathEnd = rest.search(/[?#]/)
  const path = pathEnd === -1 ? rest : rest.slice(0, pathEnd)
  const at = path.lastIndexOf('announce')
  if (at === -1) return undefined
  const wordStart = pathStart + at
  return `${announceUrl.slice(0, wordStart)}scrape${announceUrl.slice(wordStart + 'announce'.length)}`
}

/** The query of a scrape of 1 to `MAX_SCRAPE_HASHES` torrents: join it to `scrapeUrl` with `withQuery`. */
export function scrapeQuery(infoHashes: readonly InfoHash[]): string {
  return infoHashes.map((hash) => `info_hash=${percentEncode(hash)}`).join('&')
}

/** Reads a query without its `?`. Hashes above the bound are left out, which BEP 48 allows an answer to do. */
export function parseScrapeQuery(query: string): { readonly infoHashes: readonly InfoHash[] } | TrackerFailure {
  const infoHashes: InfoHash[] = []
  eachField(query, (name, value) => {
    const hash =
      name === 'info_hash' && infoHashes.length < MAX_SCRAPE_HASHES ? infoHash(percentDecode(value)) : undefined
    if (hash !== undefined) infoHashes.push(hash)
  })
  if (infoHashes.length === 0) return { failure: 'info_hash is missing or not 20 bytes long' }
  return { infoHashes }
}

export function writeScrapeAnswer(infoHashes: readonly InfoHash[], counts: readonly SwarmCounts[]): Uint8Array {
  const files: BDict = new Map()
  infoHashes.forEach((hash, i) => {
    const { seeders = 0, completed = 0, leechers = 0 } = counts[i] ?? {}
    files.set(
      toLatin1(hash),
      new Map([
        ['complete', seeders],
        ['downloaded', completed],
        ['incomplete', leechers],
      ]),
    )
  })
  return encodeBencode({ files })
}

/** One entry for each hash that was asked for, `undefined` where the tracker said nothing about it. */
export function readScrapeAnswer(
  body: Uint8Array,
  infoHashes: readonly InfoHash[],
): readonly (SwarmCounts | undefined)[] | TrackerFailure {
  const dict = readAnswerDict(body)
  if (!(dict instanceof Map)) return dict
  const files = dictOf(dict.get('files'))
  return infoHashes.map((hash) => {
    const file = dictOf(files?.get(toLatin1(hash)))
    if (file === undefined) return undefined
    return {
      seeders: countOf(file, 'complete') ?? 0,
      leechers: countOf(file, 'incomplete') ?? 0,
      completed: countOf(file, 'downloaded') ?? 0,
    }
  })
}
