// The first 68 bytes of a connection, the same both ways (BEP 3):
//
//   | 19 | "BitTorrent protocol" | reserved 8 | info-hash 20 | peer id 20 |
//   0    1                       20           28             48           68
import { fromLatin1, readU8 } from '../bytes.ts'
import { type InfoHash, type PeerId, infoHash, peerId } from '../ids.ts'
import type { Violation } from './violation.ts'

export const HANDSHAKE_BYTES = 68
const PREFIX = fromLatin1('\x13BitTorrent protocol')
const [RESERVED_AT, HASH_AT, ID_AT] = [20, 28, 48]

/** What a client says about itself in the eight reserved bytes. */
export interface HandshakeFlags {
  /** Extension protocol (BEP 10). */
  readonly extended: boolean
  /** Fast extension (BEP 6). */
  readonly fast: boolean
  /** Listens for DHT queries (BEP 5). */
  readonly dht: boolean
  /** Has the v2 form of this hybrid torrent too (BEP 52). */
  readonly v2: boolean
}

export interface Handshake {
  readonly flags: HandshakeFlags
  readonly infoHash: InfoHash
  /** Absent while only the first 48 bytes are there. */
  readonly peerId: PeerId | undefined
}

export function writeHandshake(
  buf: Uint8Array,
  at: number,
  infoHash: InfoHash,
  peerId: PeerId,
  flags: HandshakeFlags,
): number {
  buf.set(PREFIX, at)
  buf.fill(0, at + RESERVED_AT, at + HASH_AT)
  if (flags.extended) buf[at + RESERVED_AT + 5] = 0x10
  buf[at + RESERVED_AT + 7] = (flags.dht ? 0x01 : 0) | (flags.fast ? 0x04 : 0) | (flags.v2 ? 0x10 : 0)
  buf.set(infoHash, at + HASH_AT)
  buf.set(peerId, at + ID_AT)
  return at + HANDSHAKE_BYTES
}

/**
 * Reads what has come of a handshake. Call again with more while it returns `undefined` (info-hash not there yet), and
 * until `peerId` is set. The peer that called us may hold its peer id back until we have answered its info-hash, and
 * a wrong protocol shows at its first wrong byte, so neither needs to be waited for.
 */
export function readHandshake(buf: Uint8Array, start: number, end: number): Handshake | Violation | undefined {
  const prefixEnd = Math.min(end, start + PREFIX.length)
  for (let at = start; at < prefixEnd; at++) if (buf[at] !== PREFIX[at - start]) return 'bad-handshake'
  const hash = infoHash(buf.slice(start + HASH_AT, Math.min(end, start + ID_AT)))
  if (hash === undefined) return undefined // fewer than 20 bytes of it so far
  const reserved5 = readU8(buf, start + RESERVED_AT + 5)
  const reserved7 = readU8(buf, start + RESERVED_AT + 7)
  return {
    flags: {
      extended: (reserved5 & 0x10) !== 0,
      fast: (reserved7 & 0x04) !== 0,
      dht: (reserved7 & 0x01) !== 0,
      v2: (reserved7 & 0x10) !== 0,
    },
    infoHash: hash,
    peerId: peerId(buf.slice(start + ID_AT, Math.min(end, start + HANDSHAKE_BYTES))),
  }
}
