// Packets of UDP trackers (BEP 15) and the options behind an announce (BEP 41), both sides. Numbers are big-endian;
// packets may be longer than expected, never shorter.
//
//   request   | connection id 8 | action 4 | transaction id 4 | …
//   answer    | action 4 | transaction id 4 | …
import { parseCompact } from '../address.ts'
import { fromLatin1, readU16, readU32, writeU16, writeU32 } from '../bytes.ts'
import { type InfoHash, infoHash, peerId } from '../ids.ts'
import {
  type AnnounceAnswer,
  type AnnounceEvent,
  type AnnounceReply,
  type AnnounceRequest,
  MAX_ANSWER_PEERS,
  MAX_SCRAPE_HASHES,
  type SwarmCounts,
} from './announce.ts'
import { cleanTrackerText } from './tracker-text.ts'

const [CONNECT, ANNOUNCE, SCRAPE, ERROR] = [0, 1, 2, 3]
/** Stands where the connection id is while there is none: 0x41727101980. */
const PROTOCOL_ID = Uint8Array.of(0, 0, 0x04, 0x17, 0x27, 0x10, 0x19, 0x80)
/** By number, which is not the order of BEP 3. 4 is what libtorrent sends for `paused`. */
const EVENTS: readonly AnnounceEvent[] = ['none', 'completed', 'started', 'stopped', 'paused']
const NO_NUMBER = 0xffffffff
const ANNOUNCE_BYTES = 98
/** BEP 41 */
const URL_DATA = 2

export type UdpRequest =
  | { readonly kind: 'connect'; readonly transactionId: number }
  | {
      readonly kind: 'announce'
      readonly connectionId: Uint8Array
      readonly transactionId: number
      readonly announce: AnnounceRequest
    }
  | {
      readonly kind: 'scrape'
      readonly connectionId: Uint8Array
      readonly transactionId: number
      readonly infoHashes: readonly InfoHash[]
    }

/** The client compares `transactionId` and `kind` with what it waits for, and drops all else. */
export type UdpAnswer =
  | { readonly kind: 'connect'; readonly transactionId: number; readonly connectionId: Uint8Array }
  | { readonly kind: 'announce'; readonly transactionId: number; readonly answer: AnnounceAnswer }
  | { readonly kind: 'scrape'; readonly transactionId: number; readonly counts: readonly SwarmCounts[] }
  | { readonly kind: 'error'; readonly transactionId: number; readonly failure: string }

// The client writes.

export function writeConnectRequest(transactionId: number): Uint8Array {
  return requestHead(PROTOCOL_ID, CONNECT, transactionId, 16)
}

/** `urlData`: path and query of the tracker's URL (BEP 41), for trackers with a passkey. */
export function writeAnnounceRequest(
  connectionId: Uint8Array,
  transactionId: number,
  request: AnnounceRequest,
  urlData = '',
): Uint8Array {
  const options = urlOptions(fromLatin1(urlData))
  const packet = requestHead(connectionId, ANNOUNCE, transactionId, ANNOUNCE_BYTES + options.length)
  packet.set(request.infoHash, 16)
  packet.set(request.peerId, 36)
  writeU64(packet, 56, request.downloaded)
  writeU64(packet, 64, request.left)
  writeU64(packet, 72, request.uploaded)
  writeU32(packet, 80, EVENTS.indexOf(request.event))
  writeU32(packet, 88, request.key ?? 0)
  writeU32(packet, 92, request.numWant ?? NO_NUMBER)
  writeU16(packet, 96, request.port)
  packet.set(options, ANNOUNCE_BYTES)
  return packet
}

/** At most `MAX_SCRAPE_HASHES` hashes fit. */
export function writeScrapeRequest(
  connectionId: Uint8Array,
  transactionId: number,
  infoHashes: readonly InfoHash[],
): Uint8Array {
  const packet = requestHead(connectionId, SCRAPE, transactionId, 16 + infoHashes.length * 20)
  infoHashes.forEach((hash, i) => packet.set(hash, 16 + i * 20))
  return packet
}

// The client reads.

/** `undefined` for what is no answer or too short for one. `peerBytes`: 6 on an IPv4 socket, 18 on an IPv6 socket. */
export function readUdpAnswer(packet: Uint8Array, peerBytes: 6 | 18): UdpAnswer | undefined {
  if (packet.length < 8) return undefined
  const transactionId = readU32(packet, 4)
  switch (readU32(packet, 0)) {
    case CONNECT:
      if (packet.length < 16) return undefined
      return { kind: 'connect', transactionId, connectionId: packet.slice(8, 16) }
    case ANNOUNCE:
      if (packet.length < 20) return undefined
      return { kind: 'announce', transactionId, answer: readPeers(packet, peerBytes) }
    case SCRAPE:
      return { kind: 'scrape', transactionId, counts: readCounts(packet) }
    case ERROR:
      return { kind: 'error', transactionId, failure: readError(packet) }
  }
  return undefined
}

// The tracker reads.

