// Keeps every peer's request window full, and takes requests back from peers that do not answer.
import { MESSAGE } from '../core/wire/messages.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Host } from './host.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'

/** A peer that was asked and has sent no block for so long is snubbing us: others get its blocks. One that it leaves out
 *  for so long, and sends others, is lost. */
const LATE_AFTER_MS = 15_000
/** The window is refilled when so much of it is free: requests then leave in batches, one write for many. */
const REFILL_SHARE = 8

/** Whoever has a slot to spare unchokes at once. The pieces that it allows before that are the same for all of a network:
 *  a whole office would begin with the same one. */
const UNCHOKE_WAIT_MS = 1_000

export function fillRequestWindow(torrent: Torrent, peer: Peer): void {
  const { content } = torrent
  if (content === undefined || torrent.isChecking || peer.isClosed || !peer.amInterested) return
  const now = monotonicMs()
  if (peer.isChoking && !mayAskChoked(peer, now)) return
  const { picker, geometry } = content
  const limit = peer.window.sizeAt(now)
  const outstanding = picker.outstanding(peer.slot)
  if (limit - outstanding < Math.max(1, limit / REFILL_SHARE)) return
  content.growPieces()
  for (let room = limit - outstanding; room > 0; room--) {
    const block = peer.isChoking ? picker.nextOf(peer.slot, now, peer.allowedToUs) : picker.next(peer.slot, now)
    if (block === -1) {
      peer.askedWhenHungry = picker.outstanding(peer.slot)
      torrent.session.hungry.add(peer)
      return
    }
    const piece = geometry.pieceOfBlock(block)
    peer.sendBlockMessage(MESSAGE.request, piece, geometry.blockBegin(block), geometry.blockLength(block))
  }
}

/**
 * BEP 6: a newcomer may ask for a few pieces without being unchoked. Not of a seed: its line is for those whose turn it
 * is, and what everybody else takes of it beside makes all wait (20 downloaders at 1 Mbit/s: twice as long).
 */
function mayAskChoked(peer: Peer, now: number): boolean {
  return peer.allowedToUs.size > 0 && !peer.isSeed && now - peer.connectedAt >= UNCHOKE_WAIT_MS
}

/**
 * Memory is free again: peers that found nothing to ask may find something now. Seeds come last, and of the others who
 * was asked for least comes first: when the disk is what is slow, a fast seed would otherwise take all the memory there
 * is, and send to everybody what they could give each other (four copies to four downloaders, where now it is two).
 */
export function refillHungry(session: Host): void {
  if (session.hungry.size === 0) return
  const peers = [...session.hungry].toSorted(
    (a, b) => Number(a.isSeed) - Number(b.isSeed) || a.askedWhenHungry - b.askedWhenHungry,
  )
  session.hungry.clear()
  for (const peer of peers) peer.onMemory()
}

/** Call once a second. */
export function expireRequests(torrent: Torrent, peer: Peer, now: number): void {
  const { content } = torrent
  if (content === undefined || peer.have === undefined) return
  // Some lose a request, or say after ten seconds that they reject it (Transmission).
  while (content.picker.giveUpOvertaken(peer.slot, now - LATE_AFTER_MS)) refillHungry(torrent.session)
  const askedAt = content.picker.oldestAskedAt(peer.slot)
  if (askedAt === undefined || peer.isSnubbed) return
  if (now - Math.max(askedAt, peer.lastBlockAt) < LATE_AFTER_MS) return
  peer.isSnubbed = true
  peer.window.snubbed()
  content.picker.expire(peer.slot)
  refillHungry(torrent.session)
}
