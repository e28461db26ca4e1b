// What a client of the API gives as a torrent: a path, a link, an info-hash, a web address, or the .torrent itself.
import { AppError } from '../core/errors.ts'
import { MAX_TORRENT_BYTES } from '../core/metainfo/limits.ts'
import { loadSource, parseSource, type Source } from '../engine/load-source.ts'
import { hashesOf, type ListedTorrent } from './listed-torrent.ts'
import type { TorrentList } from './torrent-list.ts'

/** For a web server. */
export const FETCH_MS = 60_000
/** Base64 makes four characters of three bytes; some break it into lines. */
const BASE64_LENGTH = 1.4

export interface GivenSource {
  readonly filename?: string | undefined
  /** In base64. */
  readonly metainfo?: string | undefined
}

/** Throws AppError: what is wrong with the file, the link or the answer of the web server. */
export async function givenSource({ filename, metainfo }: GivenSource): Promise<Source> {
  if (metainfo !== undefined) {
    if (metainfo.length > MAX_TORRENT_BYTES * BASE64_LENGTH)
      throw new AppError('bad-metainfo', 'metainfo: it is too long for a .torrent file')
    return parseSource(new Uint8Array(Buffer.from(metainfo, 'base64')))
  }
  if (filename === undefined || filename === '') throw new AppError('usage', 'filename or metainfo is needed')
  return loadSource(filename, AbortSignal.timeout(FETCH_MS))
}

/** The torrent of the list that it is, if it is there already. */
export function alreadyListed(list: TorrentList, source: Source): ListedTorrent | undefined {
  return hashesOf(source.kind === 'magnet' ? source.magnet : source.metainfo.info)
    .map((hash) => list.byHash(hash))
    .find((listed) => listed !== undefined)
}
