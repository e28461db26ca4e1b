// One connection to one peer of one torrent, after the handshake: what both sides have said, and what is queued to say.
// Decides nothing: what a torrent does about each event is listed in torrent-events.ts.
import { type Address, printAddress } from '../core/address.ts'
import type { Bitfield } from '../core/bitfield.ts'
import { BLOCK_BYTES } from '../core/geometry.ts'
import type { PeerId, PieceIndex } from '../core/ids.ts'
import { DEFAULT_REQQ, ExtensionIds } from '../core/ext/extended.ts'
import { MetadataUpload } from '../core/ext/metadata-upload.ts'
import { RequestWindow } from '../core/pick/request-window.ts'
import { RateMeter } from '../core/rate.ts'
import { clientName } from '../core/wire/client-name.ts'
import { WireDecoder, type WireHandler } from '../core/wire/decoder.ts'
import type { HandshakeFlags } from '../core/wire/handshake.ts'
import {
  BARE_MESSAGE_BYTES,
  type BareMessageId,
  BLOCK_MESSAGE_BYTES,
  type BlockMessageId,
  EXTENDED_HEADER_BYTES,
  INDEX_MESSAGE_BYTES,
  type IndexMessageId,
  KEEP_ALIVE_BYTES,
  MESSAGE,
  type MessageId,
  PAYLOAD_HEADER_BYTES,
  type PayloadMessageId,
  payloadLimit,
  writeBare,
  writeBlockMessage,
  writeExtendedHeader,
  writeIndex,
  writeKeepAlive,
  writePayload,
} from '../core/wire/messages.ts'
import type { Violation } from '../core/wire/violation.ts'
import { monotonicMs } from '../io/clock.ts'
import { copyBytes } from '../io/copy-bytes.ts'
import type { Transport } from '../io/transport.ts'
import type { Candidate } from './candidates.ts'
import { EncryptedTransport } from './encrypted-transport.ts'
import type { RateGate, Waiter } from './rate-gate.ts'
import { RequestQueue } from './request-queue.ts'

/** How many requests of a peer we keep (BEP 10 `reqq`), of 12 bytes each. libtorrent asks for as many on a fast line, and answers come
 *  to it in turns of 12 to 15 ms: with 256 it takes 280 MB/s on the same machine, with 1,024 690, with 4,096 780. */
export const REQUEST_QUEUE_LIMIT = 4_096
/** One read of 256 KiB can hold so many more. */
const REQUESTS_PER_READ = 15_421
/** Far above two runs of blocks, which is what waits for a slow peer, and `have` for every piece of most torrents. */
const MAX_BACKLOG_BYTES = 8 * 1024 * 1024
/** BEP 3 rates peers over 20 s; a choker that looks at less time flaps. */
const RATE_WINDOW_MS = 20_000
/** Peers that know no better may send this many messages before their first `have` is of use to us. */
const MAX_EARLY_HAVES = 4_096

/** What a peer tells its torrent. Between `onBlock` and `onBlockEnd` the bytes go to `peer.sink`. */
export interface PeerEvents {
  onMessage(peer: Peer, id: MessageId, a: number, b: number, c: number): Violation | undefined
  onPayload(peer: Peer, id: MessageId, payload: Uint8Array): Violation | undefined
  onBlock(peer: Peer, index: number, begin: number, length: number): Violation | undefined
  onBlockEnd(peer: Peer): Violation | undefined
  /** All of one read is decoded. */
  onRead(peer: Peer): void
  /** The socket takes more, a run was read, or a rate gate opened. */
  onWritable(peer: Peer): void
  /** There is memory for pieces again. */
  onMemory(peer: Peer): void
  onViolation(peer: Peer, violation: Violation): void
  /** Once, last; not after the torrent closed the peer itself. */
  onClosed(peer: Peer): void
}

