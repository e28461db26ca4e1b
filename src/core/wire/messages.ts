// Peer messages as bytes: their numbers, and writers that put one into a caller's buffer at `at` and return the
// position after it. Nothing here allocates. decoder.ts is the other direction.
//
//   | length u32 | id u8 | payload: length - 1 bytes |      a length of 0 is a keep-alive and has no id
import { writeU16, writeU32 } from '../bytes.ts'

/** BEP 3 (0 to 8), BEP 5 (port), BEP 6 (13 to 17), BEP 10 (extended), BEP 52 (21 to 23). */
export const MESSAGE = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  extended: 20,
  hashRequest: 21,
  hashes: 22,
  hashReject: 23,
} as const

export type MessageId = (typeof MESSAGE)[keyof typeof MESSAGE]

/** Messages that are nothing but their id. */
export type BareMessageId = 0 | 1 | 2 | 3 | 14 | 15
/** Messages that carry one piece index: have, suggest, allowed fast. */
export type IndexMessageId = 4 | 13 | 17
/** Messages that name a block by index, begin and length: request, cancel, reject. */
export type BlockMessageId = 6 | 8 | 16
/** Messages whose payload has no fixed size and is written whole: bitfield, hash request, hashes, hash reject. */
export type PayloadMessageId = 5 | 21 | 22 | 23

export const KEEP_ALIVE_BYTES = 4
export const BARE_MESSAGE_BYTES = 5
export const INDEX_MESSAGE_BYTES = 9
export const BLOCK_MESSAGE_BYTES = 17
/** What goes before the bytes of a block. */
export const BLOCK_HEADER_BYTES = 13
export const PORT_MESSAGE_BYTES = 7
/** What goes before the payload of bitfield and hash messages. */
export const PAYLOAD_HEADER_BYTES = 5
/** What goes before the payload of an extension message. */
export const EXTENDED_HEADER_BYTES = 6

/** Requests above this are refused: no client asks for more than 128 KiB at once (CONFORMANCE 10). */
export const MAX_REQUEST_BYTES = 131_072
/** Beyond this many pieces no metainfo is accepted, so no bitfield is longer than an eighth of it. */
const MAX_PIECES = 2_097_152
/** Room for a metadata block with its dictionary, for 512 hashes with their proof, and for a long first PEX message. */
const MIN_PAYLOAD_LIMIT = 32_768

/**
 * Largest payload that a peer may send now: its bitfield or an extension message. While the metainfo is not known yet
 * (`pieceCount` undefined) the bitfield may have any size that a torrent can have.
 */
export function payloadLimit(pieceCount: number | undefined): number {
  return Math.max(MIN_PAYLOAD_LIMIT, Math.ceil((pieceCount ?? MAX_PIECES) / 8))
}

export function writeKeepAlive(buf: Uint8Array, at: number): number {
  writeU32(buf, at, 0)
  return at + KEEP_ALIVE_BYTES
}

export function writeBare(buf: Uint8Array, at: number, id: BareMessageId): number {
  writeU32(buf, at, 1)
  buf[at + 4] = id
  return at + BARE_MESSAGE_BYTES
}

export function writeIndex(buf: Uint8Array, at: number, id: IndexMessageId, index: number): number {
  writeU32(buf, at, 5)
  buf[at + 4] = id
  writeU32(buf, at + 5, index)
  return at + INDEX_MESSAGE_BYTES
}

export function writeBlockMessage(
  buf: Uint8Array,
  at: number,
  id: BlockMessageId,
  index: number,
  begin: number,
  length: number,
): number {
  writeU32(buf, at, 13)
  buf[at + 4] = id
  writeU32(buf, at + 5, index)
  writeU32(buf, at + 9, begin)
  writeU32(buf, at + 13, length)
  return at + BLOCK_MESSAGE_BYTES
}

/** The head of a piece message; `length` bytes of the block follow it on the wire. */
export function writeBlockHeader(buf: Uint8Array, at: number, index: number, begin: number, length: number): number {
  writeU32(buf, at, 9 + length)
  buf[at + 4] = MESSAGE.piece
  writeU32(buf, at + 5, index)
  writeU32(buf, at + 9, begin)
  return at + BLOCK_HEADER_BYTES
}

export function writePort(buf: Uint8Array, at: number, port: number): number {
  writeU32(buf, at, 3)
  buf[at + 4] = MESSAGE.port
  writeU16(buf, at + 5, port)
  return at + PORT_MESSAGE_BYTES
}

export function writePayload(buf: Uint8Array, at: number, id: PayloadMessageId, payload: Uint8Array): number {
  writeU32(buf, at, 1 + payload.length)
  buf[at + 4] = id
  buf.set(payload, at + PAYLOAD_HEADER_BYTES)
  return at + PAYLOAD_HEADER_BYTES + payload.length
}

/** The head of an extension message (BEP 10); `extendedId` is the number that the receiver chose, 0 for the handshake. */
export function writeExtendedHeader(buf: Uint8Array, at: number, extendedId: number, payloadBytes: number): number {
  writeU32(buf, at, 2 + payloadBytes)
  buf[at + 4] = MESSAGE.extended
  buf[at + 5] = extendedId
  return at + EXTENDED_HEADER_BYTES
}
