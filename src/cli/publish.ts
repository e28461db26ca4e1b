// What `share` does besides sharing: the trackers that it names get the .torrent for their catalogues, if they have any.
import { toHex } from '../core/bytes.ts'
import type { InfoHash } from '../core/ids.ts'
import { writeTorrent } from '../core/metainfo/build.ts'
import type { Metainfo } from '../core/metainfo/metainfo.ts'
import { catalogueBase, withoutPasskeys } from '../core/tracker/catalogue-url.ts'
import { type ListReply, listTorrent, MAX_LISTED_TORRENT_BYTES } from '../io/catalogue-client.ts'
import { ownerKeyFor } from './catalogue-key.ts'
import type { Reporter } from './output/reporter.ts'

/**
 * Ends after five seconds at the latest. Says where it is listed, and who refuses it; nothing of trackers without a
 * catalogue. Throws AppError for troubles in the state folder.
 */
export async function publish(
  metainfo: Metainfo,
  stateDir: string | undefined,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> {
  const { infoHashV1, isPrivate } = metainfo.info
  const bases = new Set(metainfo.trackers.flat().flatMap((url) => catalogueBase(url) ?? []))
  // A catalogue knows torrents by their v1 hash.
  if (isPrivate || infoHashV1 === undefined || bases.size === 0) return
  const torrent = listedForm(metainfo)
  if (torrent.length > MAX_LISTED_TORRENT_BYTES) {
    const message = `Not listed: its .torrent file has more than ${MAX_LISTED_TORRENT_BYTES} bytes`
    return reporter.report({ event: 'note', message })
  }
  const each = [...bases].map(async (base) => {
    const ownerKey = await ownerKeyFor(infoHashV1, base, stateDir)
    return publishAt(base, torrent, infoHashV1, ownerKey, reporter, signal)
  })
  await Promise.all(each)
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
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> {
  const hash = toHex(infoHash)
  const tracker = new URL(base).host
  let reply: ListReply
  try {
    reply = await listTorrent({ base, signal }, torrent, hash, ownerKey)
  } catch {
    return // whether the tracker can be reached is told by the announces
  }
  if (reply === undefined) return
  if ('refusal' in reply) reporter.report({ event: 'note', message: `${tracker} does not list it: ${reply.refusal}` })
  else reporter.report({ event: 'listed', tracker, infoHash: hash, ...reply })
}
