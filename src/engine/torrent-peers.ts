// How peers leave a torrent.
import type { Violation } from '../core/wire/violation.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { refillHungry } from './torrent-requests.ts'
import { suggestionsEnd } from './torrent-suggest.ts'

/** We end the connection; with a violation, the peer broke the rules. */
export function dropPeer(torrent: Torrent, peer: Peer, violation?: Violation): void {
  if (peer.isClosed) return
  if (violation !== undefined) torrent.session.countViolation(violation)
  else peer.flush() // a last word
  peer.close()
  forgetPeer(torrent, peer, violation === undefined && peer.hasSpoken)
}

/** The connection is closed. `wasUseful`: it may soon be tried again. */
export function forgetPeer(torrent: Torrent, peer: Peer, wasUseful: boolean): void {
  const { session, content } = torrent
  const now = monotonicMs()
  if (torrent.peers.delete(peer)) session.peerCount--
  torrent.slots.free(peer.slot)
  session.hungry.delete(peer)
  for (const gate of [...torrent.uploadGates, ...torrent.downloadGates]) gate.leave(peer)
  peer.requests.clear()
  if (peer.have !== undefined) content?.picker.peerLeft(peer.slot)
  if (content !== undefined) suggestionsEnd(content, peer)
  torrent.choker.left(peer.slot)
  torrent.metadata?.peerLeft(peer.slot, now)
  if (peer.candidate !== undefined) torrent.candidates.released(peer.candidate, now, wasUseful)
  refillHungry(session)
}

/** The torrent stops. */
export function closePeers(torrent: Torrent): void {
  for (const half of [...torrent.session.handshaking]) if (half.torrent === torrent) half.close()
  for (const peer of [...torrent.peers]) dropPeer(torrent, peer)
}
