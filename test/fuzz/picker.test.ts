// The picker under any sequence of events, against a plain model of what must hold at every moment; and however
// confused everything is by then, one honest peer completes all that is wanted, among others that never answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Bitfield } from '../../src/core/bitfield.ts'
import { BLOCK_BYTES, Geometry } from '../../src/core/geometry.ts'
import type { PieceIndex } from '../../src/core/ids.ts'
import { MAX_ASKERS, NOBODY } from '../../src/core/pick/active-piece.ts'
import { Picker } from '../../src/core/pick/picker.ts'

const PEERS = 5
/** The peer that answers everything in the end. */
const HONEST = PEERS
const BLOCKS = 3
const PIECE_BYTES = BLOCKS * BLOCK_BYTES
/** What the engine gives a peer before it takes the requests back. */
const EXPIRE_MS = 15_000

const EVENTS = [
  'join',
  'leave',
  'have',
  'lacks',
  'ask',
  'ask',
  'ask',
  'askOf',
  'begin',
  'begin',
  'beginLate',
  'finish',
  'finish',
  'reject',
  'rejectLate',
  'choke',
  'expire',
  'giveUpOvertaken',
  'priority',
  'sequential',
  'wait',
  'grow',
  'store',
  'fail',
  'abandon',
  'drop',
  'check',
] as const

/** `n` says which of the possible ones: piece, block or time. */
type Event = readonly [kind: (typeof EVENTS)[number], peer: number, n: number]

class ModelPeer {
  /** The picker's reference, as in the engine. */
  readonly have: Bitfield
  /** When each block was asked that we wait for. */
  readonly asked = new Map<number, number>()
  /** What we do not wait for any more, and the peer may still send or reject. A block may be here more than once. */
  readonly late: number[] = []
  /** When the latest was asked of those that it answered. */
  answeredOf = Number.NEGATIVE_INFINITY
  /** The block it is in the middle of; void if its piece ended meanwhile. */
  sending: number | undefined
  isSendingVoid = false

  constructor(have: Bitfield) {
    this.have = have
  }
}

class Model {
  readonly geometry: Geometry
  readonly ours: Bitfield
  readonly picker: Picker
  readonly priorities: number[]
  readonly peers = new Map<number, ModelPeer>()
  /** Started pieces, and how many of their blocks there is memory for. */
  readonly reserved = new Map<number, number>()
  /** Who sent each block of the started pieces; -1 once the number is another's. */
  readonly senders = new Map<number, number>()
  readonly suspects = new Set<number>()
  readonly room: number
  wasRefused = false
  now = 0

