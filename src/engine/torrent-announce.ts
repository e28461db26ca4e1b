// A torrent and its trackers.
import type { Torrent } from './torrent.ts'
import { Announcer } from './announcer.ts'
import type { AnnounceStats } from './tracker-endpoint.ts'

/** With fewer peers than this a tracker is asked as soon as it allows. */
const ENOUGH_PEERS = 40
/** What is left of a magnet link without metadata: more than nothing. */
const UNKNOWN_LEFT = 16_384

/** As users changed them, or as the .torrent or the link has them (BEP 12). */
export function tiersOf({ trackers, metainfo, origin }: Torrent): readonly (readonly string[])[] {
  const fromLink = origin.kind === 'magnet' ? origin.magnet.trackers.map((url) => [url]) : []
  return trackers ?? metainfo?.trackers ?? fromLink
}

/** Says goodbye to the old ones and begins with these. `undefined`: those of the torrent itself. */
export async function setTrackers(torrent: Torrent, tiers: readonly (readonly string[])[] | undefined): Promise<void> {
  torrent.trackers = tiers
  const { announcer } = torrent
  torrent.announcer = undefined
  await announcer?.stop() // some may be among the new ones, and must hear the goodbye first
  if (torrent.isOnline && torrent.announcer === undefined) announce(torrent)
}

export function announce(torrent: Torrent): void {
  const { session, wireHashes } = torrent
  const tiers = tiersOf(torrent)
  if (tiers.length === 0) return
  torrent.announcer = new Announcer(
    {
      tiers,
      infoHashes: wireHashes,
      isPrivate: torrent.info?.isPrivate ?? false,
      peerId: session.peerId,
      port: session.port,
      key: session.trackerKey,
      userAgent: session.userAgent,
    },
    {
      stats: () => statsOf(torrent),
      found: (peers) => {
        if (torrent.isOnline) torrent.addPeers(peers, 'tracker')
      },
      externalIp: (ip) => session.seenAs(ip),
      wantsPeers: () => torrent.peers.size < ENOUGH_PEERS,
      isInHurry: () => !torrent.isDone, // whoever wants something of a seed comes to it
    },
    session.udpTrackers,
  )
  torrent.announcer.start(torrent.isDone ? session.announceDelayMs() : 0)
}

function statsOf(torrent: Torrent): AnnounceStats {
  const { content } = torrent
  const left = content === undefined ? UNKNOWN_LEFT : content.info.totalSize - content.haveBytes
  return {
    uploaded: torrent.uploadedBytes,
    downloaded: torrent.downloadedBytes,
    left,
    isPartialSeed: torrent.isDone && left > 0,
  }
}
