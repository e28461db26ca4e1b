// Has a peer a piece that we want and lack? Counted once per peer and kept with every change. When the wishes change for
// many pieces all counts are out of date, and each is made anew when somebody asks for it.
import type { Bitfield } from '../bitfield.ts'
import { countCommon } from './piece-sets.ts'
import type { PeerRequests } from './peer-requests.ts'

export class Interest {
  /** Pieces we want and lack; borrowed. */
  readonly #missing: Bitfield
  #wishes = 0

  constructor(missing: Bitfield) {
    this.#missing = missing
  }

  has(peer: PeerRequests): boolean {
    if (peer.wishes !== this.#wishes) {
      peer.wishes = this.#wishes
      peer.interesting = countCommon(peer.have, this.#missing)
    }
    return peer.interesting > 0
  }

  wishesChanged(): void {
    this.#wishes++
  }

  /** The peer gained (1) or is about to lose (-1) a piece. */
  haveChanged(peer: PeerRequests, piece: number, change: 1 | -1): void {
    if (peer.wishes === this.#wishes && this.#missing.has(piece)) peer.interesting += change
  }

  /** The piece is missing from now on (1), or not any more (-1). */
  missingChanged(peers: Iterable<PeerRequests | undefined>, piece: number, change: number): void {
    for (const peer of peers) if (peer?.wishes === this.#wishes && peer.have.has(piece)) peer.interesting += change
  }
}
