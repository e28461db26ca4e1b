// Turns the bytes of a connection into calls (BEP 3, 5, 6, 10, 52), after the handshake. The engine calls `push` once
// per read; the buffer may be cut anywhere. On the block path nothing is gathered, copied or allocated:
//
//   pushed buffer    ...| len | id | index | begin |====== block ======|| len | id ...      end of read
//   calls                              onBlock        onBlockBytes      onBlockEnd
//
// Heads of messages are read in place; only one that the end of a read cuts goes through a buffer of 17 bytes.
// A block of 16 KiB costs 50 to 90 ns and no garbage: under 1% of a core at 1 GB/s (bench/decoder.ts).
import { readU16, readU32, readU8 } from '../bytes.ts'
import { BLOCK_MESSAGE_BYTES, MESSAGE, type MessageId } from './messages.ts'
import type { Violation } from './violation.ts'

/** Who gets the calls. Buffers are borrowed: valid until the call returns. A returned violation ends decoding. */
export interface WireHandler {
  onKeepAlive(): void
  /**
   * A message of fixed size. request, cancel, reject: `a` index, `b` begin, `c` length; have, suggest, allowed fast: `a`
   * index; port: `a` the port. What a message does not carry is 0.
   */
  onMessage(id: MessageId, a: number, b: number, c: number): Violation | undefined
  /** A piece message begins; `length` is the block's and may be 0. All of it follows, then `onBlockEnd`. */
  onBlock(index: number, begin: number, length: number): Violation | undefined
  /** The next bytes of the block, at least one. */
  onBlockBytes(buf: Uint8Array, start: number, end: number): void
  onBlockEnd(): Violation | undefined
  /** A whole bitfield, extension or hash message, without length and id. */
  onPayload(id: MessageId, payload: Uint8Array): Violation | undefined
}

export interface WireLimits {
  /** Longest bitfield, extension or hash payload, and longest message of unknown kind: see `payloadLimit`. */
  readonly maxPayload: number
  /** Longest block: what we ask for at most. */
  readonly maxBlock: number
}

/** Payload bytes of every message of fixed size, or one of the words below. */
const PAYLOAD_BYTES = new Int8Array(256)
const [UNKNOWN, WHOLE, BLOCK] = [-1, -2, -3]
PAYLOAD_BYTES.fill(UNKNOWN)
for (const id of [MESSAGE.choke, MESSAGE.unchoke, MESSAGE.interested, MESSAGE.notInterested]) PAYLOAD_BYTES[id] = 0
for (const id of [MESSAGE.haveAll, MESSAGE.haveNone]) PAYLOAD_BYTES[id] = 0
for (const id of [MESSAGE.have, MESSAGE.suggest, MESSAGE.allowedFast]) PAYLOAD_BYTES[id] = 4
for (const id of [MESSAGE.request, MESSAGE.cancel, MESSAGE.reject]) PAYLOAD_BYTES[id] = 12
PAYLOAD_BYTES[MESSAGE.port] = 2
for (const id of [MESSAGE.bitfield, MESSAGE.extended]) PAYLOAD_BYTES[id] = WHOLE
for (const id of [MESSAGE.hashRequest, MESSAGE.hashes, MESSAGE.hashReject]) PAYLOAD_BYTES[id] = WHOLE
PAYLOAD_BYTES[MESSAGE.piece] = BLOCK

/** First size of the buffer that gathers a cut payload; it doubles as bytes really come, whatever length was claimed. */
const GATHER_BYTES = 4096
const NOTHING = new Uint8Array(0)

export class WireDecoder {
  readonly #handler: WireHandler
  readonly #maxBlock: number
  #maxPayload: number
  #violation: Violation | undefined
  #isClosed = false
  /** What the bytes after a head belong to, and how many are missing. A head comes next when none are. */
  #body = UNKNOWN
  #left = 0
  /** Id, length and gathered part of a payload that the end of a read cut. */
  #payloadId: MessageId = MESSAGE.bitfield
  #payloadBytes = 0
  #payload = NOTHING
  /** A cut head. */
  readonly #head = new Uint8Array(BLOCK_MESSAGE_BYTES)
  #headBytes = 0

  constructor(handler: WireHandler, limits: WireLimits) {
    this.#handler = handler
    this.#maxBlock = limits.maxBlock
    this.#maxPayload = limits.maxPayload
  }

  /** For when the metainfo has come, and with it the size of bitfields. */
  setMaxPayload(bytes: number): void {
    this.#maxPayload = bytes
  }

  /** No calls after this one: for a handler that has dropped the connection for a reason of its own. */
  close(): void {
    this.#isClosed = true
    this.#payload = NOTHING
  }

