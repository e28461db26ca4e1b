// The first words between two peers: which pieces we have, what our client can do, and what may be asked while choked.
import { Bitfield } from '../core/bitfield.ts'
import { EXTENDED_HANDSHAKE_ID, OUR_EXTENSION_IDS, writeExtendedHandshake } from '../core/ext/extended.ts'
import type { ExtensionName } from '../core/ext/extended.ts'
import { ALLOWED_FAST_COUNT, allowedFastSet } from '../core/wire/allowed-fast.ts'
import { MESSAGE } from '../core/wire/messages.ts'
import { nodeHasher } from '../io/hasher.ts'
import type { Content } from './content.ts'
import { type Peer, REQUEST_QUEUE_LIMIT } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { updateInterest } from './torrent-interest.ts'
import { fillRequestWindow } from './torrent-requests.ts'

/** Right after the handshake. BEP 6: exactly one message about our pieces, and it comes first. */
export function greet(torrent: Torrent, peer: Peer): void {
  const { content } = torrent
  const have = content !== undefined && !torrent.isChecking ? content.have : undefined
  if (peer.supportsFast && (have === undefined || have.count === 0)) peer.sendBare(MESSAGE.haveNone)
  else if (peer.supportsFast && have?.isFull === true) peer.sendBare(MESSAGE.haveAll)
  else if (have !== undefined && have.count > 0) peer.sendPayload(MESSAGE.bitfield, have.bytes)
  if (peer.supportsExtended) sendExtendedHandshake(torrent, peer)
  if (content !== undefined && peer.supportsFast && have !== undefined) allowFast(torrent, content, peer)
}

export function sendExtendedHandshake(torrent: Torrent, peer: Peer): void {
  const { session } = torrent
  const body = writeExtendedHandshake({
    m: new Map(Object.entries(OUR_EXTENSION_IDS) as [ExtensionName, number][]),
    p: session.port === 0 ? undefined : session.port,
    v: session.userAgent,
    yourip: peer.address.ip,
    reqq: REQUEST_QUEUE_LIMIT,
    metadataSize: torrent.info?.bytes.length,
    uploadOnly: torrent.isDone ? true : undefined,
  })
  peer.sendExtended(EXTENDED_HANDSHAKE_ID, body)
}

/** BEP 6: a newcomer may have these pieces without being unchoked. */
function allowFast(torrent: Torrent, content: Content, peer: Peer): void {
  const [hash] = torrent.wireHashes
  const { pieceCount } = content.geometry
  if (hash === undefined || pieceCount === 0 || content.have.count === 0) return
  for (const piece of allowedFastSet(peer.address.ip, hash, pieceCount, ALLOWED_FAST_COUNT, nodeHasher)) {
    if (!content.have.has(piece)) continue
    peer.allowedFast.add(piece)
    peer.sendIndex(MESSAGE.allowedFast, piece)
  }
}

/** The piece count is known now: what the peer said of its pieces gets a meaning. A wrong bitfield counts as none. */
export function greetWithContent(content: Content, peer: Peer): void {
  const { pieceCount } = content.geometry
  const { bitfield, pieces } = peer.early
  peer.metainfoKnown(pieceCount)
  if (!peer.hasSpoken) return
  const said = bitfield instanceof Uint8Array ? Bitfield.from(bitfield, pieceCount) : undefined
  const have = said ?? new Bitfield(pieceCount)
  if (bitfield === 'all') have.fill()
  for (const piece of pieces) if (piece < pieceCount) have.add(piece)
  peer.have = have
  content.picker.peerJoined(peer.slot, have)
  peer.early.bitfield = undefined
  peer.early.pieces.length = 0
}

/** Our pieces are known: tell those peers to whom we could say nothing at the beginning, and start to ask. */
export function contentReady(torrent: Torrent, content: Content, peer: Peer): void {
  if (peer.supportsExtended) sendExtendedHandshake(torrent, peer)
  for (let piece = 0; piece < content.geometry.pieceCount; piece++) {
    if (content.have.has(piece)) peer.sendIndex(MESSAGE.have, piece)
  }
  updateInterest(torrent, peer)
  fillRequestWindow(torrent, peer)
}