export interface PeerInit {
  /** Number within the torrent, for the picker; reused late. */
  readonly slot: number
  /** Absent while the metainfo is missing. */
  readonly pieceCount: number | undefined
  readonly downloadGates: readonly RateGate[]
  /** Asks for a `flush` when the present event is over. */
  readonly flushSoon: (peer: Peer) => void
  readonly id: PeerId
  readonly flags: HandshakeFlags
  readonly candidate: Candidate | undefined
}

/** Half around the world. */
const MAX_ROUND_TRIP_MS = 300

/** What a peer said of its pieces before we knew how many there are (magnet links). */
export interface EarlyHaves {
  bitfield: Uint8Array | 'all' | undefined
  readonly pieces: number[]
}

export class Peer implements WireHandler, Waiter {
  readonly transport: Transport
  readonly slot: number
  readonly id: PeerId
  readonly isIncoming: boolean
  /** Where it can be dialled, if that is known; incoming peers say it in their extension handshake. */
  candidate: Candidate | undefined
  readonly supportsFast: boolean
  readonly supportsExtended: boolean
  readonly connectedAt: number = monotonicMs()
  client: string

  amChoking = true
  amInterested = false
  isChoking = true
  isInterested = false
  isSnubbed = false
  /** BEP 21: it wants nothing. */
  isUploadOnly = false
  /** Its pieces; absent until its first message about them, or while the metainfo is missing. */
  have: Bitfield | undefined
  readonly early: EarlyHaves = { bitfield: undefined, pieces: [] }
  /** A bitfield may only be its first message, the extension handshake aside. */
  hasSpoken = false
  /** BEP 6: pieces it may request while choked, and pieces we may. */
  readonly allowedFast = new Set<number>()
  readonly allowedToUs = new Set<number>()
  /** BEP 6: pieces that we suggested and it has not asked for yet, with `piecesBegun` when it is their turn. */
  readonly suggestedByUs = new Map<number, number>()
  /** How often it asked for another piece than before. */
  piecesBegun = 0
  lastAskedPiece = -1
  /** As far as we know: the least time from an unchoke of ours to its first request. */
  roundTripMs = MAX_ROUND_TRIP_MS
  weUnchokedAt: number | undefined
  readonly extensions = new ExtensionIds()
  readonly metadataUpload = new MetadataUpload()

  readonly requests: RequestQueue
  readonly window = new RequestWindow(DEFAULT_REQQ)
  readonly downloadMeter = new RateMeter(RATE_WINDOW_MS)
  readonly uploadMeter = new RateMeter(RATE_WINDOW_MS)
  downloadedBytes = 0
  uploadedBytes = 0
  /** Requests under way when there was last nothing to ask. */
  askedWhenHungry = 0
  /** Since when it lets us download; absent while it chokes us. */
  unchokedAt: number | undefined
  /** When one side last wanted something of the other. */
  usefulAt: number = this.connectedAt
  lastBlockAt: number = this.connectedAt
  lastReceivedAt: number = this.connectedAt
  lastSentAt: number = this.connectedAt
  isClosed = false

  /** Where the bytes of the block that is arriving go; `sink` is absent for a block that is not needed. */
  sink: Uint8Array | undefined
  sinkAt = 0
  arrivingBlock = -1
  arrivingLength = 0
  /** Absent if it comes after we took the request back. */
  arrivingAskedAt: number | undefined

  /** For caches that call back: one function per peer, so that it can be registered once. */
  readonly pump: () => void
  readonly #events: PeerEvents
  readonly #downloadGates: readonly RateGate[]
  readonly #flushSoon: (peer: Peer) => void
  readonly #decoder: WireDecoder
  #waitsForGate = false
  #isHeld = false
  #out = new Uint8Array(256)
  #outLength = 0
  #isFlushAsked = false

