// All started pieces, and which of them and which block a peer should go on with.
import type { Geometry } from '../geometry.ts'
import type { PieceIndex } from '../ids.ts'
import { ActivePiece, ANY_PACE, MAX_ASKERS, NOBODY } from './active-piece.ts'
import type { PeerRequests } from './peer-requests.ts'
import { type PieceOrder, URGENT_PRIORITY } from './piece-order.ts'

export class ActivePieces {
  readonly #geometry: Geometry
  readonly #order: PieceOrder
  readonly #pieces = new Map<number, ActivePiece>()
  readonly #withFree: ActivePiece[] = []
  /** Pieces that there is not yet memory for as a whole. */
  readonly #growing = new Set<ActivePiece>()
  /** Books of ended pieces for the next ones: bounded by the most pieces that there ever was memory for at once. */
  readonly #spare: ActivePiece[] = []

  constructor(geometry: Geometry, order: PieceOrder) {
    this.#geometry = geometry
    this.#order = order
  }

  get size(): number {
    return this.#pieces.size
  }

  /** The pieces that have free blocks. */
  get withFree(): readonly ActivePiece[] {
    return this.#withFree
  }

  /** Nothing that was started has a block left to ask for, now or later. */
  get isAllAsked(): boolean {
    return this.#withFree.length === 0 && this.#growing.size === 0
  }

  has(piece: number): boolean {
    return this.#pieces.has(piece)
  }

  get(piece: number): ActivePiece | undefined {
    return this.#pieces.get(piece)
  }

  ofBlock(block: number): ActivePiece | undefined {
    return this.#pieces.get(this.#geometry.pieceOfBlock(block))
  }

  values(): Iterable<ActivePiece> {
    return this.#pieces.values()
  }

  /** Starts a piece, with memory for so many of its blocks; with an owner it is that peer's alone. */
  add(piece: PieceIndex, blocks: number, pace: number, owner: number, nowMs: number): ActivePiece {
    const active = this.#spare.pop() ?? new ActivePiece(this.#geometry.blocksPerPiece)
    active.start(piece, this.#geometry.blockCount(piece), pace, owner, nowMs)
    this.#pieces.set(piece, active)
    this.#growing.add(active)
    this.extend(piece, blocks)
    return active
  }

  extend(piece: PieceIndex, blocks: number): void {
    const active = this.#pieces.get(piece)
    if (active === undefined) return
    active.extend(blocks)
    if (active.openCount === active.blockCount) this.#growing.delete(active)
    this.file(active)
  }

  /** The piece is not active any more. Who still owes a block of it does so without being waited for. */
  end(piece: PieceIndex, peerOf: (peer: number) => PeerRequests): void {
    const active = this.#pieces.get(piece)
    if (active === undefined) return
    for (let n = 0; n < active.blockCount && active.askerCount + active.arrivingCount > 0; n++) {
      const block = this.#geometry.blockId(piece, n)
      while (active.askersOf(n) > 0) {
        const peer = active.asker(n, 0)
        active.removeAsker(n, peer)
        const requests = peerOf(peer)
        requests.becomesOverdue(requests.asked.find(block))
      }
      if (active.arrivingFrom(n) !== NOBODY) {
        peerOf(active.arrivingFrom(n)).arriving = NOBODY
        active.arrivalLost(n)
      }
    }
    this.#delete(active)
  }

  #delete(active: ActivePiece): void {
    active.freeCount = 0
    this.file(active)
    this.#pieces.delete(active.piece)
    this.#growing.delete(active)
    this.#spare.push(active)
  }