  /** Decodes `buf[start..end)`. The first violation ends it: every later call does nothing but return it again. */
  push(buf: Uint8Array, start: number, end: number): Violation | undefined {
    let at = start
    while (at < end && !this.#isClosed) {
      if (this.#left > 0) at = this.#readBody(buf, at, end)
      else if (this.#headBytes === 0 && end - at >= BLOCK_MESSAGE_BYTES) at = this.#readHead(buf, at)
      else at = this.#gatherHead(buf, at, end)
    }
    return this.#violation
  }

  #fail(violation: Violation | undefined): void {
    if (violation === undefined) return
    this.#violation ??= violation
    this.close()
  }

  #readBody(buf: Uint8Array, start: number, end: number): number {
    const stop = Math.min(end, start + this.#left)
    this.#left -= stop - start
    if (this.#body === BLOCK) {
      this.#handler.onBlockBytes(buf, start, stop)
      if (this.#left === 0 && !this.#isClosed) this.#fail(this.#handler.onBlockEnd())
    } else if (this.#body === WHOLE) this.#readPayload(buf, start, stop)
    return stop
  }

  #readPayload(buf: Uint8Array, start: number, stop: number): void {
    const had = this.#payloadBytes - this.#left - (stop - start)
    if (had === 0 && this.#left === 0) {
      this.#fail(this.#handler.onPayload(this.#payloadId, buf.subarray(start, stop)))
      return
    }
    const has = had + stop - start
    if (has > this.#payload.length) {
      const larger = new Uint8Array(Math.min(this.#payloadBytes, Math.max(GATHER_BYTES, has, this.#payload.length * 2)))
      larger.set(this.#payload.subarray(0, had))
      this.#payload = larger
    }
    this.#payload.set(buf.subarray(start, stop), had)
    if (this.#left > 0) return
    const payload = this.#payload
    this.#payload = NOTHING // cut payloads are rare; thousands of idle connections should not each hold one
    this.#fail(this.#handler.onPayload(this.#payloadId, payload))
  }

  /** Byte by byte, for no other way knows where to stop: it happens once per read at most, for 17 bytes at most. */
  #gatherHead(buf: Uint8Array, start: number, end: number): number {
    let at = start
    while (at < end) {
      this.#head[this.#headBytes++] = readU8(buf, at++)
      if (this.#headBytes === headBytes(this.#head, this.#headBytes, this.#maxBlock)) {
        this.#headBytes = 0
        this.#readHead(this.#head, 0)
        return at
      }
    }
    return at
  }

  /** Reads a head that is there as a whole and returns the position after it. */
  #readHead(buf: Uint8Array, at: number): number {
    const length = readU32(buf, at)
    if (length === 0) {
      this.#handler.onKeepAlive()
      return at + 4
    }
    const id = readU8(buf, at + 4)
    const payload = PAYLOAD_BYTES[id] as number
    if (payload === BLOCK) return this.#readBlockHead(buf, at, length)
    if (payload >= 0) return this.#readMessage(buf, at, id as MessageId, length, payload)
    if (length - 1 > this.#maxPayload) this.#fail('message-too-long')
    else if (payload === WHOLE && length === 1) this.#fail(this.#handler.onPayload(id as MessageId, NOTHING))
    else {
      this.#body = payload
      this.#left = length - 1
      this.#payloadBytes = length - 1
      if (payload === WHOLE) this.#payloadId = id as MessageId
    }
    return at + 5
  }

  #readBlockHead(buf: Uint8Array, at: number, length: number): number {
    const blockBytes = length - 9
    if (blockBytes < 0) this.#fail('bad-message-length')
    else if (blockBytes > this.#maxBlock) this.#fail('message-too-long')
    else {
      this.#body = BLOCK
      this.#left = blockBytes
      this.#fail(this.#handler.onBlock(readU32(buf, at + 5), readU32(buf, at + 9), blockBytes))
      if (blockBytes === 0 && !this.#isClosed) this.#fail(this.#handler.onBlockEnd())
    }
    return at + 13
  }

  #readMessage(buf: Uint8Array, at: number, id: MessageId, length: number, payloadBytes: number): number {
    if (length !== payloadBytes + 1) {
      this.#fail('bad-message-length')
      return at + 5
    }
    const first = payloadBytes >= 4 ? readU32(buf, at + 5) : payloadBytes === 2 ? readU16(buf, at + 5) : 0
    const hasBlock = payloadBytes === 12
    const begin = hasBlock ? readU32(buf, at + 9) : 0
    const blockBytes = hasBlock ? readU32(buf, at + 13) : 0
    this.#fail(this.#handler.onMessage(id, first, begin, blockBytes))
    return at + 5 + payloadBytes
  }
}

/** Size of a head of which `have` bytes are known: at least the bytes needed to tell more. */
function headBytes(head: Uint8Array, have: number, maxBlock: number): number {
  if (have < 4) return 4
  const length = readU32(head, 0)
  if (length === 0) return 4
  if (have < 5) return 5
  const payload = PAYLOAD_BYTES[readU8(head, 4)] as number
  // A length that is wrong for its id fails in #readHead, which needs no more than the id to see it.
  if (payload === BLOCK) return length >= 9 && length - 9 <= maxBlock ? 13 : 5
  return payload > 0 && length === payload + 1 ? 5 + payload : 5
}
