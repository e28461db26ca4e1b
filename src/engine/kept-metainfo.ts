// The metainfo that is kept between runs, so that a magnet link is asked of peers once.
import { AppError } from '../core/errors.ts'
import { concatBytes, equalBytes, fromLatin1 } from '../core/bytes.ts'
import { bareMetainfo, type Info, type Metainfo } from '../core/metainfo/metainfo.ts'
import { parseInfo, parseTorrent } from '../core/metainfo/parse.ts'
import { nodeHasher } from '../io/hasher.ts'
import type { Torrent } from './torrent.ts'

const [HEAD, TAIL] = [fromLatin1('d4:info'), fromLatin1('e')]

/** A .torrent as it came, or made around an `info` that peers sent. */
export function keepableTorrent(torrent: Torrent): Uint8Array {
  if (torrent.origin.kind === 'metainfo') return torrent.origin.bytes
  return concatBytes([HEAD, torrent.info?.bytes ?? new Uint8Array(0), TAIL])
}

/** `undefined` if what was kept is not what the torrent's hashes say. */
export function readKept(kept: Uint8Array, torrent: Torrent): Metainfo | undefined {
  const metainfo = readTorrent(kept)
  const isOurs = metainfo !== undefined && isInfoOf(metainfo.info, torrent)
  return isOurs ? withMagnet(metainfo, torrent) : undefined
}

/** What peers sent for a magnet link. Throws AppError 'bad-metainfo'. */
export function fetchedMetainfo(infoBytes: Uint8Array, torrent: Torrent): Metainfo {
  return withMagnet(bareMetainfo(parseInfo(infoBytes, nodeHasher, process.platform)), torrent)
}

function readTorrent(kept: Uint8Array): Metainfo | undefined {
  try {
    return parseTorrent(kept, nodeHasher, process.platform)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
  }
  // A hybrid from a link has no piece layers (BEP 52): its v1 hashes are enough.
  try {
    return bareMetainfo(parseInfo(kept.subarray(HEAD.length, kept.length - TAIL.length), nodeHasher, process.platform))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return undefined
  }
}

function withMagnet(metainfo: Metainfo, torrent: Torrent): Metainfo {
  if (torrent.origin.kind !== 'magnet') return metainfo
  const { trackers, webSeeds } = torrent.origin.magnet
  const known = new Set(metainfo.trackers.flat())
  const added = trackers.filter((url) => !known.has(url)).map((url) => [url])
  return { ...metainfo, trackers: [...metainfo.trackers, ...added], webSeeds: [...metainfo.webSeeds, ...webSeeds] }
}

function isInfoOf(info: Info, { infoHashV1, infoHashV2 }: Torrent): boolean {
  const v1 = infoHashV1 === undefined || (info.infoHashV1 !== undefined && equalBytes(info.infoHashV1, infoHashV1))
  const v2 = infoHashV2 === undefined || (info.infoHashV2 !== undefined && equalBytes(info.infoHashV2, infoHashV2))
  return v1 && v2
}