  /** Its sender left in the middle of the block. */
  arrivalLost(block: number): void {
    const active = this.ofBlock(block)
    if (active === undefined) return
    active.arrivalLost(this.#geometry.blockInPiece(block))
    this.file(active)
  }

  removeAsker(block: number, peer: number): void {
    const active = this.ofBlock(block)
    if (active === undefined) return
    active.removeAsker(this.#geometry.blockInPiece(block), peer)
    this.file(active)
  }

  /** Call after each change of the piece: keeps the list of those with free blocks. */
  file(active: ActivePiece): void {
    if (active.freeCount > 0 === active.freeIndex >= 0) return
    if (active.freeCount > 0) {
      active.freeIndex = this.#withFree.push(active) - 1
      return
    }
    const last = this.#withFree.pop()
    if (last !== undefined && last !== active) {
      this.#withFree[active.freeIndex] = last
      last.freeIndex = active.freeIndex
    }
    active.freeIndex = -1
  }

  /** Has the piece free blocks that this peer may be asked for? */
  isFor(active: ActivePiece, peer: PeerRequests): boolean {
    return (
      active.freeCount > 0 && active.piece !== peer.refused && active.isFor(peer.number) && peer.have.has(active.piece)
    )
  }

  /** The first free block that this peer does not owe us anyway, -1 if there is none. */
  freeBlock(peer: PeerRequests, active: ActivePiece, nowMs: number): number {
    let n = active.nextFree(0)
    while (n !== -1 && peer.isOverdue(this.#geometry.blockId(active.piece, n), nowMs)) n = active.nextFree(n + 1)
    return n
  }

  /** The best piece with free blocks that peers of this pace share: the one that is nearest to its end. */
  bestShared(peer: PeerRequests, pace: number, nowMs: number): ActivePiece | undefined {
    let best: ActivePiece | undefined
    const isGuided = peer.isGuided(nowMs)
    for (const active of this.#withFree) {
      if (isGuided && this.#order.copies(active.piece) > 0) continue
      if (pace !== ANY_PACE && active.pace !== ANY_PACE && active.pace !== pace) continue
      if (best !== undefined && !this.#isBetter(active, best)) continue
      if (this.isFor(active, peer) && this.freeBlock(peer, active, nowMs) !== -1) best = active
    }
    return best
  }

  /** The earliest urgent piece with free blocks for this peer. */
  firstUrgent(peer: PeerRequests, nowMs: number): ActivePiece | undefined {
    let first: ActivePiece | undefined
    for (const active of this.#withFree) {
      if (this.#order.priority(active.piece) < URGENT_PRIORITY) continue
      if (first !== undefined && active.piece > first.piece) continue
      if (this.isFor(active, peer) && this.freeBlock(peer, active, nowMs) !== -1) first = active
    }
    return first
  }

  #isBetter(active: ActivePiece, than: ActivePiece): boolean {
    const difference = this.#order.priority(active.piece) - this.#order.priority(than.piece)
    if (difference !== 0) return difference > 0
    return active.blockCount - active.hereCount < than.blockCount - than.hereCount
  }

  /** When nothing else is left, what the peer refused is asked again: it may have changed its mind. */
  refusedBy(peer: PeerRequests, nowMs: number): ActivePiece | undefined {
    const active = this.#pieces.get(peer.refused)
    if (active === undefined || !active.isFor(peer.number) || !peer.have.has(active.piece)) return undefined
    return this.freeBlock(peer, active, nowMs) === -1 ? undefined : active
  }

  /** The id of a block that was asked of others at `askedBefore` or earlier and is still open, -1 if there is none:
   *  fewest askers first, then the oldest. Not among pieces that have an owner. */
  lateBlock(peer: PeerRequests, askedBefore: number, nowMs: number): number {
    let found = -1
    let leastAskers = MAX_ASKERS
    let oldest = 0
    for (const active of this.#pieces.values()) {
      if (active.askerCount === 0 || active.isExclusive || !peer.have.has(active.piece)) continue
      for (let n = 0; n < active.blockCount; n++) {
        const askers = active.askersOf(n)
        const askedAt = active.askedAt(n)
        if (askers === 0 || askers > leastAskers || !active.isOpen(n) || askedAt > askedBefore) continue
        if (askers === leastAskers && (found === -1 || askedAt >= oldest)) continue
        const block = this.#geometry.blockId(active.piece, n)
        if (active.isAskedOf(n, peer.number) || peer.isOverdue(block, nowMs)) continue
        found = block
        leastAskers = askers
        oldest = askedAt
      }
    }
    return found
  }
}
