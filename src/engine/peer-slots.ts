// Numbers for a torrent's peers, so that the picker's books are arrays and not maps. A number is given again late:
// who sent which block must still be known when a piece turns out bad after its sender has left.
import type { Peer } from './peer.ts'

/** So many numbers rest before the first one is used again. */
const RESTING = 64

export class PeerSlots {
  readonly #peers: (Peer | undefined)[] = []
  readonly #keys: string[] = []
  readonly #free: number[] = []

  /** The number for a new peer. */
  take(): number {
    const reused = this.#free.length > RESTING ? this.#free.shift() : undefined
    return reused ?? this.#peers.push(undefined) - 1
  }

  /** `banKey` names the peer also after it has left, until its number is used again. */
  put(peer: Peer, banKey: string): void {
    this.#peers[peer.slot] = peer
    this.#keys[peer.slot] = banKey
  }

  free(slot: number): void {
    this.#peers[slot] = undefined
    this.#free.push(slot)
  }

  at(slot: number): Peer | undefined {
    return this.#peers[slot]
  }

  banKeyAt(slot: number): string | undefined {
    return this.#keys[slot]
  }
}
