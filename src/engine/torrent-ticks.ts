// What a torrent does by the clock: once a second, called by its session.
import { ROUND_MS } from '../core/choke/choker.ts'
import { AppError } from '../core/errors.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { chokeRound, fitSlots } from './torrent-choking.ts'
import { connectMore } from './torrent-connect.ts'
import { dropPeer } from './torrent-peers.ts'
import { expireRequests, fillRequestWindow } from './torrent-requests.ts'
import { countSeeding, totalsOf } from './torrent-totals.ts'

/** BEP 3: at most every 2 minutes; peers give up after that time, so a little earlier. */
const KEEP_ALIVE_MS = 110_000
/** Two keep-alives of a peer that sends them late. */
const SILENCE_MS = 240_000
/** libtorrent's figure: neither side has wanted anything for so long. */
const USELESS_MS = 600_000
/** What a power cut may cost to hash again. */
const CHECKPOINT_MS = 30_000

export function tickTorrent(torrent: Torrent, now: number): void {
  torrent.metadata?.tick(now)
  for (const peer of [...torrent.peers]) tickPeer(torrent, peer, now)
  if (now - torrent.chokedAt >= ROUND_MS) {
    torrent.chokedAt = now
    chokeRound(torrent, now)
  }
  fitSlots(torrent, now)
  connectMore(torrent)
  if (now - torrent.checkpointAt >= (isQuiet(torrent) ? torrent.quietCheckpointMs : CHECKPOINT_MS))
    checkpoint(torrent, now)
}

function tickPeer(torrent: Torrent, peer: Peer, now: number): void {
  if (peer.amInterested || peer.isInterested || torrent.content === undefined) peer.usefulAt = now
  if (now - peer.lastReceivedAt > SILENCE_MS || now - peer.usefulAt > USELESS_MS) return dropPeer(torrent, peer)
  if (now - peer.lastSentAt > KEEP_ALIVE_MS) peer.sendKeepAlive()
  expireRequests(torrent, peer, now)
  fillRequestWindow(torrent, peer)
  peer.flush() // what could wait till now
}

/** Nothing came and nothing went: there is only seeding time to keep. */
function isQuiet(torrent: Torrent): boolean {
  return torrent.isDone && torrent.downloadedBytes + torrent.uploadedBytes === torrent.checkpointBytes
}

/** Everything verified so far is made to survive a power cut. */
function checkpoint(torrent: Torrent, now: number): void {
  const { content, record } = torrent
  torrent.checkpointAt = now
  torrent.checkpointBytes = torrent.downloadedBytes + torrent.uploadedBytes
  if (content === undefined || record === undefined || torrent.isChecking) return
  countSeeding(torrent)
  const have = content.have.bytes.slice()
  content.storage.sync((result) => {
    if (torrent.record !== record) return
    if (result instanceof AppError) torrent.fail(result)
    else torrent.keep(() => record.checkpoint(have, undefined, totalsOf(torrent)))
  })
}