/** `undefined` for what is no request: it gets no answer. A connect needs the protocol id, the others never have it. */
export function readUdpRequest(packet: Uint8Array): UdpRequest | undefined {
  if (packet.length < 16) return undefined
  const action = readU32(packet, 8)
  const transactionId = readU32(packet, 12)
  if (action === CONNECT) return startsWithProtocolId(packet) ? { kind: 'connect', transactionId } : undefined
  const connectionId = packet.subarray(0, 8)
  if (action === SCRAPE) return { kind: 'scrape', connectionId, transactionId, infoHashes: readHashes(packet) }
  if (action !== ANNOUNCE || packet.length < ANNOUNCE_BYTES) return undefined
  const hash = infoHash(packet.slice(16, 36))
  const id = peerId(packet.slice(36, 56))
  if (hash === undefined || id === undefined) return undefined // cannot be: both are 20 bytes long
  const numWant = readU32(packet, 92)
  const announce: AnnounceRequest = {
    infoHash: hash,
    peerId: id,
    downloaded: readU64(packet, 56),
    left: readU64(packet, 64),
    uploaded: readU64(packet, 72),
    event: EVENTS[readU32(packet, 80)] ?? 'none',
    key: readU32(packet, 88),
    numWant: numWant > 0x7fffffff ? undefined : numWant, // -1 is the default, and other negatives mean nothing
    port: readU16(packet, 96),
  }
  return { kind: 'announce', connectionId, transactionId, announce }
}

// The tracker writes.

export function writeConnectAnswer(transactionId: number, connectionId: Uint8Array): Uint8Array {
  const packet = answerHead(CONNECT, transactionId, 16)
  packet.set(connectionId, 8)
  return packet
}

/** `compactPeers` are of the family that the request came from. */
export function writeUdpAnnounceAnswer(
  transactionId: number,
  reply: AnnounceReply,
  compactPeers: Uint8Array,
): Uint8Array {
  const packet = answerHead(ANNOUNCE, transactionId, 20 + compactPeers.length)
  writeU32(packet, 8, reply.intervalSec)
  writeU32(packet, 12, reply.counts.leechers)
  writeU32(packet, 16, reply.counts.seeders)
  packet.set(compactPeers, 20)
  return packet
}

export function writeUdpScrapeAnswer(transactionId: number, counts: readonly SwarmCounts[]): Uint8Array {
  const packet = answerHead(SCRAPE, transactionId, 8 + counts.length * 12)
  counts.forEach(({ seeders, completed, leechers }, i) => {
    writeU32(packet, 8 + i * 12, seeders)
    writeU32(packet, 12 + i * 12, completed)
    writeU32(packet, 16 + i * 12, leechers)
  })
  return packet
}

/** `failure` must be ASCII. */
export function writeErrorAnswer(transactionId: number, failure: string): Uint8Array {
  const packet = answerHead(ERROR, transactionId, 8 + failure.length)
  packet.set(fromLatin1(failure), 8)
  return packet
}

function requestHead(connectionId: Uint8Array, action: number, transactionId: number, length: number): Uint8Array {
  const packet = new Uint8Array(length)
  packet.set(connectionId.subarray(0, 8))
  writeU32(packet, 8, action)
  writeU32(packet, 12, transactionId)
  return packet
}

function answerHead(action: number, transactionId: number, length: number): Uint8Array {
  const packet = new Uint8Array(length)
  writeU32(packet, 0, action)
  writeU32(packet, 4, transactionId)
  return packet
}

/** Type, length and up to 255 bytes each; longer texts take several. */
function urlOptions(text: Uint8Array): Uint8Array {
  const options = new Uint8Array(text.length + Math.ceil(text.length / 255) * 2)
  for (let at = 0, to = 0; at < text.length; at += 255) {
    const part = text.subarray(at, at + 255)
    options.set([URL_DATA, part.length], to)
    options.set(part, to + 2)
    to += 2 + part.length
  }
  return options
}

function startsWithProtocolId(packet: Uint8Array): boolean {
  return PROTOCOL_ID.every((byte, i) => packet[i] === byte)
}

function readHashes(packet: Uint8Array): InfoHash[] {
  const hashes: InfoHash[] = []
  for (let at = 16; hashes.length < MAX_SCRAPE_HASHES; at += 20) {
    const hash = infoHash(packet.slice(at, at + 20))
    if (hash === undefined) break // the packet ends here
    hashes.push(hash)
  }
  return hashes
}

function readPeers(packet: Uint8Array, peerBytes: 6 | 18): AnnounceAnswer {
  return {
    intervalSec: readU32(packet, 8),
    minIntervalSec: undefined,
    leechers: readU32(packet, 12),
    seeders: readU32(packet, 16),
    peers: parseCompact(packet.subarray(20, 20 + MAX_ANSWER_PEERS * peerBytes), peerBytes),
    warning: undefined,
    trackerId: undefined,
    externalIp: undefined,
  }
}

function readCounts(packet: Uint8Array): SwarmCounts[] {
  const counts: SwarmCounts[] = []
  for (let at = 8; at + 12 <= packet.length; at += 12) {
    counts.push({
      seeders: readU32(packet, at),
      completed: readU32(packet, at + 4),
      leechers: readU32(packet, at + 8),
    })
  }
  return counts
}

function readError(packet: Uint8Array): string {
  const text = cleanTrackerText(packet.subarray(8))
  return text === '' ? 'the tracker refused and gave no reason' : text
}

/** Numbers above 2^53 lose their last digits, which nobody counts on. */
function readU64(buf: Uint8Array, at: number): number {
  return readU32(buf, at) * 0x1_0000_0000 + readU32(buf, at + 4)
}

function writeU64(buf: Uint8Array, at: number, value: number): void {
  writeU32(buf, at, Math.floor(value / 0x1_0000_0000))
  writeU32(buf, at + 4, value % 0x1_0000_0000)
}
