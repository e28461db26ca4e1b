// A torrent and its trackers.
import type { Torrent } from './torrent.ts'
import { Announcer } from './announcer.ts'
import type { AnnounceStats } from './tracker-endpoint.ts'

/** With fewer peers than this a tracker is asked as soon as it allows. */
const ENOUGH_PEERS = 40
/** What is left of a magnet link without metadata: more than nothing. */
const UNKNOWN_LEFT = 16_384

export function announce(torrent: Torrent): void {
  const { session, origin, wireHashes } = torrent
  const fromLink = origin.kind === 'magnet' ? origin.magnet.trackers.map((url) => [url]) : []
  const tiers = torrent.metainfo?.trackers ?? fromLink
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
