// BEP 6 suggestions, both ways: as a seed we tell each peer what nobody else was given (core/pick/suggester.ts), and
// what a seed suggests to us is what we ask of it.
import type { PieceIndex } from '../core/ids.ts'
import { BLOCK_BYTES } from '../core/geometry.ts'
import { Suggester, suggestionsAhead } from '../core/pick/suggester.ts'
import { MESSAGE } from '../core/wire/messages.ts'
import type { Violation } from '../core/wire/violation.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Content } from './content.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { fillRequestWindow } from './torrent-requests.ts'

/** Who has begun so many pieces since, that were not suggested before it, will not follow a suggestion. */
const IGNORED_AFTER_PIECES = 8

/** A peer was unchoked or has asked for something: it gets to know what to ask next. */
export function suggestMore(torrent: Torrent, peer: Peer): void {
  const { content } = torrent
  if (content === undefined || !content.have.isFull || peer.amChoking || !peer.isInterested) return
  if (!peer.supportsFast || peer.have === undefined || !isShared(torrent)) return
  const suggester = suggesterOf(content)
  const now = monotonicMs()
  for (const [piece, turn] of peer.suggestedByUs) {
    const isIgnored = peer.piecesBegun - turn >= IGNORED_AFTER_PIECES
    if (isIgnored) suggester.gaveUp(peer.slot, piece)
    if (isIgnored || content.picker.copies(piece) > 0) peer.suggestedByUs.delete(piece)
  }
  const roundTripBytes = (peer.uploadMeter.bytesPerSec(now) * peer.roundTripMs) / 1000
  const bytesAhead = Math.max(peer.requests.size * BLOCK_BYTES, 2 * roundTripBytes)
  const wanted = suggestionsAhead(bytesAhead, content.geometry.pieceLength)
  while (peer.suggestedByUs.size < wanted) {
    const piece = suggester.next(peer.slot, (n) => content.picker.copies(n), now)
    if (piece === -1) return
    peer.suggestedByUs.set(piece, peer.piecesBegun + peer.suggestedByUs.size)
    peer.sendIndex(MESSAGE.suggest, piece)
  }
}

/** A single downloader may take what it likes. */
function isShared(torrent: Torrent): boolean {
  let count = 0
  for (const { isInterested } of torrent.peers) if (isInterested && ++count === 2) return true
  return false
}

function suggesterOf(content: Content): Suggester {
  content.suggester ??= new Suggester(content.geometry.pieceCount, Math.random())
  return content.suggester
}

/** A peer asks for a block of the piece. */
export function onAsked(content: Content, peer: Peer, piece: PieceIndex): void {
  peer.noteAnswer()
  if (piece === peer.lastAskedPiece) return
  peer.lastAskedPiece = piece
  peer.piecesBegun++
  peer.suggestedByUs.delete(piece)
  if (content.have.isFull && content.picker.copies(piece) === 0) suggesterOf(content).asked(peer.slot, piece)
}

/** The peer was choked or left. */
export function suggestionsEnd(content: Content, peer: Peer): void {
  content.suggester?.gaveUp(peer.slot)
  peer.suggestedByUs.clear()
}

export function onSuggest(torrent: Torrent, peer: Peer, index: number): Violation | undefined {
  const { content } = torrent
  if (content === undefined) return undefined
  const piece = content.geometry.pieceIndex(index)
  if (piece === undefined) return 'piece-out-of-range'
  if (peer.have === undefined) return undefined
  content.picker.suggested(peer.slot, piece, monotonicMs())
  fillRequestWindow(torrent, peer)
  return undefined
}
