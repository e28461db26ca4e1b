// Who becomes a peer: a connection whose handshake is through, unless it is banned, a second one to the same peer, or
// there is no room.
import { compareBytes, equalBytes } from '../core/bytes.ts'
import type { PeerId } from '../core/ids.ts'
import type { HandshakeFlags } from '../core/wire/handshake.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Transport } from '../io/transport.ts'
import type { Candidate } from './candidates.ts'
import { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { banKeyOf } from './torrent-blame.ts'
import { TorrentEvents } from './torrent-events.ts'
import { greet } from './torrent-opening.ts'
import { dropPeer } from './torrent-peers.ts'

/** A connection that has been silent for this long may be dead; its peer is believed to be back. */
const STALE_MS = 60_000
/** Nobody has to wait longer for a place that neither side uses. */
const IDLE_MS = 60_000

/** `undefined`: not admitted, close the connection. `candidate` is absent when the peer dialled us. */
export function admitPeer(
  torrent: Torrent,
  transport: Transport,
  id: PeerId,
  flags: HandshakeFlags,
  candidate: Candidate | undefined,
): Peer | undefined {
  if (!torrent.isOnline || torrent.banned.has(banKeyOf(transport.remote))) return undefined
  const isIncoming = candidate === undefined
  for (const other of torrent.peers) {
    if (!equalBytes(other.id, id)) continue
    if (!replaces(torrent.session.peerId, isIncoming, other)) return undefined
    dropPeer(torrent, other)
  }
  if (!hasRoom(torrent)) return undefined
  const slot = torrent.slots.take()
  const peer = new Peer(
    transport,
    {
      slot,
      id,
      flags,
      candidate,
      pieceCount: torrent.content?.geometry.pieceCount,
      downloadGates: torrent.downloadGates,
      flushSoon: (one) => torrent.session.flushSoon(one),
    },
    new TorrentEvents(torrent),
  )
  torrent.peers.add(peer)
  torrent.session.peerCount++
  torrent.session.awake.add(torrent)
  torrent.slots.put(peer, banKeyOf(peer.address))
  if (candidate !== undefined) candidate.state = 'connected'
  greet(torrent, peer)
  return peer
}

/**
 * Two connections to one peer: both sides must keep the same one, or both are lost. When each dialled the other, the one
 * stays that was dialled by the greater peer id. When one side dialled twice, the first one stays, if it is alive.
 */
function replaces(ourId: PeerId, isIncoming: boolean, other: Peer): boolean {
  if (other.isIncoming === isIncoming) return monotonicMs() - other.lastReceivedAt > STALE_MS
  const isOursKept = compareBytes(ourId, other.id) > 0
  return isIncoming !== isOursKept
}

/** Makes room, if need be, by dropping who has not been of use for longest. */
function hasRoom(torrent: Torrent): boolean {
  const { session } = torrent
  if (torrent.peers.size < torrent.maxPeers && session.peerCount < session.maxPeers) return true
  const now = monotonicMs()
  let idlest: Peer | undefined
  for (const peer of torrent.peers) {
    if (now - peer.usefulAt < IDLE_MS || (idlest !== undefined && idlest.usefulAt <= peer.usefulAt)) continue
    idlest = peer
  }
  if (idlest === undefined) return false
  dropPeer(torrent, idlest)
  return true
}
