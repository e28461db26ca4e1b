// The picker under any sequence of events, against what must hold at every moment; and however confused it is then, one
// honest peer completes everything.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Bitfield } from '../../src/core/bitfield.ts'
import { BLOCK_BYTES, Geometry } from '../../src/core/geometry.ts'
import type { PieceIndex } from '../../src/core/ids.ts'
import { Picker } from '../../src/core/pick/picker.ts'

const PEERS = 4
const EVENTS = [
  'join',
  'leave',
  'have',
  'lacks',
  'ask',
  'begin',
  'finish',
  'reject',
  'choke',
  'expire',
  'priority',
  'store',
] as const

type Event = readonly [kind: (typeof EVENTS)[number], peer: number, n: number]

class Model {
  readonly geometry: Geometry
  readonly ours: Bitfield
  readonly picker: Picker
  readonly reserved = new Set<number>()
  readonly pieces = new Map<number, Bitfield>()
  /** Blocks that each peer was asked for and owes. */
  readonly asked = Array.from({ length: PEERS + 1 }, () => new Set<number>())
  /** Blocks that each peer may still send or reject, though nobody waits: a reject answers these first. */
  readonly late = Array.from({ length: PEERS + 1 }, () => new Array<number>())
  readonly arriving = new Map<number, number>()
  readonly whole = new Set<number>()
  readonly wanted: boolean[]
  now = 0

  constructor(pieceCount: number, room: number, random: () => number) {
    this.geometry = new Geometry(
      [{ offset: 0, length: pieceCount * 3 * BLOCK_BYTES - 5, isPad: false }],
      3 * BLOCK_BYTES,
    )
    this.ours = new Bitfield(pieceCount)
    this.wanted = Array.from({ length: pieceCount }, () => true)
    this.picker = new Picker(this.geometry, this.ours, {
      reserve: (piece) => {
        assert.ok(!this.reserved.has(piece), 'reserved twice')
        if (this.reserved.size >= room) return false
        this.reserved.add(piece)
        return true
      },
      release: (piece) => assert.ok(this.reserved.delete(piece), 'released what was not reserved'),
      random,
    })
    this.wanted.forEach((_, piece) => this.picker.setPriority(piece as PieceIndex, 4))
  }

  run([kind, peer, n]: Event): void {
    this.now += 100
    const piece = (n % this.geometry.pieceCount) as PieceIndex
    const have = this.pieces.get(peer)
    if (have === undefined) {
      if (kind === 'join') this.join(peer, n)
      return
    }
    const asked = [...(this.asked[peer] ?? [])]
    const block = asked[n % Math.max(1, asked.length)]
    switch (kind) {
      case 'join':
        return
      case 'leave':
        this.picker.peerLeft(peer)
        this.arriving.delete(peer)
        this.pieces.delete(peer)
        this.asked[peer] = new Set()
        this.late[peer] = []
        return
      case 'have':
        this.picker.peerHas(peer, piece)
        return
      case 'lacks':
        if (this.arriving.has(peer)) return
        this.picker.peerLacks(peer, piece)
        this.noLongerWaitFor(peer, (one) => this.geometry.pieceOfBlock(one) === piece)
        return
      case 'ask':
        this.ask(peer)
        return
      case 'begin':
        if (block !== undefined && !this.arriving.has(peer)) this.begin(peer, block)
        return
      case 'finish':
        this.finish(peer)
        return
      case 'reject':
        if (block === undefined) return
        assert.ok(this.picker.rejected(peer, block))
        const at = this.late[peer]?.indexOf(block) ?? -1
        if (at === -1) this.asked[peer]?.delete(block)
        else this.late[peer]?.splice(at, 1)
        return
      case 'choke':
        this.picker.choked(peer)
        this.noLongerWaitFor(peer, () => true)
        return
      case 'expire':
        this.picker.expire(peer)
        this.noLongerWaitFor(peer, () => true)
        return
      case 'priority':
        this.wanted[piece] = n % 3 > 0
        this.picker.setPriority(piece, n % 3)
        return
      case 'store':
        this.store(n)
    }
  }

