// BEP 6: the few pieces that a peer may ask for while it is choked, so that a newcomer has something to trade with.
// They follow from its network and the torrent, so that coming back, or with a neighbour's address, yields no others.
import { ipBytes } from '../address.ts'
import { readU32 } from '../bytes.ts'
import type { Hasher } from '../hasher.ts'
import type { InfoHash } from '../ids.ts'

/** BEP 6: what its authors set k to. */
export const ALLOWED_FAST_COUNT = 10

/**
 * The pieces for the peer at `ip`, in the order of the BEP. None for IPv6: the BEP has no rule for it, and a host owns so
 * many networks of IPv6 that a rule like the one for IPv4 would limit nothing.
 */
export function allowedFastSet(
  ip: string,
  infoHash: InfoHash,
  pieceCount: number,
  count: number,
  hasher: Hasher,
): number[] {
  const address = ipBytes(ip)
  if (address === undefined || address.length !== 4) return []
  const pieces = new Set<number>()
  const wanted = Math.min(count, pieceCount)
  let digest = new Uint8Array(24)
  digest.set(address.subarray(0, 3))
  digest.set(infoHash, 4)
  while (pieces.size < wanted) {
    digest = new Uint8Array(hasher.sha1(digest))
    for (let at = 0; at < 20 && pieces.size < wanted; at += 4) pieces.add(readU32(digest, at) % pieceCount)
  }
  return [...pieces]
}
