// Which block to ask of which peer: rarest piece first, at random among equals; started pieces before new ones; the
// last blocks of several peers at once. The engine tells what happens, `next` answers, and the books are kept here: who
// has what, who was asked for what, who sent what. Every answer is O(1) but for the search for a piece to start, once
// per piece (see piece-order.ts), and one short loop over the peers when a piece ends, to keep interest exact.
import { Bitfield } from '../bitfield.ts'
import { assert } from '../errors.ts'
import type { Geometry } from '../geometry.ts'
import type { PieceIndex } from '../ids.ts'
import { type ActivePiece, ANY_PACE, NOBODY } from './active-piece.ts'
import { ActivePieces } from './active-pieces.ts'
import { Interest } from './interest.ts'
import { MAX_IN_FLIGHT, paceOf, PeerRequests } from './peer-requests.ts'
import type { PickerEffects, Verdict } from './picker-effects.ts'
import { PieceOrder, type SearchMode, URGENT_PRIORITY } from './piece-order.ts'
import { Suspects } from './suspects.ts'

/** So many pieces are chosen at random before rarity counts: to have something to trade soon (BEP 3). */
const RANDOM_FIRST_PIECES = 4
/** In the end game a peer with so many requests under way has enough to do: duplicates cost somebody's upload. */
const END_GAME_REQUESTS = 2
/** Before the end game, a block may be asked of a second peer when the first has kept it for this long. A request
 *  window is about 0.5 s deep, so this peer is stuck, and it holds up a piece and its memory. */
const LATE_MS = 3_000
/** A peer that found no late block does not look again for so long: looking goes through all started pieces. */
const LATE_LOOK_MS = 500

export class Picker {
  readonly #geometry: Geometry
  readonly #have: Bitfield
  readonly #effects: PickerEffects
  /** Pieces we want and lack; with those that were started, which count as wanted until they end. */
  readonly #missing: Bitfield
  readonly #interest: Interest
  readonly #order: PieceOrder
  readonly #active: ActivePieces
  readonly #suspects = new Suspects()
  readonly #peers: (PeerRequests | undefined)[] = []
  #isSequential = false
  #nowMs = 0

  /** `have` is ours: verified pieces. The picker adds to it in `stored` only; call `haveChanged` after other changes. */
  constructor(geometry: Geometry, have: Bitfield, effects: PickerEffects) {
    this.#geometry = geometry
    this.#have = have
    this.#effects = effects
    this.#missing = new Bitfield(geometry.pieceCount)
    this.#interest = new Interest(this.#missing)
    this.#order = new PieceOrder(new Bitfield(geometry.pieceCount))
    this.#active = new ActivePieces(geometry, this.#order)
    this.haveChanged()
  }

  // Who has what