  constructor(transport: Transport, init: PeerInit, events: PeerEvents) {
    this.#events = events
    this.#downloadGates = init.downloadGates
    this.#flushSoon = init.flushSoon
    this.transport = transport
    this.slot = init.slot
    this.id = init.id
    this.candidate = init.candidate
    this.isIncoming = init.candidate === undefined
    this.supportsFast = init.flags.fast
    // Without BEP 6 nothing can be rejected: then reading stops at the limit, see `updateReading`.
    const requestLimit = REQUEST_QUEUE_LIMIT + (init.flags.fast ? 0 : REQUESTS_PER_READ)
    this.requests = new RequestQueue(requestLimit)
    this.supportsExtended = init.flags.extended
    this.client = clientName(init.id)
    this.#decoder = new WireDecoder(this, {
      maxPayload: payloadLimit(init.pieceCount),
      maxBlock: BLOCK_BYTES,
    })
    this.pump = () => {
      if (!this.isClosed) events.onWritable(this)
    }
  }

  get address(): Address {
    return this.transport.remote
  }

  /** What is said goes over the wire in RC4. */
  get isEncrypted(): boolean {
    return this.transport instanceof EncryptedTransport
  }

  get isSeed(): boolean {
    return this.have?.isFull === true
  }

  toString(): string {
    return `${printAddress(this.address)} (${this.client})`
  }

  /** The piece count is known now. */
  metainfoKnown(pieceCount: number): void {
    this.#decoder.setMaxPayload(payloadLimit(pieceCount))
  }

  // Bytes in

  onBytes(buf: Uint8Array, start: number, end: number): void {
    if (this.isClosed) return
    this.lastReceivedAt = monotonicMs()
    const violation = this.#decoder.push(buf, start, end)
    if (violation !== undefined) return this.#events.onViolation(this, violation)
    if (this.isClosed) return // a message was its last
    for (const gate of this.#downloadGates) gate.spend(end - start)
    this.#waitAtGates()
    this.#events.onRead(this)
  }

  onGateOpen(): void {
    if (this.isClosed) return
    this.#waitAtGates()
    this.#events.onWritable(this)
  }

  /** Reading goes on when all gates are open. */
  #waitAtGates(): void {
    this.#waitsForGate = false
    for (const gate of this.#downloadGates) {
      if (gate.isOpen) continue
      this.#waitsForGate = true
      gate.wait(this)
    }
    this.updateReading()
  }

  /**
   * Call when the queue of requests has changed. rTorrent asks for thousands of blocks on a fast line, whatever our reqq:
   * what it asks waits in its socket until we have answered some.
   */
  updateReading(): void {
    const isHeld = this.#waitsForGate || this.requests.size >= REQUEST_QUEUE_LIMIT
    if (isHeld === this.#isHeld) return
    this.#isHeld = isHeld
    if (isHeld) this.transport.pause()
    else this.transport.resume()
  }

  onMemory(): void {
    if (!this.isClosed) this.#events.onMemory(this)
  }

  onDrain(): void {
    if (!this.isClosed) this.#events.onWritable(this)
  }

  onClose(): void {
    if (this.isClosed) return
    this.close()
    this.#events.onClosed(this)
  }

  // Messages in: decoder calls

  onKeepAlive(): void {}

  onMessage(id: MessageId, a: number, b: number, c: number): Violation | undefined {
    return this.isClosed ? undefined : this.#events.onMessage(this, id, a, b, c)
  }

  onPayload(id: MessageId, payload: Uint8Array): Violation | undefined {
    return this.isClosed ? undefined : this.#events.onPayload(this, id, payload)
  }

  onBlock(index: number, begin: number, length: number): Violation | undefined {
    return this.isClosed ? undefined : this.#events.onBlock(this, index, begin, length)
  }

  onBlockBytes(buf: Uint8Array, start: number, end: number): void {
    if (this.sink === undefined) return
    copyBytes(buf, start, end, this.sink, this.sinkAt) // the one copy of a block's way
    this.sinkAt += end - start
  }

  onBlockEnd(): Violation | undefined {
    return this.isClosed ? undefined : this.#events.onBlockEnd(this)
  }

  /** It asks for a block. */
  noteAnswer(): void {
    if (this.weUnchokedAt === undefined) return
    this.roundTripMs = Math.min(this.roundTripMs, monotonicMs() - this.weUnchokedAt)
    this.weUnchokedAt = undefined
  }

  rememberEarlyHave(index: number): void {
    if (this.early.pieces.length < MAX_EARLY_HAVES) this.early.pieces.push(index)
  }

  // Counting

  uploaded(bytes: number, now: number): void {
    this.uploadedBytes += bytes
    this.uploadMeter.add(bytes, now)
  }

  downloaded(bytes: number, now: number): void {
    this.downloadedBytes += bytes
    this.lastBlockAt = now
    this.downloadMeter.add(bytes, now)
  }

  // Messages out: gathered, and sent together when the present event is over

  sendBare(id: BareMessageId): void {
    const at = this.#room(BARE_MESSAGE_BYTES)
    this.#outLength = writeBare(this.#out, at, id)
  }

  sendIndex(id: IndexMessageId, piece: number): void {
    const at = this.#room(INDEX_MESSAGE_BYTES)
    this.#outLength = writeIndex(this.#out, at, id, piece)
  }

  /** It leaves with what is said next, or at the next tick: a packet of its own would only wake the peer. */
  sendIndexLater(id: IndexMessageId, piece: number): void {
    const at = this.#makeRoom(INDEX_MESSAGE_BYTES)
    this.#outLength = writeIndex(this.#out, at, id, piece)
  }

  sendBlockMessage(id: BlockMessageId, piece: number, begin: number, length: number): void {
    const at = this.#room(BLOCK_MESSAGE_BYTES)
    this.#outLength = writeBlockMessage(this.#out, at, id, piece, begin, length)
  }

  sendReject(piece: PieceIndex | number, begin: number, length: number): void {
    this.sendBlockMessage(MESSAGE.reject, piece, begin, length)
  }

  sendPayload(id: PayloadMessageId, payload: Uint8Array): void {
    const at = this.#room(PAYLOAD_HEADER_BYTES + payload.length)
    this.#outLength = writePayload(this.#out, at, id, payload)
  }

  /** `extendedId` is the receiver's number for the extension; 0 for the handshake. */
  sendExtended(extendedId: number, payload: Uint8Array): void {
    const at = this.#room(EXTENDED_HEADER_BYTES + payload.length)
    const start = writeExtendedHeader(this.#out, at, extendedId, payload.length)
    this.#out.set(payload, start)
    this.#outLength = start + payload.length
  }

  sendKeepAlive(): void {
    const at = this.#room(KEEP_ALIVE_BYTES)
    this.#outLength = writeKeepAlive(this.#out, at)
  }

  /** Ends the connection; nothing more comes from it or goes to it. */
  close(): void {
    this.isClosed = true
    this.sink = undefined
    this.#decoder.close()
    this.transport.close()
  }

  /** Gives what is gathered to the transport. */
  flush(): void {
    this.#isFlushAsked = false
    if (this.#outLength === 0 || this.isClosed) return
    this.lastSentAt = monotonicMs()
    this.transport.send(this.#out.slice(0, this.#outLength))
    this.#outLength = 0
    // It makes us talk and does not listen.
    if (this.transport.queuedBytes > MAX_BACKLOG_BYTES) this.#events.onViolation(this, 'flood')
  }

  #room(bytes: number): number {
    if (!this.#isFlushAsked) {
      this.#isFlushAsked = true
      this.#flushSoon(this)
    }
    return this.#makeRoom(bytes)
  }

  /** What stops this growing: at most one answer per message of one read, one `have` per piece, and MAX_BACKLOG_BYTES. */
  #makeRoom(bytes: number): number {
    if (this.#outLength + bytes > this.#out.length) {
      const larger = new Uint8Array(Math.max(this.#out.length * 2, this.#outLength + bytes))
      larger.set(this.#out)
      this.#out = larger
    }
    return this.#outLength
  }
}