  constructor(pieceCount: number, room: number, random: () => number) {
    this.room = room
    // The second piece but last is padding and nothing else, the last block is short.
    const dataBytes = Math.max(0, pieceCount - 2) * PIECE_BYTES
    this.geometry = new Geometry(
      [
        { offset: 0, length: dataBytes, isPad: false },
        { offset: dataBytes, length: PIECE_BYTES, isPad: true },
        { offset: dataBytes + PIECE_BYTES, length: PIECE_BYTES - 5, isPad: false },
      ],
      PIECE_BYTES,
    )
    this.ours = new Bitfield(this.geometry.pieceCount)
    this.priorities = Array.from({ length: this.geometry.pieceCount }, () => 4)
    this.picker = new Picker(this.geometry, this.ours, {
      reserve: (piece) => {
        assert.ok(!this.reserved.has(piece), 'reserved twice')
        this.wasRefused = this.reserved.size >= this.room
        const blocks = this.wasRefused ? 0 : this.#someBlocks(piece, random())
        if (blocks > 0) this.reserved.set(piece, blocks)
        return blocks
      },
      release: (piece) => {
        for (const peer of this.peers.values()) assert.ok(peer.isSendingVoid || this.#pieceSent(peer) !== piece)
        this.pieceEnded(piece)
      },
      random,
    })
  }

  run([kind, number, n]: Event): void {
    this.now += 10
    const { picker } = this
    const piece = (n % this.geometry.pieceCount) as PieceIndex
    const peer = this.peers.get(number)
    if (peer === undefined) {
      if (kind === 'join') this.join(number, n)
      return
    }
    switch (kind) {
      case 'join':
        return
      case 'leave':
        return this.leave(number)
      case 'have':
        assert.equal(!peer.have.has(piece), picker.peerHas(number, piece))
        return
      case 'lacks':
        picker.peerLacks(number, piece, canReject(number))
        if (!canReject(number)) this.stopWaiting(peer, (block) => this.geometry.pieceOfBlock(block) === piece)
        return
      case 'ask':
        this.ask(number)
        return
      case 'askOf':
        this.#asked(number, peer, picker.nextOf(number, this.now, new Set([piece, n % 3])))
        return
      case 'begin':
        return this.begin(number, nth([...peer.asked.keys()], n))
      case 'beginLate':
        return this.begin(number, nth(peer.late, n) ?? n % (this.geometry.pieceCount * BLOCKS))
      case 'finish':
        return this.finish(number, n % 2 === 0)
      case 'reject':
        return this.reject(number, nth([...peer.asked.keys()], n))
      case 'rejectLate':
        return this.reject(number, nth(peer.late, n) ?? n % (this.geometry.pieceCount * BLOCKS))
      case 'choke':
        if (canReject(number)) return
        picker.choked(number)
        return this.stopWaiting(peer, () => true)
      case 'expire':
        picker.expire(number)
        return this.stopWaiting(peer, () => true)
      case 'giveUpOvertaken': {
        const [oldest, askedAt = this.now] = [...peer.asked][0] ?? []
        const isOvertaken = askedAt < Math.min(this.now - n * 2, peer.answeredOf)
        assert.equal(picker.giveUpOvertaken(number, this.now - n * 2), isOvertaken)
        return this.stopWaiting(peer, (block) => isOvertaken && block === oldest)
      }
      case 'priority':
        this.priorities[piece] = n % 9
        return picker.setPriority(piece, n % 9)
      case 'sequential':
        return picker.setSequential(n % 2 === 0)
      case 'wait':
        this.now += n * n
        return
      case 'grow':
        return this.grow(nth([...this.reserved.keys()].map(toPiece), n), n / 255)
      case 'store':
      case 'fail':
        return this.end(kind, nth(this.wholePieces(), n))
      case 'abandon':
        return this.end(kind, nth([...this.reserved.keys()].map(toPiece), n))
      case 'drop':
        if (this.ours.remove(piece)) picker.dropped(piece)
        return
      case 'check':
        if (this.reserved.size > 0) return
        if (!this.ours.add(piece)) this.ours.remove(piece)
        return picker.haveChanged()
    }
  }

  /** There is memory for more of a started piece. */
  grow(piece: PieceIndex | undefined, fraction: number): void {
    if (piece === undefined) return
    const blocks = Math.max(this.reserved.get(piece) ?? 0, this.#someBlocks(piece, fraction))
    this.reserved.set(piece, blocks)
    this.picker.extend(piece, blocks)
  }

  hasMemory(block: number): boolean {
    const piece = this.geometry.pieceOfBlock(block)
    return this.geometry.blockInPiece(block) < (this.reserved.get(piece) ?? 0)
  }

  /** At least one. */
  #someBlocks(piece: PieceIndex, fraction: number): number {
    return 1 + Math.floor(fraction * 0.99 * this.geometry.blockCount(piece))
  }

  join(number: number, n: number): void {
    const have = new Bitfield(this.geometry.pieceCount)
    for (let piece = 0; piece < have.length; piece++) if (n % 4 === 0 || ((n >> (piece % 8)) & 1) === 1) have.add(piece)
    for (const [block, sender] of this.senders) if (sender === number) this.senders.set(block, NOBODY)
    this.peers.set(number, new ModelPeer(have))
    this.picker.peerJoined(number, have)
  }

  leave(number: number): void {
    this.peers.delete(number)
    this.picker.peerLeft(number)
  }

  ask(number: number): boolean {
    const peer = this.#peer(number)
    this.wasRefused = false
    const startedBefore = this.reserved.size
    const block = this.picker.next(number, this.now)
    // It may start a piece of which it owes us all blocks since an earlier start: then these are waited for.
    if (block === -1 && this.reserved.size <= startedBefore) this.#checkNothingFree(peer)
    return this.#asked(number, peer, block)
  }

  begin(number: number, block: number | undefined): void {
    const peer = this.#peer(number)
    if (block === undefined || peer.sending !== undefined) return
    peer.answeredOf = Math.max(peer.answeredOf, peer.asked.get(block) ?? peer.answeredOf)
    const wasAsked = peer.asked.delete(block) || removeOne(peer.late, block)
    const piece = this.geometry.pieceOfBlock(block)
    const isNeeded = this.hasMemory(block) && !this.senders.has(block) && !this.writers().has(block)
    const verdict = this.picker.begin(number, block)
    if (!wasAsked) assert.equal(verdict, 'unasked')
    else if (!isNeeded) assert.equal(verdict, 'waste')
    else if (this.suspects.has(piece)) assert.equal(verdict, this.#owner(piece) === number ? 'take' : 'waste')
    else assert.equal(verdict, 'take')
    if (verdict !== 'take') return
    peer.sending = block
    peer.isSendingVoid = false
  }

  finish(number: number, isCancelling: boolean): void {
    const peer = this.#peer(number)
    const block = peer.sending
    if (block === undefined) return
    peer.sending = undefined
    const isWhole = this.picker.finish(number, block)
    if (peer.isSendingVoid) return assert.ok(!isWhole)
    this.senders.set(block, number)
    assert.equal(isWhole, this.wholePieces().includes(this.geometry.pieceOfBlock(block)))
    const told: number[] = []
    this.picker.others(block, (other) => {
      told.push(other)
      if (isCancelling) this.picker.cancelled(other, block)
    })
    assert.deepEqual(
      told.toSorted((a, b) => a - b),
      this.askersOf(block),
    )
    if (isCancelling) for (const other of told) this.stopWaiting(this.#peer(other), (asked) => asked === block)
  }

  reject(number: number, block: number | undefined): void {
    if (block === undefined) return
    const peer = this.#peer(number)
    assert.equal(this.picker.rejected(number, block), removeOne(peer.late, block) || peer.asked.delete(block))
  }

  end(how: 'store' | 'fail' | 'abandon', piece: PieceIndex | undefined): void {
    if (piece === undefined) return
    const senders = this.blocksOf(piece).map((block) => this.senders.get(block))
    if (how !== 'abandon') {
      assert.deepEqual([...this.picker.senders(piece)], senders)
      if (this.suspects.has(piece)) assert.equal(new Set(senders).size, 1, 'a suspect piece of several senders')
    }
    this.pieceEnded(piece)
    if (how === 'store') {
      this.picker.stored(piece)
      this.suspects.delete(piece)
    } else if (how === 'fail') {
      this.picker.failed(piece)
      this.suspects.add(piece)
    } else this.picker.abandoned(piece)
  }

  pieceEnded(piece: PieceIndex): void {
    assert.ok(this.reserved.delete(piece), 'ended and not started')
    for (const block of this.blocksOf(piece)) this.senders.delete(block)
    for (const peer of this.peers.values()) {
      this.stopWaiting(peer, (block) => this.geometry.pieceOfBlock(block) === piece)
      if (this.#pieceSent(peer) === piece) peer.isSendingVoid = true
    }
  }

  stopWaiting(peer: ModelPeer, isMeant: (block: number) => boolean): void {
    for (const block of [...peer.asked.keys()]) {
      if (!isMeant(block)) continue
      peer.asked.delete(block)
      peer.late.push(block)
    }
  }

  blocksOf(piece: PieceIndex): number[] {
    return Array.from({ length: this.geometry.blockCount(piece) }, (_, n) => this.geometry.blockId(piece, n))
  }

  wholePieces(): PieceIndex[] {
    return [...this.reserved.keys()]
      .map(toPiece)
      .filter((piece) => this.blocksOf(piece).every((block) => this.senders.has(block)))
  }

  writers(): Set<number> {
    return new Set([...this.peers.values()].flatMap((peer) => (peer.isSendingVoid ? [] : (peer.sending ?? []))))
  }

  askersOf(block: number): number[] {
    return [...this.peers]
      .flatMap(([number, peer]) => (peer.asked.has(block) ? [number] : []))
      .toSorted((a, b) => a - b)
  }

  /** Wanted and not there; what was started counts as wanted until it ends. */
  isMissing(piece: number): boolean {
    const isWanted = this.priorities[piece] !== 0 && this.geometry.blockCount(piece as PieceIndex) > 0
    return !this.ours.has(piece) && (isWanted || this.reserved.has(piece))
  }

  check(): void {
    const { picker, geometry } = this
    const pieces = Array.from({ length: geometry.pieceCount }, (_, piece) => toPiece(piece))
    const missing = pieces.filter((piece) => this.isMissing(piece))
    assert.equal(picker.wantedLeft, missing.length)
    assert.equal(picker.isDone, missing.length === 0)
    for (const [number, peer] of this.peers) {
      assert.equal(
        picker.isInterested(number),
        missing.some((piece) => peer.have.has(piece)),
      )
      assert.equal(picker.outstanding(number), peer.asked.size)
      assert.equal(picker.oldestAskedAt(number), peer.asked.values().next().value)
      for (const [block, askedAt] of peer.asked) assert.equal(picker.askedAt(number, block), askedAt)
      for (const block of peer.late) assert.equal(picker.askedAt(number, block), peer.asked.get(block))
    }
    for (const piece of pieces) {
      const owners = [...this.peers.values()].filter((peer) => peer.have.has(piece))
      assert.equal(picker.availability(piece), owners.length)
    }
    const active = [...picker.activePieces()]
    assert.deepEqual(
      active.map(({ piece }) => piece).toSorted((a, b) => a - b),
      [...this.reserved.keys()].toSorted((a, b) => a - b),
    )
    for (const { piece, hereCount, askerCount, owner } of active) {
      const blocks = this.blocksOf(piece)
      assert.equal(hereCount, blocks.filter((block) => this.senders.has(block)).length)
      assert.equal(askerCount, blocks.flatMap((block) => this.askersOf(block)).length)
      assert.equal(owner !== NOBODY, this.suspects.has(piece))
    }
  }

  #asked(number: number, peer: ModelPeer, block: number): boolean {
    if (block === -1) return false
    const piece = this.geometry.pieceOfBlock(block)
    assert.ok(!peer.asked.has(block), 'asked twice at once')
    assert.ok(peer.have.has(piece) && !this.ours.has(piece) && this.hasMemory(block), 'asked in vain')
    assert.ok(!this.senders.has(block) && !this.writers().has(block), 'asked for what is here')
    peer.asked.set(block, this.now)
    const askers = this.askersOf(block)
    assert.ok(askers.length <= MAX_ASKERS)
    if (this.suspects.has(piece)) assert.deepEqual([askers, this.#owner(piece)], [[number], number])
    return true
  }

  /** The peer was asked for nothing: there was nothing. Suspect pieces may have to wait. */
  #checkNothingFree(peer: ModelPeer): void {
    const writers = this.writers()
    for (let n = 0; n < this.geometry.pieceCount; n++) {
      const piece = n as PieceIndex
      if (!peer.have.has(piece) || !this.isMissing(piece) || this.suspects.has(piece)) continue
      assert.ok(this.reserved.has(piece) || this.wasRefused, 'a piece could be started')
      if (!this.reserved.has(piece)) continue
      for (const block of this.blocksOf(piece)) {
        const isFree =
          this.hasMemory(block) && !this.senders.has(block) && !writers.has(block) && this.askersOf(block).length === 0
        assert.ok(!isFree || peer.late.includes(block), 'a block was free')
      }
    }
  }

  #peer(number: number): ModelPeer {
    const peer = this.peers.get(number)
    assert.ok(peer !== undefined)
    return peer
  }

  #owner(piece: number): number | undefined {
    return [...this.picker.activePieces()].find((active) => active.piece === piece)?.owner
  }

  #pieceSent(peer: ModelPeer): number | undefined {
    return peer.sending === undefined ? undefined : this.geometry.pieceOfBlock(peer.sending)
  }
}

function toPiece(n: number): PieceIndex {
  return n as PieceIndex // the model counts below `pieceCount`
}

/** Some peers have BEP 6: a choke or `lt_donthave` of theirs is followed by rejects. */
function canReject(peer: number): boolean {
  return peer % 2 === 0
}

function nth<T>(items: readonly T[], n: number): T | undefined {
  return items[n % Math.max(1, items.length)]
}

function removeOne(items: number[], item: number): boolean {
  const at = items.indexOf(item)
  if (at !== -1) items.splice(at, 1)
  return at !== -1
}

/** From here on peers that are in the middle of a block finish it or leave, and nobody but the honest one begins any. */
function complete(model: Model): void {
  const { picker } = model
  for (const [number, peer] of [...model.peers]) {
    if (peer.sending === undefined) continue
    if (number % 2 === 0) model.finish(number, true)
    else model.leave(number)
  }
  model.join(HONEST, 0)
  for (let turn = 0; !picker.isDone; turn++) {
    assert.ok(turn < 200 * model.geometry.pieceCount, 'it never ends')
    model.now += 1_000
    for (const number of [...model.peers.keys()].toReversed()) {
      if (number !== HONEST && model.now - (picker.oldestAskedAt(number) ?? model.now) >= EXPIRE_MS) {
        model.run(['expire', number, 0])
      }
      while (picker.outstanding(number) < 4 && model.ask(number));
    }
    for (const block of [...(model.peers.get(HONEST)?.asked.keys() ?? [])]) {
      model.begin(HONEST, block)
      model.finish(HONEST, true)
    }
    for (const piece of model.wholePieces()) model.end('store', piece)
    for (const piece of model.reserved.keys()) model.grow(toPiece(piece), 1)
    model.check()
  }
  assert.equal(model.reserved.size, 0)
}

test('whatever happens, the books agree, and one honest peer completes everything', () => {
  const event = fc.tuple(fc.constantFrom(...EVENTS), fc.nat(PEERS - 1), fc.nat(255))
  const law = fc.property(
    fc.integer({ min: 2, max: 10 }),
    fc.integer({ min: 1, max: 6 }),
    fc.array(event, { maxLength: 400, size: 'max' }),
    fc.nat(99),
    (pieceCount, room, events, seed) => {
      let state = seed + 1
      const random = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
      const model = new Model(pieceCount, room, random)
      for (const one of events) {
        model.run(one)
        model.check()
      }
      complete(model)
    },
  )
  fc.assert(law, { numRuns: 400 })
})
