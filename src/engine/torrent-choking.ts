// Carries out what core/choke/choker.ts decides: who may ask us for blocks.
import type { ChokePeer } from '../core/choke/choker.ts'
import { MESSAGE } from '../core/wire/messages.ts'
import type { Violation } from '../core/wire/violation.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { suggestionsEnd, suggestMore } from './torrent-suggest.ts'
import { dropRequests } from './torrent-upload.ts'

/** BEP 3 anti-snubbing. */
const SNUBBED_MS = 60_000

/** Call once a second: a line that turns out to be fast feeds more peers. */
export function fitSlots(torrent: Torrent, now: number): void {
  let sentBytes = torrent.uploadedBytes
  for (const peer of torrent.peers) sentBytes -= peer.transport.queuedBytes // what waits for the line is no rate
  torrent.sentMeter.add(Math.max(0, sentBytes - torrent.sentBytes), now)
  torrent.sentBytes = Math.max(torrent.sentBytes, sentBytes)
  torrent.choker.fitTo(torrent.sentMeter.bytesPerSec(now))
  unchokeWaiting(torrent)
}

/** Call every 10 s. */
export function chokeRound(torrent: Torrent, now: number): void {
  if (torrent.content === undefined) return
  const peers = Array.from(torrent.peers, (peer) => asChokePeer(peer, now))
  const unchoked = torrent.choker.round(peers, now, torrent.isDone, Math.random)
  for (const peer of torrent.peers) setChoking(torrent, peer, !unchoked.has(peer.slot))
}

export function onInterested(torrent: Torrent, peer: Peer): Violation | undefined {
  peer.isInterested = true
  if (torrent.content === undefined || torrent.content.have.count === 0) return undefined
  if (peer.amChoking && torrent.choker.tryUnchoke(peer.slot, monotonicMs())) setChoking(torrent, peer, false)
  return undefined
}

/** Its slot is free for somebody who wants something. */
export function onNotInterested(torrent: Torrent, peer: Peer): void {
  peer.isInterested = false
  if (peer.amChoking) return
  torrent.choker.release(peer.slot, monotonicMs())
  setChoking(torrent, peer, true)
  unchokeWaiting(torrent)
}

/** Whoever waits may have what there is if a slot is free, who gives most first. */
export function unchokeWaiting(torrent: Torrent): void {
  if (!torrent.choker.hasFreeSlot) return
  const now = monotonicMs()
  const waiting = Array.from(torrent.peers).filter((peer) => peer.isInterested && peer.amChoking)
  const rates = new Map(waiting.map((peer) => [peer, peer.downloadMeter.bytesPerSec(now) + Math.random()]))
  waiting.sort((a, b) => (rates.get(b) ?? 0) - (rates.get(a) ?? 0))
  for (const peer of waiting) if (torrent.choker.hasFreeSlot) onInterested(torrent, peer)
}

function asChokePeer(peer: Peer, now: number): ChokePeer {
  const { unchokedAt } = peer
  return {
    id: peer.slot,
    isInterested: peer.isInterested,
    isSnubbed:
      unchokedAt !== undefined && peer.amInterested && now - Math.max(unchokedAt, peer.lastBlockAt) > SNUBBED_MS,
    downloadBytesPerSec: peer.downloadMeter.bytesPerSec(now),
    uploadBytesPerSec: peer.uploadMeter.bytesPerSec(now),
    joinedAt: peer.connectedAt,
  }
}

function setChoking(torrent: Torrent, peer: Peer, isChoking: boolean): void {
  if (peer.amChoking === isChoking) return
  peer.amChoking = isChoking
  if (!isChoking) {
    peer.weUnchokedAt = monotonicMs()
    suggestMore(torrent, peer) // before the unchoke, which it answers at once
  }
  peer.sendBare(isChoking ? MESSAGE.choke : MESSAGE.unchoke)
  if (!isChoking) return
  if (torrent.content !== undefined) suggestionsEnd(torrent.content, peer)
  dropRequests(peer)
}
