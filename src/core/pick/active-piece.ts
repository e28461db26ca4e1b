// A started piece: which of its blocks were asked of whom, are arriving, and are here. Objects are reused for one
// piece after another, because their arrays are made for the longest piece of the torrent.
//
//   block   free -> asked of 1..3 peers -> arriving from one -> here
//             ^------------/                  /
//             ^------------------------------/  its sender left
import type { PieceIndex } from '../ids.ts'

/** A block is asked of at most this many peers at once: more would only waste their upload. */
export const MAX_ASKERS = 3
/** In the place of a peer number: nobody, or nobody any more. */
export const NOBODY = -1
/** `pace` of a piece that anybody should help with. */
export const ANY_PACE = -1

const OPEN = 0
const ARRIVING = 1
const HERE = 2

export class ActivePiece {
  piece: PieceIndex
  blockCount = 0
  /** There is memory for blocks below this one, and they may be asked for. */
  openCount = 0
  /** Blocks below it that are neither asked for, nor arriving, nor here. */
  freeCount = 0
  hereCount = 0
  arrivingCount = 0
  /** Requests under way, counting every asker of a block. */
  askerCount = 0
  /** Its hash was wrong before, so only this peer is asked: the next result is proof. Else NOBODY. */
  owner = NOBODY
  ownedSince = 0
  /** How fast the peers are that it is shared among, see `paceOf` in picker.ts. */
  pace = ANY_PACE
  /** Place in the list of pieces with free blocks, -1 if it is not in it. */
  freeIndex = -1
  /** No block below this one is free. */
  #lowest = 0
  readonly #state: Uint8Array
  readonly #askers: Int32Array
  readonly #askersOf: Uint8Array
  readonly #askedAt: Float64Array
  readonly #senders: Int32Array

  constructor(maxBlocks: number) {
    this.piece = 0 as PieceIndex // until `start`, which is called at once
    this.#state = new Uint8Array(maxBlocks)
    this.#askers = new Int32Array(maxBlocks * MAX_ASKERS)
    this.#askersOf = new Uint8Array(maxBlocks)
    this.#askedAt = new Float64Array(maxBlocks)
    this.#senders = new Int32Array(maxBlocks)
  }

  start(piece: PieceIndex, blockCount: number, pace: number, owner: number, nowMs: number): void {
    this.piece = piece
    this.blockCount = blockCount
    this.openCount = 0
    this.freeCount = 0
    this.hereCount = 0
    this.arrivingCount = 0
    this.askerCount = 0
    this.owner = owner
    this.ownedSince = nowMs
    this.pace = pace
    this.#lowest = 0
    this.#state.fill(OPEN)
    this.#askersOf.fill(0)
    this.#senders.fill(NOBODY)
  }

  extend(blocks: number): void {
    this.freeCount += blocks - this.openCount
    this.openCount = blocks
  }

  get isExclusive(): boolean {
    return this.owner !== NOBODY
  }

  get isWhole(): boolean {
    return this.hereCount === this.blockCount
  }

  /** May this peer be asked for blocks of it? */
  isFor(peer: number): boolean {
    return this.owner === NOBODY || this.owner === peer
  }

  /** There is memory for it, and it is not arriving and not here. */
  isOpen(block: number): boolean {
    return block < this.openCount && this.#state[block] === OPEN
  }

  isFree(block: number): boolean {
    return this.#state[block] === OPEN && this.#askersOf[block] === 0
  }

  /** The first free block from `from` on; -1 if there is none. */
  nextFree(from: number): number {
    for (let block = Math.max(from, this.#lowest); block < this.openCount; block++) {
      if (!this.isFree(block)) continue
      if (from <= this.#lowest) this.#lowest = block
      return block
    }
    return -1
  }

  askersOf(block: number): number {
    return this.#askersOf[block] as number
  }

  /** The n-th asker of a block; `n` is below `askersOf(block)`. Removing one moves the last into its place. */
  asker(block: number, n: number): number {
    return this.#askers[block * MAX_ASKERS + n] as number
  }

  isAskedOf(block: number, peer: number): boolean {
    return this.#askerIndex(block, peer) !== -1
  }

  /** When it was last asked for. */
  askedAt(block: number): number {
    return this.#askedAt[block] as number
  }

  /** The block is open, has room for an asker, and was not asked of this peer. */
  ask(block: number, peer: number, nowMs: number): void {
    const askers = this.#askersOf[block] as number
    if (askers === 0) this.freeCount--
    this.#askers[block * MAX_ASKERS + askers] = peer
    this.#askersOf[block] = askers + 1
    this.#askedAt[block] = nowMs
    this.askerCount++
  }

  /** The peer will not send it, or is sending it now. */
  removeAsker(block: number, peer: number): void {
    const n = this.#askerIndex(block, peer)
    if (n === -1) return
    const last = (this.#askersOf[block] as number) - 1
    this.#askers[block * MAX_ASKERS + n] = this.asker(block, last)
    this.#askersOf[block] = last
    this.askerCount--
    if (this.isFree(block)) this.#freed(block)
  }

  /** The peer becomes the one writer of an open block. */
  arriving(block: number, peer: number): void {
    if (this.isFree(block)) this.freeCount--
    this.#state[block] = ARRIVING
    this.#senders[block] = peer
    this.arrivingCount++
  }

  /** Who is sending the block right now; NOBODY if it is not arriving. */
  arrivingFrom(block: number): number {
    return this.#state[block] === ARRIVING ? (this.#senders[block] as number) : NOBODY
  }

  /** The writer left in the middle of the block. */
  arrivalLost(block: number): void {
    this.#state[block] = OPEN
    this.#senders[block] = NOBODY
    this.arrivingCount--
    if (this.isFree(block)) this.#freed(block)
  }

  arrived(block: number): void {
    this.#state[block] = HERE
    this.arrivingCount--
    this.hereCount++
  }

  /** Its number will be another's soon, who must not be blamed. */
  forgetSender(peer: number): void {
    for (let block = 0; block < this.blockCount; block++) {
      if (this.#senders[block] === peer) this.#senders[block] = NOBODY
    }
  }

  /** Who sent each block; a view, valid as long as the piece is active. */
  senders(): Int32Array {
    return this.#senders.subarray(0, this.blockCount)
  }

  #freed(block: number): void {
    this.freeCount++
    this.pace = ANY_PACE
    if (block < this.#lowest) this.#lowest = block
  }

  #askerIndex(block: number, peer: number): number {
    for (let n = 0; n < (this.#askersOf[block] as number); n++) if (this.asker(block, n) === peer) return n
    return -1
  }
}