  join(peer: number, seed: number): void {
    const have = new Bitfield(this.geometry.pieceCount)
    for (let piece = 0; piece < have.length; piece++) if (((seed >> (piece % 8)) & 1) === 1) have.add(piece)
    this.pieces.set(peer, have)
    this.asked[peer] = new Set()
    this.picker.peerJoined(peer, have)
  }

  ask(peer: number): boolean {
    const block = this.picker.next(peer, this.now)
    if (block === -1) return false
    const piece = this.geometry.pieceOfBlock(block)
    assert.ok(!this.asked[peer]?.has(block), 'asked twice at once')
    assert.ok(this.pieces.get(peer)?.has(piece), 'asked for what it lacks')
    assert.ok(!this.ours.has(piece) && this.reserved.has(piece), 'asked for without need or memory')
    this.asked[peer]?.add(block)
    return true
  }

  begin(peer: number, block: number): void {
    this.asked[peer]?.delete(block)
    const verdict = this.picker.begin(peer, block)
    assert.notEqual(verdict, 'unasked')
    if (verdict !== 'take') return
    assert.ok(![...this.arriving.values()].includes(block), 'two writers')
    this.arriving.set(peer, block)
  }

  finish(peer: number): void {
    const block = this.arriving.get(peer)
    if (block === undefined) return
    this.arriving.delete(peer)
    if (this.picker.finish(peer, block)) this.whole.add(this.geometry.pieceOfBlock(block))
  }

  store(n: number): void {
    const piece = [...this.whole][n % Math.max(1, this.whole.size)] as PieceIndex | undefined
    if (piece === undefined) return
    this.whole.delete(piece)
    this.reserved.delete(piece)
    if (n % 4 === 0) this.picker.failed(piece)
    else if (n % 4 === 1) this.picker.abandoned(piece)
    else this.picker.stored(piece)
    this.asked.forEach((_, peer) => this.noLongerWaitFor(peer, (block) => this.geometry.pieceOfBlock(block) === piece))
  }

  noLongerWaitFor(peer: number, isMeant: (block: number) => boolean): void {
    for (const block of this.asked[peer] ?? []) {
      if (!isMeant(block)) continue
      this.asked[peer]?.delete(block)
      this.late[peer]?.push(block)
    }
  }

  check(): void {
    const missing = this.wanted.flatMap((isWanted, piece) => (isWanted && !this.ours.has(piece) ? [piece] : []))
    assert.ok(this.picker.wantedLeft >= missing.length)
    this.pieces.forEach((have, peer) => {
      assert.equal(this.picker.outstanding(peer), this.asked[peer]?.size)
      if (missing.some((piece) => have.has(piece))) assert.ok(this.picker.isInterested(peer))
    })
  }
}

test('whatever happens, the books agree, and one honest peer completes everything', () => {
  const event = fc.tuple(fc.constantFrom(...EVENTS), fc.nat(PEERS - 1), fc.nat(255))
  const law = fc.property(
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 6 }),
    fc.array(event, { maxLength: 300, size: 'max' }),
    fc.nat(99),
    (pieceCount, room, events, seed) => {
      let state = seed + 1
      const model = new Model(pieceCount, room, () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647)
      for (const one of events) {
        model.run(one)
        model.check()
      }
      for (const peer of [...model.pieces.keys()]) model.run(['leave', peer, 0])
      while (model.whole.size > 0) model.store(2)
      const honest = PEERS
      model.join(honest, 255)
      for (let turn = 0; !model.picker.isDone; turn++) {
        assert.ok(turn < pieceCount * 20, 'it never ends')
        model.now += 10_000
        while (model.ask(honest));
        for (const block of [...(model.asked[honest] ?? [])]) {
          model.begin(honest, block)
          model.finish(honest)
        }
        while (model.whole.size > 0) model.store(2)
      }
      model.wanted.forEach((isWanted, piece) => assert.ok(!isWanted || model.ours.has(piece)))
      assert.deepEqual([...model.reserved], [])
    },
  )
  fc.assert(law, { numRuns: 1000 })
})
