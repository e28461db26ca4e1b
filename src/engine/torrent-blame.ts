// Who sent bad data? A wrong hash proves that somebody did, not who. If one peer sent the whole piece, it was that one.
// Else the digests of the bad blocks are kept, the piece is fetched again from one peer at a time, and when it is good
// the digests of the good blocks tell which sender's were different. Nobody is banned on less.
import { equalBytes } from '../core/bytes.ts'
import type { PieceIndex } from '../core/ids.ts'
import type { Violation } from '../core/wire/violation.ts'
import { type Address, isLoopback, printAddress } from '../core/address.ts'
import type { Content } from './content.ts'
import type { Torrent } from './torrent.ts'
import { dropPeer } from './torrent-peers.ts'

const DIGEST_BYTES = 8

/** A liar that reconnects is the same liar: so it is known by its host, and on this machine by host and port. */
export function banKeyOf(address: Address): string {
  return isLoopback(address.ip) ? printAddress(address) : address.ip
}

/** Key of the sender of each block of a whole piece. Asked for while the senders are sure to be known. */
export function senderKeys(torrent: Torrent, content: Content, piece: PieceIndex): string[] {
  const keys: string[] = []
  let last: number | undefined
  let key = ''
  for (const slot of content.picker.senders(piece)) {
    if (slot !== last) key = torrent.slots.banKeyAt(slot) ?? ''
    last = slot
    keys.push(key)
  }
  return keys
}

/** The piece's hash was wrong. */
export function blameSenders(
  torrent: Torrent,
  content: Content,
  piece: PieceIndex,
  senders: readonly string[],
  digests: Uint8Array | undefined,
): void {
  const suspects = new Set(senders)
  if (suspects.size === 1) {
    for (const key of suspects) ban(torrent, key)
  } else if (digests !== undefined && !content.suspicions.has(piece)) {
    content.suspicions.set(piece, { senders, digests })
  }
}

/** The piece is good at last: whose blocks were different the first time? */
export function clearSuspicion(
  torrent: Torrent,
  content: Content,
  piece: PieceIndex,
  digests: Uint8Array | undefined,
): void {
  const suspicion = content.suspicions.get(piece)
  content.suspicions.delete(piece)
  if (suspicion === undefined || digests === undefined) return
  const liars = new Set<string>()
  suspicion.senders.forEach((key, block) => {
    const from = block * DIGEST_BYTES
    const was = suspicion.digests.subarray(from, from + DIGEST_BYTES)
    if (!equalBytes(was, digests.subarray(from, from + DIGEST_BYTES))) liars.add(key)
  })
  for (const key of liars) ban(torrent, key)
}

export function ban(torrent: Torrent, key: string, violation: Violation = 'bad-block'): void {
  if (key === '') return
  torrent.banned.add(key)
  for (const peer of [...torrent.peers]) {
    if (banKeyOf(peer.address) !== key) continue
    if (peer.candidate !== undefined) peer.candidate.state = 'banned'
    dropPeer(torrent, peer, violation)
  }
}
