// One piece, asked for by hand: before all others, and of one peer if that is said.
import { type Address, printAddress } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import type { PieceIndex } from '../core/ids.ts'
import { MESSAGE } from '../core/wire/messages.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Content } from './content.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { updateInterest } from './torrent-interest.ts'
import { fillRequestWindow } from './torrent-requests.ts'

export interface RequestedPiece {
  readonly bytes: number
  /** 0 if it was here already. */
  readonly ms: number
}

/** Resolves when the piece is verified. Throws AppError: why it cannot be asked for, or 'timeout' by the signal. */
export async function requestPiece(
  torrent: Torrent,
  n: number,
  from: Address | undefined,
  signal: AbortSignal,
): Promise<RequestedPiece> {
  const { content } = torrent
  if (content === undefined || torrent.isChecking) {
    throw new AppError('usage', `the pieces of ${torrent.name} are not known now: is it started, and checked?`)
  }
  const { geometry, have } = content
  const piece = geometry.pieceIndex(n)
  if (piece === undefined)
    throw new AppError('not-found', `there is no piece ${n}: the last is ${geometry.pieceCount - 1}`)
  const bytes = geometry.dataBytes(piece)
  if (have.has(piece)) return { bytes, ms: 0 }
  const asked = from === undefined ? undefined : giver(torrent, piece, from)
  const beganAt = monotonicMs()
  const reader = {}
  content.setUrgent(reader, { first: piece, last: piece })
  try {
    for (const peer of torrent.peers) updateInterest(torrent, peer)
    if (asked !== undefined) askFor(content, asked, piece)
    for (const peer of torrent.peers) fillRequestWindow(torrent, peer)
    while (!have.has(piece)) {
      if (signal.aborted)
        throw new AppError('timeout', `piece ${n} did not come in time: shoal pieces shows who has it`)
      if (torrent.content !== content) throw new AppError('interrupted', `${torrent.name} was stopped`)
      await content.news(signal)
    }
  } finally {
    content.setUrgent(reader, undefined)
  }
  return { bytes, ms: monotonicMs() - beganAt }
}

/** The peer at this address, if it can be asked for the piece now. */
function giver(torrent: Torrent, piece: PieceIndex, address: Address): Peer {
  const shown = printAddress(address)
  const peer = [...torrent.peers].find((one) => printAddress(one.address) === shown)
  if (peer === undefined)
    throw new AppError('not-found', `${shown} is no peer of ${torrent.name}: shoal connect it first`)
  if (peer.have?.has(piece) !== true) throw new AppError('not-found', `${shown} does not have piece ${piece}`)
  if (!peer.isChoking || peer.allowedToUs.has(piece)) return peer
  throw new AppError('busy', `${shown} gives us nothing now (it chokes): try again, or ask all without an address`)
}

function askFor({ picker, geometry }: Content, peer: Peer, piece: PieceIndex): void {
  const only = new Set([piece])
  for (;;) {
    const block = picker.nextOf(peer.slot, monotonicMs(), only)
    if (block === -1) return
    peer.sendBlockMessage(MESSAGE.request, piece, geometry.blockBegin(block), geometry.blockLength(block))
  }
}
