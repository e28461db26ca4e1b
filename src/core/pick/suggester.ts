// What the first seed of a swarm gives to whom. Left alone, downloaders choose at random what to ask of it, and several
// choose the same: libtorrent's and aria2's seeds send every piece 1.3 to 2 times before all of it is in the swarm. Here
// the seed suggests (BEP 6) to each of them a piece that nobody has and that was suggested to nobody else. Who follows
// gets something to trade, and the seed's line carries the file once.
//
// Purely advice: peers may ignore it, and a piece whose receiver left is asked for by others as the rarest.
import { Bitfield } from '../bitfield.ts'

/** Advice is for pieces that nobody has. When all were given, what got lost is looked for so much later. */
const ROUND_MS = 10_000
/** What a peer is told ahead of what it asks: enough that it never chooses alone, little enough to stay balanced. */
const LEAST_AHEAD = 2
const MOST_AHEAD = 32

export class Suggester {
  /** Suggested to or asked by somebody in this round, or seen with somebody. */
  #given: Bitfield
  readonly #stride: number
  #cursor: number
  #steps = 0
  #endedAt: number | undefined

  /** `random` in [0, 1): where in the torrent it begins. */
  constructor(pieceCount: number, random: number) {
    this.#given = new Bitfield(pieceCount)
    this.#stride = strideOf(pieceCount)
    this.#cursor = Math.floor(random * pieceCount)
  }

  /** A peer asks for the piece by itself: no need to suggest it to others. */
  asked(piece: number): void {
    this.#given.add(piece)
  }

  /** A piece that nobody has (`copies` counts those who have it, seeds aside) and nobody was given; -1 if none is left. */
  next(copies: (piece: number) => number, nowMs: number): number {
    if (this.#endedAt !== undefined) {
      if (nowMs - this.#endedAt < ROUND_MS) return -1
      this.#given = new Bitfield(this.#given.length)
      this.#steps = 0
      this.#endedAt = undefined
    }
    while (this.#steps < this.#given.length) {
      const piece = this.#cursor
      this.#cursor = (this.#cursor + this.#stride) % this.#given.length
      this.#steps++
      if (!this.#given.has(piece) && copies(piece) === 0) {
        this.#given.add(piece)
        return piece
      }
    }
    this.#endedAt = nowMs
    return -1
  }
}

/** How many suggestions a peer should have that it has not asked for, when it asks for so many blocks at a time. */
export function suggestionsAhead(blocksAsked: number, blocksPerPiece: number): number {
  return Math.min(Math.max(LEAST_AHEAD, Math.ceil(blocksAsked / blocksPerPiece)), MOST_AHEAD)
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
