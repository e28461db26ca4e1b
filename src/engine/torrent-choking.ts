// Carries out what core/choke/choker.ts decides: who may ask us for blocks.
import type { ChokePeer } from '../core/choke/choker.ts'
import { MESSAGE } from '../core/wire/messages.ts'
import type { Violation } from '../core/wire/violation.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { suggestMore } from './torrent-suggest.ts'
import { dropRequests } from './torrent-upload.ts'

/** BEP 3 anti-snubbing. */
const SNUBBED_MS = 60_000

/** Call once a second: a line that turns out to be fast feeds more peers. */
export function fitSlots(torrent: Torrent, now: number): void {
  torrent.choker.fitTo(torrent.uploadMeter.bytesPerSec(now))
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

/** Whoever waits may have what there is if a slot is free. */
export function unchokeWaiting(torrent: Torrent): void {
  for (const peer of torrent.peers) if (peer.isInterested && peer.amChoking) onInterested(torrent, peer)
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
  if (!isChoking) suggestMore(torrent, peer) // before the unchoke, which it answers at once
  peer.sendBare(isChoking ? MESSAGE.choke : MESSAGE.unchoke)
  if (isChoking) dropRequests(peer)
}
