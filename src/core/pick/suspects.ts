// Pieces whose hash was wrong. Each is fetched again as a whole from one peer, its owner: then a wrong hash is proof,
// and a right one shows which blocks were bad the first time. No honest peer is ever blamed for a piece it shared.
//
// Owners that leave, time out or dawdle lose the piece, and what came of it is thrown away. A liar that stalls
// instead of lying could hold it for ever: so whoever has nothing else to do may take it over after `patienceMs`,
// which doubles each time, so that an honest slow peer gets it done in the end.
import type { ActivePiece } from './active-piece.ts'
import type { PeerRequests } from './peer-requests.ts'

const FIRST_PATIENCE_MS = 30_000
/** A slow peer may own a piece only when nobody else wanted it for this time: the stallers come last. */
const SLOW_OWNER_MS = 60_000

interface Suspect {
  patienceMs: number
  /** Since when it has no owner. */
  idleSince: number
}

export class Suspects {
  readonly #pieces = new Map<number, Suspect>()

  get size(): number {
    return this.#pieces.size
  }

  has(piece: number): boolean {
    return this.#pieces.has(piece)
  }

  pieces(): Iterable<number> {
    return this.#pieces.keys()
  }

  /** Its hash was wrong, or its owner lost it. */
  add(piece: number, nowMs: number): void {
    const suspect = this.#pieces.get(piece)
    if (suspect === undefined) this.#pieces.set(piece, { patienceMs: FIRST_PATIENCE_MS, idleSince: nowMs })
    else suspect.idleSince = nowMs
  }

  /** It is good. */
  delete(piece: number): void {
    this.#pieces.delete(piece)
  }

  mayOwn(peer: PeerRequests, piece: number, nowMs: number): boolean {
    const suspect = this.#pieces.get(piece)
    return suspect !== undefined && (!peer.isSlow || nowMs - suspect.idleSince >= SLOW_OWNER_MS)
  }

  /** Has its owner had the time it deserves? */
  isOverdue(active: ActivePiece, nowMs: number): boolean {
    const suspect = this.#pieces.get(active.piece)
    return suspect !== undefined && nowMs - active.ownedSince >= suspect.patienceMs
  }

  /** The owner was too slow; the next one gets more time. */
  takenOver(piece: number): void {
    const suspect = this.#pieces.get(piece)
    if (suspect !== undefined) suspect.patienceMs *= 2
  }
}