  /** `have` is the peer's set, complete so far and possibly empty; from now on it is changed by the picker only. */
  peerJoined(peer: number, have: Bitfield): void {
    assert(this.#peers[peer] === undefined, 'a peer joins once')
    for (const active of this.#active.values()) active.forgetSender(peer) // the number's last bearer
    const joined = new PeerRequests(peer, have)
    this.#peers[peer] = joined
    joined.isCountedAsSeed = have.isFull
    if (have.isFull) this.#order.seedCount++
    else this.#order.copiesAdded(have)
  }

  /** `have`: true if it was news. */
  peerHas(peer: number, piece: PieceIndex): boolean {
    const { have } = this.#peer(peer)
    if (!have.add(piece)) return false
    this.#order.copyAdded(piece)
    this.#order.gained(this.#peer(peer), piece)
    this.#interest.haveChanged(this.#peer(peer), piece, 1)
    return true
  }

  /** `lt_donthave` (BEP 54). Its requests for the piece are void at once, unless rejects will follow (BEP 6). */
  peerLacks(peer: number, piece: PieceIndex, willReject = false): void {
    const requests = this.#peer(peer)
    if (!requests.have.has(piece)) return
    this.#interest.haveChanged(requests, piece, -1)
    if (requests.isCountedAsSeed) {
      requests.isCountedAsSeed = false
      this.#order.seedCount--
      this.#order.copiesAdded(requests.have)
    }
    requests.have.remove(piece)
    this.#order.copyRemoved(piece)
    for (let n = requests.asked.length - 1; n >= 0 && !willReject; n--) {
      const block = requests.asked.block(n)
      if (this.#geometry.pieceOfBlock(block) !== piece) continue
      requests.becomesVoid(n)
      this.#active.removeAsker(block, peer)
    }
    const active = this.#active.get(piece)
    if (active !== undefined && active.owner === peer) this.#giveUp(active)
  }

  /** Its unanswered requests are free again. Who sent a block stays known until the number joins again. */
  peerLeft(peer: number): void {
    const requests = this.#peer(peer)
    if (requests.isCountedAsSeed) this.#order.seedCount--
    else this.#order.copiesRemoved(requests.have)
    for (let n = 0; n < requests.asked.length; n++) this.#active.removeAsker(requests.asked.block(n), peer)
    if (requests.arriving !== NOBODY) this.#active.arrivalLost(requests.arriving)
    this.#peers[peer] = undefined
    this.#giveUpOwned(peer)
  }

  /** Has the peer a piece that we want and lack? */
  isInterested(peer: number): boolean {
    return this.#interest.has(this.#peer(peer))
  }

  /** Connected peers that have the piece. */
  availability(piece: PieceIndex): number {
    return this.#order.seedCount + this.#order.copies(piece)
  }

  /** Those of them that do not have everything. */
  copies(piece: number): number {
    return this.#order.copies(piece)
  }

  // Wishes

  /** Of all pieces at once: see `setPriority`. */
  setPriorities(priorities: Uint8Array): void {
    this.#order.unsort()
    priorities.forEach((priority, piece) => this.setPriority(piece as PieceIndex, priority))
  }

  /** 0 unwanted, 1 low .. 4 normal .. 7 high, 8 urgent. A started piece is finished all the same unless `abandoned`. */
  setPriority(piece: PieceIndex, priority: number): void {
    if (this.#order.priority(piece) === priority) return
    this.#order.close(piece)
    this.#order.setPriority(piece, priority)
    if (this.#settle(piece) !== 0) this.#interest.wishesChanged()
  }

  /** Lowest piece first, among pieces of the same priority: for what somebody is playing. */
  setSequential(isSequential: boolean): void {
    this.#isSequential = isSequential
  }

  /** `have` was changed from outside, as by a check of the files. No piece is active. */
  haveChanged(): void {
    assert(this.#active.size === 0, 'no piece is active while all are checked')
    this.#order.unsort()
    for (let piece = 0; piece < this.#geometry.pieceCount; piece++) this.#settle(piece as PieceIndex)
    this.#interest.wishesChanged()
  }

  get isDone(): boolean {
    return this.#missing.count === 0
  }

  /** Pieces wanted and not had. */
  get wantedLeft(): number {
    return this.#missing.count
  }

  /** BEP 6. Followed for pieces that are not begun, unless somebody plays, or something else is wanted more. */
  suggested(peer: number, piece: PieceIndex, nowMs: number): void {
    const isWelcome = !this.#isSequential && this.#order.priority(piece) >= this.#order.topPriority
    if (isWelcome && this.#missing.has(piece)) this.#peer(peer).suggests(piece, nowMs)
  }

  // Asking

  /** The id of a block that is now asked of this peer, -1 if there is none for it. */
  next(peer: number, nowMs: number): number {
    this.#nowMs = nowMs
    const requests = this.#peer(peer)
    if (!this.isInterested(peer) || requests.asked.length >= MAX_IN_FLIGHT) return -1
    const urgent = this.#isSequential ? this.#urgentFor(requests) : undefined
    if (urgent !== undefined) return this.#ask(requests, urgent)
    const current = this.#active.get(requests.current)
    if (current !== undefined && this.#active.isFor(current, requests)) {
      const block = this.#ask(requests, current)
      if (block !== -1) return block
    }
    const pace = paceOf(requests.asked.length)
    const suggested = this.#startSuggested(requests, pace)
    if (suggested !== undefined) return this.#ask(requests, suggested)
    const shared = this.#active.bestShared(requests, pace, nowMs)
    const priority = shared === undefined ? 0 : this.#order.priority(shared.piece)
    const chosen =
      (shared === undefined || this.#order.topPriority > priority ? this.#start(requests, priority) : undefined) ??
      shared ??
      this.#active.bestShared(requests, ANY_PACE, nowMs) ??
      this.#active.refusedBy(requests, nowMs)
    if (chosen === undefined) return this.#nextLate(requests)
    if (!chosen.isExclusive) chosen.pace = pace
    return this.#ask(requests, chosen)
  }

  /** As `next`, but among these pieces only: what a choking peer allows (BEP 6 allowed fast), which it may lack. */
  nextOf(peer: number, nowMs: number, pieces: ReadonlySet<number>): number {
    this.#nowMs = nowMs
    const requests = this.#peer(peer)
    if (!this.isInterested(peer) || requests.asked.length >= MAX_IN_FLIGHT) return -1
    for (const piece of pieces) {
      if (!this.#missing.has(piece) || !requests.have.has(piece) || piece === requests.refused) continue
      let active = this.#active.get(piece)
      if (active === undefined && this.#order.isOpen(piece)) active = this.#activate(piece, ANY_PACE)
      const block = active?.isFor(peer) === true ? this.#ask(requests, active) : -1
      if (block !== -1) return block
    }
    return -1
  }

  /** Requests asked and unanswered, without cancelled and expired ones. */
  outstanding(peer: number): number {
    return this.#peer(peer).asked.length
  }

  /** These blocks, the latest first. `visit` may call `cancelled`. */
  eachAsked(peer: number, visit: (block: number) => void): void {
    const { asked } = this.#peer(peer)
    for (let n = asked.length - 1; n >= 0; n--) visit(asked.block(n))
  }

  /** When it was asked for the block, in ms; undefined if the block is not one of these. */
  askedAt(peer: number, block: number): number | undefined {
    return this.#peer(peer).asked.timeOf(block)
  }

  /** When the oldest of these was asked, in ms. */
  oldestAskedAt(peer: number): number | undefined {
    return this.#peer(peer).asked.oldestTime
  }

  // Answers

  begin(peer: number, block: number): Verdict {
    const requests = this.#peer(peer)
    assert(requests.arriving === NOBODY, 'a peer sends one block at a time')
    if (requests.removeAnswered(block)) this.#active.removeAsker(block, peer)
    else if (!requests.removeLate(block)) return 'unasked'
    const active = this.#active.ofBlock(block)
    const n = this.#geometry.blockInPiece(block)
    if (active === undefined || !active.isOpen(n) || !active.isFor(peer)) return 'waste'
    active.arriving(n, peer)
    requests.arriving = block
    this.#active.file(active)
    return 'take'
  }

  /** All bytes of a `take` block are here; true if its piece is whole by that. Then the engine stores it. */
  finish(peer: number, block: number): boolean {
    const requests = this.#peer(peer)
    requests.isSlow = false
    requests.refused = NOBODY
    const active = this.#active.ofBlock(block)
    if (requests.arriving !== block || active === undefined) return false // the piece was abandoned on the way
    requests.arriving = NOBODY
    active.arrived(this.#geometry.blockInPiece(block))
    return active.isWhole
  }

  /** Visits the peers that were also asked for the block: they get a cancel. `visit` may call `cancelled`. */
  others(block: number, visit: (peer: number) => void): void {
    const active = this.#active.ofBlock(block)
    if (active === undefined) return
    const n = this.#geometry.blockInPiece(block)
    for (let i = active.askersOf(n) - 1; i >= 0; i--) visit(active.asker(n, i))
  }

  /** We sent a cancel. The block may come all the same, or be rejected. */
  cancelled(peer: number, block: number): void {
    const requests = this.#peer(peer)
    const n = requests.asked.find(block)
    if (n === -1) return
    requests.becomesVoid(n)
    this.#active.removeAsker(block, peer)
  }

  /** BEP 6 reject; false if the block was not asked, which is a violation. */
  rejected(peer: number, block: number): boolean {
    const requests = this.#peer(peer)
    const was = requests.removeRejected(block)
    if (was === 'asked') {
      requests.refused = this.#geometry.pieceOfBlock(block)
      this.#active.removeAsker(block, peer)
    }
    return was !== undefined
  }

  /** Choke without BEP 6: its requests are void, though some answers may be on their way. */
  choked(peer: number): void {
    const requests = this.#peer(peer)
    requests.overdueBecomeVoid()
    while (requests.asked.length > 0) {
      this.#active.removeAsker(requests.asked.block(0), peer)
      requests.becomesVoid(0)
    }
  }

  /** Its oldest request is from before `timeMs`, and it answered later ones: lost, and may be asked again, of it too. */
  giveUpOvertaken(peer: number, timeMs: number): boolean {
    const requests = this.#peer(peer)
    if (!requests.isOvertaken(timeMs)) return false
    this.#active.removeAsker(requests.asked.block(0), peer)
    requests.becomesVoid(0)
    return true
  }

  /** It answers too slowly: its blocks are free for others, and may still come from it. */
  expire(peer: number): void {
    const requests = this.#peer(peer)
    requests.isSlow = true
    while (requests.asked.length > 0) {
      this.#active.removeAsker(requests.asked.block(0), peer)
      requests.becomesOverdue(0)
    }
    this.#giveUpOwned(peer)
  }

  // Pieces

  /** There is memory for more of a started piece: for its first `blocks` blocks. */
  extend(piece: PieceIndex, blocks: number): void {
    this.#active.extend(piece, blocks)
  }

  /** The piece is verified and written, or was found to be good. */
  stored(piece: PieceIndex): void {
    this.#end(piece)
    this.#suspects.delete(piece)
    this.#have.add(piece)
    this.#settleOne(piece)
  }

  /** The hash is wrong: all of the piece is fetched again, from one peer at a time. Its memory is the engine's again. */
  failed(piece: PieceIndex): void {
    this.#end(piece)
    this.#suspects.add(piece, this.#nowMs)
    this.#settleOne(piece)
  }

  /** Its memory is lost (disk error, stop): its blocks are free again. */
  abandoned(piece: PieceIndex): void {
    this.#end(piece)
    if (this.#suspects.has(piece)) this.#suspects.add(piece, this.#nowMs)
    this.#settleOne(piece)
  }

  /** A check found it bad, and the engine has taken it out of `have`: it is wanted again. */
  dropped(piece: PieceIndex): void {
    this.#settleOne(piece)
  }

  /** Who sent each block of an active piece; valid until the piece ends. -1: unknown, or not here yet. */
  senders(piece: PieceIndex): Int32Array {
    return this.#active.get(piece)?.senders() ?? new Int32Array(0)
  }

  /** Started and not ended; borrowed. */
  activePieces(): Iterable<Pick<ActivePiece, 'piece' | 'blockCount' | 'hereCount' | 'askerCount' | 'owner'>> {
    return this.#active.values()
  }

  // Choosing

  /** Starts a piece of more than this priority. Suspect pieces first: until they are good, a liar is at large. */
  #start(requests: PeerRequests, abovePriority: number): ActivePiece | undefined {
    if (abovePriority === 0) {
      for (const piece of this.#suspects.pieces()) {
        if (this.#active.has(piece) || !this.#missing.has(piece) || !requests.have.has(piece)) continue
        if (this.#suspects.mayOwn(requests, piece, this.#nowMs)) return this.#activate(piece, ANY_PACE, requests.number)
      }
    }
    if (requests.isGuided(this.#nowMs)) return undefined // more advice is on its way, or others get the rest
    const piece = this.#order.find(requests, this.#searchMode(), this.#effects.random())
    if (piece === -1 || this.#order.priority(piece) <= abovePriority) return undefined
    return this.#activate(piece, paceOf(requests.asked.length))
  }

  /** What somebody waits for comes first, the earliest piece of it, whoever has begun it and however fast he is. */
  #urgentFor(requests: PeerRequests): ActivePiece | undefined {
    const begun = this.#active.firstUrgent(requests, this.#nowMs)
    if (this.#order.topPriority < URGENT_PRIORITY) return begun
    const piece = this.#order.find(requests, 'sequential', 0)
    if (piece === -1 || this.#order.priority(piece) < URGENT_PRIORITY) return begun
    if (begun !== undefined && begun.piece < piece) return begun
    return this.#activate(piece, ANY_PACE) ?? begun
  }

  #startSuggested(requests: PeerRequests, pace: number): ActivePiece | undefined {
    while (requests.suggested.length > 0) {
      const piece = requests.suggested[0] as number
      const isNeeded = this.#order.copies(piece) === 0 && this.#order.priority(piece) >= this.#order.topPriority
      const isFit = isNeeded && this.#order.isOpen(piece) && requests.have.has(piece) && !this.#isSequential
      const active = isFit ? this.#activate(piece, pace) : undefined
      if (isFit && active === undefined) return undefined // no memory now
      requests.suggested.shift()
      if (active !== undefined) return active
    }
    return undefined
  }

  #searchMode(): SearchMode {
    if (this.#isSequential) return 'sequential'
    return this.#have.count < RANDOM_FIRST_PIECES ? 'random' : 'rarest'
  }

  #activate(n: number, pace: number, owner = NOBODY): ActivePiece | undefined {
    const piece = this.#geometry.pieceIndex(n)
    const blocks = piece === undefined ? 0 : this.#effects.reserve(piece)
    if (piece === undefined || blocks === 0) return undefined
    const active = this.#active.add(piece, blocks, pace, owner, this.#nowMs)
    this.#order.close(piece)
    return active
  }

  /** Nothing is free for this peer: a block that others are too slow with. */
  #nextLate(requests: PeerRequests): number {
    const isEndGame =
      this.#missing.count === this.#active.size && this.#active.isAllAsked && requests.asked.length < END_GAME_REQUESTS
    if (!isEndGame && this.#nowMs < requests.lookLateAt) return -1
    const block = this.#active.lateBlock(requests, isEndGame ? this.#nowMs : this.#nowMs - LATE_MS, this.#nowMs)
    const late = this.#active.ofBlock(block)
    if (late !== undefined) return this.#askBlock(requests, late, this.#geometry.blockInPiece(block))
    const taken = this.#takeOver(requests)
    if (taken !== undefined) return this.#ask(requests, taken)
    requests.lookLateAt = this.#nowMs + LATE_LOOK_MS
    return -1
  }

  /** A suspect piece whose owner takes too long becomes this peer's, from its first block on. */
  #takeOver(requests: PeerRequests): ActivePiece | undefined {
    for (const active of this.#active.values()) {
      if (!active.isExclusive || active.owner === requests.number || !requests.have.has(active.piece)) continue
      if (requests.isSlow || !this.#suspects.isOverdue(active, this.#nowMs)) continue
      const { piece } = active
      if (!this.#giveUp(active)) continue
      this.#suspects.takenOver(piece)
      return this.#activate(piece, ANY_PACE, requests.number)
    }
    return undefined
  }

  #ask(requests: PeerRequests, active: ActivePiece): number {
    const n = this.#active.freeBlock(requests, active, this.#nowMs)
    if (n === -1) return -1
    requests.current = active.piece
    return this.#askBlock(requests, active, n)
  }

  #askBlock(requests: PeerRequests, active: ActivePiece, n: number): number {
    const block = this.#geometry.blockId(active.piece, n)
    active.ask(n, requests.number, this.#nowMs)
    requests.asked.push(block, this.#nowMs)
    this.#active.file(active)
    return block
  }

  // Keeping the books

  #peer(peer: number): PeerRequests {
    const requests = this.#peers[peer]
    assert(requests !== undefined, 'the peer has joined')
    return requests
  }

  #end(piece: PieceIndex): void {
    this.#active.end(piece, (peer) => this.#peer(peer))
  }

  /** Back to the suspects; false if that is not possible now: all of it is here, or a block is being written. */
  #giveUp(active: ActivePiece): boolean {
    if (active.isWhole || active.arrivingCount > 0) return false
    const { piece } = active
    this.abandoned(piece)
    this.#effects.release(piece)
    return true
  }

  #giveUpOwned(peer: number): void {
    if (this.#suspects.size === 0) return
    for (const active of this.#active.values()) if (active.owner === peer) this.#giveUp(active)
  }

  /** Puts a piece among the missing and the startable ones, or takes it out. Returns the change of the missing. */
  #settle(piece: PieceIndex): number {
    const isActive = this.#active.has(piece)
    const canBeWanted = isActive || (this.#order.priority(piece) > 0 && this.#geometry.blockCount(piece) > 0)
    const isMissing = canBeWanted && !this.#have.has(piece)
    if (isMissing && !isActive && !this.#suspects.has(piece)) this.#order.open(piece)
    else this.#order.close(piece)
    if (isMissing) return this.#missing.add(piece) ? 1 : 0
    return this.#missing.remove(piece) ? -1 : 0
  }

  #settleOne(piece: PieceIndex): void {
    const change = this.#settle(piece)
    if (change !== 0) this.#interest.missingChanged(this.#peers, piece, change)
  }
}
