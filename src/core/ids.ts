// Branded types for the identifiers of BEP 3 and BEP 52. A plain number or array becomes one of these only where
// it was checked; from there on the type remembers.
import { fromHex, fromLatin1, toHex, toLatin1 } from './bytes.ts'

/** 20 bytes: SHA-1 of the raw `info` (v1), or the first 20 bytes of its SHA-256 (v2, on the wire). */
export type InfoHash = Uint8Array & { readonly kind: 'InfoHash' }
/** 32 bytes: SHA-256 of the raw `info` (BEP 52). */
export type InfoHashV2 = Uint8Array & { readonly kind: 'InfoHashV2' }
/** 20 bytes, chosen anew by every client for every run (BEP 3, BEP 20). */
export type PeerId = Uint8Array & { readonly kind: 'PeerId' }
/** A piece number that is below the torrent's piece count. Only `Geometry` makes these. */
export type PieceIndex = number & { readonly kind: 'PieceIndex' }

export function infoHash(bytes: Uint8Array): InfoHash | undefined {
  return bytes.length === 20 ? (bytes as InfoHash) : undefined
}

export function infoHashV2(bytes: Uint8Array): InfoHashV2 | undefined {
  return bytes.length === 32 ? (bytes as InfoHashV2) : undefined
}

export function peerId(bytes: Uint8Array): PeerId | undefined {
  return bytes.length === 20 ? (bytes as PeerId) : undefined
}

/** What an info-hash is in handshakes and for trackers: of v2, its first 20 bytes (BEP 52). */
export function truncated(hash: InfoHash | InfoHashV2): InfoHash {
  return hash.subarray(0, 20) as InfoHash
}

export function parseInfoHash(hex: string): InfoHash | undefined {
  const bytes = fromHex(hex)
  return bytes === undefined ? undefined : infoHash(bytes)
}

/** Lower-case hex: how a hash is shown to people and used as a map key. */
export function hashKey(hash: InfoHash | InfoHashV2): string {
  return toHex(hash)
}

/** BEP 20, Azureus style: `-SH` + four version digits + `-`, followed by 12 random bytes of the caller. */
export function makePeerId(version: string, random: Uint8Array): PeerId {
  const digits = version
    .replace(/[^0-9]/g, '')
    .padEnd(4, '0')
    .slice(0, 4)
  const id = new Uint8Array(20)
  id.set(fromLatin1(`-SH${digits}-`))
  id.set(random.subarray(0, 12), 8)
  return id as PeerId
}

/** A peer id as one printable word: the client's prefix in plain, other bytes as dots. */
export function printPeerId(id: Uint8Array): string {
  return toLatin1(id).replace(/[^ -~]/g, '.')
}
