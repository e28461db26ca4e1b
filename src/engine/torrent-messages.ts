// What a torrent does about each message of a peer (BEP 3, BEP 6), blocks and extension messages aside.
import { Bitfield } from '../core/bitfield.ts'
import { MESSAGE, type MessageId } from '../core/wire/messages.ts'
import type { Violation } from '../core/wire/violation.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Content } from './content.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { onInterested, onNotInterested } from './torrent-choking.ts'
import { onExtended } from './torrent-extended.ts'
import { dropIfUseless } from './torrent-finish.ts'
import { updateInterest } from './torrent-interest.ts'
import { fillRequestWindow, refillHungry } from './torrent-requests.ts'
import { onSuggest } from './torrent-suggest.ts'
import { onCancel, onRequest } from './torrent-upload.ts'

/** BEP 6 leaves the number open; nobody sends more than 10 or so. */
const MAX_ALLOWED_TO_US = 64

const FAST_ONLY: ReadonlySet<MessageId> = new Set([
  MESSAGE.suggest,
  MESSAGE.haveAll,
  MESSAGE.haveNone,
  MESSAGE.reject,
  MESSAGE.allowedFast,
])

/** `a`, `b` and `c` as in `WireHandler.onMessage`. */
export function onMessage(
  torrent: Torrent,
  peer: Peer,
  id: MessageId,
  a: number,
  b: number,
  c: number,
): Violation | undefined {
  if (!peer.supportsFast && FAST_ONLY.has(id)) return 'message-not-negotiated'
  const isFirst = !peer.hasSpoken
  if (id !== MESSAGE.port) startSpeaking(torrent, peer)
  switch (id) {
    case MESSAGE.choke:
      return onChoke(torrent, peer)
    case MESSAGE.unchoke:
      return onUnchoke(torrent, peer)
    case MESSAGE.interested:
      return onInterested(torrent, peer)
    case MESSAGE.notInterested:
      onNotInterested(torrent, peer)
      return undefined
    case MESSAGE.have:
      return onHave(torrent, peer, a)
    case MESSAGE.haveAll:
      return onHaveAll(torrent, peer, isFirst)
    case MESSAGE.haveNone:
      return isFirst ? onPiecesKnown(torrent, peer) : 'message-out-of-order'
    case MESSAGE.request:
      return torrent.content === undefined ? 'bad-request' : onRequest(torrent.content, peer, a, b, c)
    case MESSAGE.cancel:
      onCancel(torrent, peer, a, b, c)
      return undefined
    case MESSAGE.reject:
      return onReject(torrent, peer, a, b, c)
    case MESSAGE.allowedFast:
      return onAllowedFast(torrent, peer, a)
    case MESSAGE.suggest:
      return onSuggest(torrent, peer, a)
    default:
      return undefined
  }
}

/** Bitfield, extension and hash messages; `payload` is borrowed. */
export function onPayload(torrent: Torrent, peer: Peer, id: MessageId, payload: Uint8Array): Violation | undefined {
  if (id === MESSAGE.extended) {
    return peer.supportsExtended ? onExtended(torrent, peer, payload) : 'message-not-negotiated'
  }
  const isFirst = !peer.hasSpoken
  startSpeaking(torrent, peer)
  if (id === MESSAGE.bitfield) return onBitfield(torrent, peer, payload, isFirst)
  // BEP 52: every hash request is answered. Pieces of the Merkle trees are not handed out yet.
  if (id === MESSAGE.hashRequest) peer.sendPayload(MESSAGE.hashReject, payload.slice())
  return undefined
}

/** Who begins with anything but a bitfield has no pieces yet (BEP 3). */
function startSpeaking(torrent: Torrent, peer: Peer): void {
  if (peer.hasSpoken) return
  peer.hasSpoken = true
  if (torrent.content !== undefined) join(torrent.content, peer, new Bitfield(torrent.content.geometry.pieceCount))
}

function join(content: Content, peer: Peer, have: Bitfield): void {
  if (peer.have !== undefined) content.picker.peerLeft(peer.slot)
  peer.have = have
  content.picker.peerJoined(peer.slot, have)
}

