// Interest is said as soon as it is true, and only while it is (BEP 3).
import { MESSAGE } from '../core/wire/messages.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'

export function updateInterest(torrent: Torrent, peer: Peer): void {
  const isInterested =
    torrent.content !== undefined &&
    !torrent.isChecking &&
    peer.have !== undefined &&
    torrent.content.picker.isInterested(peer.slot)
  if (isInterested === peer.amInterested) return
  peer.amInterested = isInterested
  peer.sendBare(isInterested ? MESSAGE.interested : MESSAGE.notInterested)
}
