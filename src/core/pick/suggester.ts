// What the first seed of a swarm gives to whom. Left alone, downloaders choose at random what to ask of it, and several
// choose the same: libtorrent's and aria2's seeds send every piece 1.3 to 2 times before all of it is in the swarm. Here
// the seed suggests (BEP 6) to each of them a piece that nobody has and that was suggested to nobody else. Who follows
// gets something to trade, and the seed's line carries the file once.
//
// Purely advice: peers may ignore it. What a peer was given is nobody else's until somebody has it, or the peer gives up.
import { Bitfield } from '../bitfield.ts'

/** When all was given, what has got lost since is looked for so much later. */
const LOOK_AGAIN_MS = 1_000
/** What a peer is told ahead of what it asks: enough that it never chooses alone, little enough to stay balanced. */
const LEAST_AHEAD = 1
const MOST_AHEAD = 512

export class Suggester {
  /** Suggested to or asked by somebody, and seen with nobody yet. */
  readonly #given: Bitfield
  /** The same by peer. */
  readonly #givenTo = new Map<number, Set<number>>()
  readonly #stride: number
  #cursor: number
  #foundNothingAt = Number.NEGATIVE_INFINITY

  /** `random` in [0, 1): where in the torrent it begins. */
  constructor(pieceCount: number, random: number) {
    this.#given = new Bitfield(pieceCount)
    this.#stride = strideOf(pieceCount)
    this.#cursor = Math.floor(random * pieceCount)
  }

  /** A peer asks for a piece that nobody has: no need to suggest it to others. */
  asked(peer: number, piece: number): void {
    this.#given.add(piece)
    const pieces = this.#givenTo.get(peer)
    if (pieces === undefined) this.#givenTo.set(peer, new Set([piece]))
    else pieces.add(piece)
  }

  /** A piece for the peer that nobody has (`copies` counts those who do, seeds aside) and nobody was given; -1 if none is left. */
  next(peer: number, copies: (piece: number) => number, nowMs: number): number {
    if (nowMs - this.#foundNothingAt < LOOK_AGAIN_MS) return -1
    for (let steps = this.#given.length; steps > 0; steps--) {
      const piece = this.#cursor
      this.#cursor = (this.#cursor + this.#stride) % this.#given.length
      if (this.#given.has(piece) || copies(piece) > 0) continue
      this.asked(peer, piece)
      return piece
    }
    this.#foundNothingAt = nowMs
    return -1
  }

  /** Somebody has it now. */
  spread(piece: number): void {
    if (!this.#given.remove(piece)) return
    for (const pieces of this.#givenTo.values()) pieces.delete(piece)
  }

  /** The peer left or was choked, or goes its own way: its pieces, or one of them, may be given to others. */
  gaveUp(peer: number, piece?: number): void {
    const pieces = this.#givenTo.get(peer)
    if (pieces === undefined) return
    for (const one of piece === undefined ? pieces : [piece]) {
      this.#given.remove(one)
      pieces.delete(one)
    }
    if (pieces.size === 0) this.#givenTo.delete(peer)
  }
}

/** How many suggestions a peer should have that it has not asked for, when it asks so many bytes ahead. */
export function suggestionsAhead(bytesAhead: number, pieceBytes: number): number {
  return Math.min(Math.max(LEAST_AHEAD, Math.ceil(bytesAhead / pieceBytes)), MOST_AHEAD)
}

/** Steps through all numbers below `count` without a list of them: has no factor in common with it. */
function strideOf(count: number): number {
  let stride = Math.max(1, Math.round(count * 0.618))
  while (greatestCommonDivisor(stride, count) !== 1) stride++
  return stride
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}