function onBitfield(torrent: Torrent, peer: Peer, payload: Uint8Array, isFirst: boolean): Violation | undefined {
  const { content } = torrent
  if (content === undefined) {
    peer.early.bitfield = payload.slice()
    return undefined
  }
  const have = Bitfield.from(payload, content.geometry.pieceCount)
  if (have === undefined) return 'bad-bitfield'
  return onPieces(torrent, content, peer, have, isFirst)
}

function onHaveAll(torrent: Torrent, peer: Peer, isFirst: boolean): Violation | undefined {
  const { content } = torrent
  if (content === undefined) {
    peer.early.bitfield = 'all'
    return undefined
  }
  const have = new Bitfield(content.geometry.pieceCount)
  have.fill()
  return onPieces(torrent, content, peer, have, isFirst)
}

function onPieces(
  torrent: Torrent,
  content: Content,
  peer: Peer,
  have: Bitfield,
  isFirst: boolean,
): Violation | undefined {
  if (isFirst) join(content, peer, have)
  else if (!addPieces(content, peer, have)) return 'message-out-of-order'
  return onPiecesKnown(torrent, peer)
}

/**
 * BEP 3 and 6 want a bitfield or have-all first or never, but aria2 sends one for many `have` (have-all once it is done): it must say
 * them and nothing else.
 */
function addPieces({ geometry, picker, suggester }: Content, peer: Peer, have: Bitfield): boolean {
  const known = peer.have
  if (known === undefined || known.hasAnyBeyond(have) || have.count === known.count) return false
  for (let n = 0; n < have.length; n++) {
    const piece = have.has(n) && !known.has(n) ? geometry.pieceIndex(n) : undefined
    if (piece === undefined) continue
    suggester?.spread(piece)
    picker.peerHas(peer.slot, piece)
  }
  return true
}

function onPiecesKnown(torrent: Torrent, peer: Peer): undefined {
  updateInterest(torrent, peer)
  dropIfUseless(torrent, peer)
}

function onHave(torrent: Torrent, peer: Peer, index: number): Violation | undefined {
  const { content } = torrent
  if (content === undefined) {
    peer.rememberEarlyHave(index)
    return undefined
  }
  const piece = content.geometry.pieceIndex(index)
  if (piece === undefined) return 'piece-out-of-range'
  content.suggester?.spread(piece)
  if (content.picker.peerHas(peer.slot, piece)) onPiecesKnown(torrent, peer)
  return undefined
}

function onChoke(torrent: Torrent, peer: Peer): undefined {
  peer.isChoking = true
  peer.unchokedAt = undefined
  // With BEP 6 every request is rejected one by one; without, they are all void now.
  if (!peer.supportsFast && peer.have !== undefined) torrent.content?.picker.choked(peer.slot)
  refillHungry(torrent.session)
}

function onUnchoke(torrent: Torrent, peer: Peer): undefined {
  if (!peer.isChoking) return
  peer.isChoking = false
  peer.unchokedAt = monotonicMs()
  fillRequestWindow(torrent, peer)
}

function onReject(torrent: Torrent, peer: Peer, index: number, begin: number, length: number): Violation | undefined {
  const { content } = torrent
  const piece = content?.geometry.pieceIndex(index)
  if (content === undefined || piece === undefined) return 'reject-not-asked'
  const block = content.geometry.findBlock(piece, begin, length)
  if (block === -1 || !content.picker.rejected(peer.slot, block)) return 'reject-not-asked'
  peer.allowedToUs.delete(piece)
  // The requests before a choke come back rejected, too: that says nothing about the peer.
  if (!peer.isChoking) peer.window.onReject(monotonicMs())
  refillHungry(torrent.session)
  return undefined
}

function onAllowedFast(torrent: Torrent, peer: Peer, index: number): Violation | undefined {
  if (isOutOfRange(torrent, index)) return 'piece-out-of-range'
  if (peer.allowedToUs.size < MAX_ALLOWED_TO_US) peer.allowedToUs.add(index)
  return undefined
}

function isOutOfRange({ content }: Torrent, index: number): boolean {
  return content !== undefined && content.geometry.pieceIndex(index) === undefined
}
