// Reads .torrent files (BEP 3, 5, 12, 19, 27, 47, 52) and bare `info` dictionaries (BEP 9). Strict where a torrent could
// harm or mean two things, lenient in what only describes it: an odd comment does not stop a load.
import {
  type BDict,
  BencodeFault,
  type BValue,
  bytesOf,
  decodeBencode,
  dictOf,
  integerOf,
  listOf,
  textOf,
} from '../bencode.ts'
import { toLatin1 } from '../bytes.ts'
import type { Hasher } from '../hasher.ts'
import { damaged } from './damage.ts'
import { readInfo } from './info.ts'
import { MAX_TORRENT_BYTES } from './limits.ts'
import type { Info, Metainfo } from './metainfo.ts'
import { readPieceRoots } from './piece-layers.ts'
import type { Platform } from './safe-path.ts'
import { usableUrls } from './urls.ts'

/**
 * What the .torrent file says, checked; throws AppError 'bad-metainfo' with one sentence. The result keeps views of
 * `bytes`. `platform` is Node's `process.platform` where the files will be written; see safe-path.ts.
 */
export function parseTorrent(bytes: Uint8Array, hasher: Hasher, platform: Platform = ''): Metainfo {
  const { dict, spans, whole } = decode(bytes)
  const infoDict = dictOf(dict.get('info'))
  const span = spans.get('info')
  if (infoDict === undefined || span === undefined) damaged('info is missing or no dictionary')
  const info = readInfo(infoDict, whole.subarray(...span), hasher, platform)
  return {
    info,
    pieceRoots: info.infoHashV2 === undefined ? undefined : readLayers(dict, info, hasher),
    trackers: readTrackers(dict),
    webSeeds: readWebSeeds(dict.get('url-list')),
    // BEP 27: a private torrent has its peers from its trackers only.
    nodes: info.isPrivate ? [] : readNodes(dict.get('nodes')),
    comment: textOf(dict.get('comment.utf-8')) ?? textOf(dict.get('comment')),
    createdBy: textOf(dict.get('created by')),
    createdAt: readTime(dict.get('creation date')),
  }
}

/** The `info` dictionary alone, as peers send it for magnet links; its hash is the caller's to compare. */
export function parseInfo(bytes: Uint8Array, hasher: Hasher, platform: Platform = ''): Info {
  const { dict, whole } = decode(bytes)
  return readInfo(dict, whole, hasher, platform)
}

interface DecodedTorrent {
  readonly dict: BDict
  readonly spans: ReadonlyMap<string, readonly [start: number, end: number]>
  readonly whole: Uint8Array
}

function decode(bytes: Uint8Array): DecodedTorrent {
  if (bytes.length > MAX_TORRENT_BYTES) damaged(`it has more than ${MAX_TORRENT_BYTES} bytes`)
  // Of a Buffer, only the bytes: its slice() and its text form differ from those of every other Uint8Array.
  const whole = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const decoded = decodeBencode(whole)
  if (decoded instanceof BencodeFault) damaged(`at byte ${decoded.at}, ${decoded.reason}`)
  const dict = dictOf(decoded.value)
  if (dict === undefined) damaged('it is no dictionary')
  return { dict, spans: decoded.spans, whole }
}

function readLayers(dict: BDict, info: Info, hasher: Hasher): Uint8Array {
  const layers = dictOf(dict.get('piece layers'))
  return readPieceRoots(info, (root) => bytesOf(layers?.get(toLatin1(root))), hasher)
}

/** BEP 12: `announce-list` if there is a usable URL in it, else `announce`. What has an odd type is left out. */
function readTrackers(dict: BDict): string[][] {
  const seen = new Set<string>()
  const tiers = (listOf(dict.get('announce-list')) ?? [])
    // Some makers write a plain list of URLs: each is a tier.
    .map((tier) => usableUrls((listOf(tier) ?? [tier]).map(textOf)))
    .map((tier) => tier.filter((url) => !seen.has(url) && seen.add(url)))
    .filter((tier) => tier.length > 0)
  if (tiers.length > 0) return tiers
  const single = usableUrls([textOf(dict.get('announce'))])
  return single.length > 0 ? [single] : []
}

/** BEP 19: a string or a list of them, kept as they are. */
function readWebSeeds(value: BValue | undefined): string[] {
  return usableUrls((listOf(value) ?? [value]).map(textOf))
}

/** BEP 5: pairs of host and port. */
function readNodes(value: BValue | undefined): [host: string, port: number][] {
  const nodes: [string, number][] = []
  for (const node of listOf(value) ?? []) {
    const [first, second] = listOf(node) ?? []
    const host = textOf(first)
    const port = integerOf(second)
    if (host === undefined || !/^[\w.:-]{1,255}$/.test(host)) continue
    if (port !== undefined && port > 0 && port < 65_536) nodes.push([host, port])
  }
  return nodes
}

/** Only times that a Date can hold: others throw when they are printed. */
function readTime(value: BValue | undefined): number | undefined {
  const seconds = integerOf(value)
  return seconds !== undefined && seconds >= 0 && seconds <= 8.64e12 ? seconds : undefined
}
