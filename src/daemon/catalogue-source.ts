// A torrent that a tracker lists: fetched, and made sure that it is the one that was listed.
import { toHex } from '../core/bytes.ts'
import { AppError } from '../core/errors.ts'
import type { InfoHash } from '../core/ids.ts'
import { writeTorrent } from '../core/metainfo/build.ts'
import { parseSource, type Source } from '../engine/load-source.ts'
import { type Catalogue, fetchListed } from '../io/catalogue-client.ts'

/**
 * By its v1 info-hash. It also asks the tracker that it was found at, unless it is private. Throws AppError 'not-found',
 * 'bad-answer', or what failed.
 */
export async function catalogueSource(
  infoHash: InfoHash,
  catalogue: Catalogue,
): Promise<Source & { readonly kind: 'torrent' }> {
  const hash = toHex(infoHash)
  const source = parseSource(await fetchListed(catalogue, hash))
  const { metainfo } = source
  if (metainfo.info.infoHashV1 === undefined || toHex(metainfo.info.infoHashV1) !== hash) {
    throw new AppError('bad-answer', `${new URL(catalogue.base).host} sends another torrent than it lists`)
  }
  const announce = `${catalogue.base}/announce`
  if (metainfo.info.isPrivate || metainfo.trackers.flat().includes(announce)) return source
  return parseSource(writeTorrent({ ...metainfo, trackers: [[announce], ...metainfo.trackers] }))
}
