// What sharing does besides seeding: the trackers that a torrent names get the .torrent for their catalogues, if they have
// any. `shoal share` and share-jobs.ts call it.
import { toHex } from '../core/bytes.ts'
import { AppError } from '../core/errors.ts'
import type { InfoHash } from '../core/ids.ts'
import { writeTorrent } from '../core/metainfo/build.ts'
import type { Metainfo } from '../core/metainfo/metainfo.ts'
import { catalogueBase, withoutPasskeys } from '../core/tracker/catalogue-url.ts'
import { type ListReply, listTorrent, MAX_LISTED_TORRENT_BYTES } from '../io/catalogue-client.ts'
import { ownerKeyFor } from './catalogue-key.ts'

export interface Published {
  /** Host and port. */
  readonly tracker: string
  /** Hex, v1. */
  readonly infoHash: string
  readonly reply: NonNullable<ListReply>
}

/**
 * Ends after five seconds at the latest. Answers where it is listed, and who refuses it; nothing of trackers without a
 * catalogue. Throws AppError for troubles in the state folder, and if the .torrent is too long for any.
 */
export async function publish(
  metainfo: Metainfo,
  stateDir: string | undefined,
  signal: AbortSignal,
): Promise<readonly Published[]> {
  const { infoHashV1 } = metainfo.info
  const bases = cataloguesOf(metainfo)
  if (infoHashV1 === undefined || bases.length === 0) return []
  const torrent = listedForm(metainfo)
  if (torrent.length > MAX_LISTED_TORRENT_BYTES) {
    throw new AppError('usage', `its .torrent file has more than ${MAX_LISTED_TORRENT_BYTES} bytes`)
  }
  const each = bases.map(async (base) => {
    const ownerKey = await ownerKeyFor(infoHashV1, base, stateDir)
    return publishAt(base, torrent, infoHashV1, ownerKey, signal)
  })
  return (await Promise.all(each)).filter((one) => one !== undefined)
}

/** Where catalogues may be that could list it, each once: they know torrents by their v1 hash. */
export function cataloguesOf({ info, trackers }: Metainfo): readonly string[] {
  if (info.isPrivate || info.infoHashV1 === undefined) return []
  return [...new Set(trackers.flat().flatMap((url) => catalogueBase(url) ?? []))]
}

/** For everybody to read: what was made with a user's passkey goes to no list. */
function listedForm(metainfo: Metainfo): Uint8Array {
  const trackers = metainfo.trackers.map(withoutPasskeys).filter((tier) => tier.length > 0)
  return writeTorrent({ ...metainfo, trackers })
}

async function publishAt(
  base: string,
  torrent: Uint8Array,
  infoHash: InfoHash,
  ownerKey: string,
  signal: AbortSignal,
): Promise<Published | undefined> {
  const hash = toHex(infoHash)
  try {
    const reply = await listTorrent({ base, signal }, torrent, hash, ownerKey)
    return reply && { tracker: new URL(base).host, infoHash: hash, reply }
  } catch {
    return undefined // whether the tracker can be reached is told by the announces
  }
}
