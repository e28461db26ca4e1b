// Which block is asked of whom. A small torrent of pieces of two blocks each; peers are numbers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bitfield } from '../../../src/core/bitfield.ts'
import { BLOCK_BYTES, Geometry } from '../../../src/core/geometry.ts'
import type { PieceIndex } from '../../../src/core/ids.ts'
import { Picker } from '../../../src/core/pick/picker.ts'
import { URGENT_PRIORITY } from '../../../src/core/pick/piece-order.ts'

const BLOCKS = 2

class Stage {
  readonly geometry: Geometry
  readonly have: Bitfield
  readonly picker: Picker
  readonly reserved = new Set<number>()
  room = Number.POSITIVE_INFINITY
  /** Blocks of a piece that there is memory for when it is started. */
  memory = BLOCKS
  now = 0

  constructor(pieces: number, haveCount = 0) {
    this.geometry = new Geometry(
      [{ offset: 0, length: pieces * BLOCKS * BLOCK_BYTES, isPad: false }],
      BLOCKS * BLOCK_BYTES,
    )
    this.have = new Bitfield(pieces)
    for (let piece = 0; piece < haveCount; piece++) this.have.add(piece)
    this.picker = new Picker(this.geometry, this.have, {
      reserve: (piece) => {
        if (this.reserved.size >= this.room) return 0
        this.reserved.add(piece)
        return this.memory
      },
      release: (piece) => void this.reserved.delete(piece),
      random: () => 0.5,
    })
    for (let piece = 0; piece < pieces; piece++) this.picker.setPriority(piece as PieceIndex, 4)
  }

  join(peer: number, ...pieces: readonly number[]): void {
    const have = new Bitfield(this.geometry.pieceCount)
    for (const piece of pieces) have.add(piece)
    this.picker.peerJoined(peer, have)
  }

  seed(peer: number): void {
    const have = new Bitfield(this.geometry.pieceCount)
    have.fill()
    this.picker.peerJoined(peer, have)
  }

  /** Asks for all that the peer may be asked for, up to `most`: piece and block of each. */
  ask(peer: number, most = 100): [piece: number, block: number][] {
    const asked: [number, number][] = []
    for (let block = this.picker.next(peer, this.now); block !== -1; block = this.picker.next(peer, this.now)) {
      asked.push([this.geometry.pieceOfBlock(block), this.geometry.blockInPiece(block)])
      if (asked.length === most) break
    }
    return asked
  }

  /** The block comes; a whole piece is stored. */
  give(peer: number, piece: number, block: number): string {
    const id = this.geometry.blockId(piece as PieceIndex, block)
    const verdict = this.picker.begin(peer, id)
    if (verdict === 'take' && this.picker.finish(peer, id)) {
      this.picker.stored(piece as PieceIndex)
      this.reserved.delete(piece)
    }
    return verdict
  }
}

test('the rarest piece comes first', () => {
  const stage = new Stage(8, 4)
  stage.seed(1)
  stage.join(2, 4, 5, 6)
  stage.join(3, 4, 6)
  const availability = stage.ask(1).map(([piece]) => stage.picker.availability(piece as PieceIndex))
  assert.deepEqual(availability, [1, 1, 2, 2, 3, 3, 3, 3])
})

test('the blocks of a piece are asked in order, and a started piece before a new one', () => {
  const stage = new Stage(8, 4)
  stage.seed(1)
  stage.seed(2)
  const [first] = stage.ask(1, 1)
  assert.equal(first?.[1], 0)
  assert.deepEqual(stage.ask(2, 1), [[first?.[0], 1]])
})

test('what a seed suggests is asked of it, one after the other, and nothing else that others could give', () => {
  const stage = new Stage(8, 4)
  stage.seed(1)
  stage.join(2, 4)
  for (const piece of [6, 5, 4, 0]) stage.picker.suggested(1, piece as PieceIndex, 0)
  assert.deepEqual(stage.ask(1), [
    [6, 0],
    [6, 1],
    [5, 0],
    [5, 1],
  ])
  assert.deepEqual(stage.ask(2), [
    [4, 0],
    [4, 1],
  ])
  stage.now = 2_001
  assert.deepEqual(stage.ask(1), [
    [7, 0],
    [7, 1],
  ])
})

test('a seed that suggests the wrong things is asked for the right ones: first what is urgent, in order what is played', () => {
  const urgent = new Stage(8, 4)
  urgent.seed(1)
  urgent.picker.setPriority(7 as PieceIndex, 7)
  urgent.picker.suggested(1, 5 as PieceIndex, 0)
  assert.deepEqual(urgent.ask(1, 1), [[7, 0]])
  const played = new Stage(8, 4)
  played.seed(1)
  played.picker.setSequential(true)
  played.picker.suggested(1, 6 as PieceIndex, 0)
  assert.deepEqual(played.ask(1, 1), [[4, 0]])
})

test('what somebody waits for comes before what was begun, the earliest first, of all who have it', () => {
  const stage = new Stage(8)
  stage.seed(1)
  stage.seed(2)
  const [[begun] = [0]] = stage.ask(1, 1)
  const [first, second] = [1, 2, 3].filter((piece) => piece !== begun)
  assert.ok(first !== undefined && second !== undefined)
  stage.picker.setSequential(true)
  for (const piece of [second, first]) stage.picker.setPriority(piece as PieceIndex, URGENT_PRIORITY)
  assert.deepEqual(stage.ask(1, 1), [[first, 0]], 'the other half of what it began waits')
  assert.deepEqual(stage.ask(2, 2), [
    [first, 1],
    [second, 0],
  ])
  assert.deepEqual(stage.ask(1, 1), [[second, 1]])
})

test('requests that a reader does not need are known, so that they can be cancelled', () => {
  const stage = new Stage(8)
  stage.seed(1)
  const asked = stage.ask(1, 4)
  const seen: number[] = []
  stage.picker.eachAsked(1, (block) => {
    seen.push(stage.geometry.pieceOfBlock(block))
    stage.picker.cancelled(1, block)
  })
  assert.deepEqual(seen, asked.map(([piece]) => piece).toReversed())
  assert.equal(stage.picker.outstanding(1), 0)
})

test('a seed whose advice runs out is not left idle for long', () => {
  const stage = new Stage(8, 4)
  stage.seed(1)
  stage.picker.suggested(1, 6 as PieceIndex, 0)
  stage.ask(1)
  for (const block of [0, 1]) assert.equal(stage.give(1, 6, block), 'take')
  stage.now = 499
  assert.deepEqual(stage.ask(1), [])
  stage.now = 500
  assert.equal(stage.ask(1).length, BLOCKS) // one piece at a time, until its advice is old
  stage.now = 2_000
  assert.equal(stage.ask(1).length, 2 * BLOCKS)
})

test('priorities come before rarity, and what is not wanted is never asked', () => {
  const stage = new Stage(4, 0)
  stage.seed(1)
  stage.join(2, 0, 1, 2)
  stage.picker.setPriority(3 as PieceIndex, 0)
  stage.picker.setPriority(1 as PieceIndex, 7)
  const pieces = stage.ask(1).map(([piece]) => piece)
  assert.equal(pieces[0], 1)
  assert.ok(!pieces.includes(3))
  assert.equal(stage.picker.wantedLeft, 3)
})

test('sequential: the lowest piece first, whatever its rarity', () => {
  const stage = new Stage(5)
  stage.picker.setSequential(true)
  stage.seed(1)
  stage.join(2, 0, 1)
  assert.deepEqual(
    stage.ask(1).map(([piece]) => piece),
    [0, 0, 1, 1, 2, 2, 3, 3, 4, 4],
  )
})

test('no peer is asked for a block twice, none for a piece that it lacks', () => {
  const stage = new Stage(6)
  stage.join(1, 0, 2)
  const asked = stage.ask(1)
  assert.deepEqual(
    asked.map(([piece, block]) => piece * BLOCKS + block).toSorted((a, b) => a - b),
    [0, 1, 4, 5],
  )
  assert.equal(stage.picker.outstanding(1), 4)
})

test('[13] the end game: the last blocks are asked of a second peer, only when none is free', () => {
  const stage = new Stage(5, 4)
  stage.seed(1)
  stage.seed(2)
  assert.equal(stage.ask(1, 1).length, 1)
  assert.deepEqual(stage.ask(2, 1), [[4, 1]]) // still free
  assert.deepEqual(stage.ask(2, 1), [[4, 0]]) // nothing free: the first peer's block
  const others: number[] = []
  assert.equal(stage.give(2, 4, 0), 'take')
  stage.picker.others(stage.geometry.blockId(4 as PieceIndex, 0), (peer) => {
    others.push(peer)
    stage.picker.cancelled(peer, stage.geometry.blockId(4 as PieceIndex, 0))
  })
  assert.deepEqual(others, [1])
  assert.equal(stage.give(1, 4, 0), 'waste')
  assert.equal(stage.give(2, 4, 1), 'take')
  assert.ok(stage.picker.isDone)
})

test('[134] what was not asked of this peer is told apart from what came late', () => {
  const stage = new Stage(5, 4)
  stage.seed(1)
  stage.seed(2)
  stage.ask(1, 1)
  assert.equal(stage.picker.begin(2, stage.geometry.blockId(4 as PieceIndex, 0)), 'unasked')
  stage.picker.expire(1)
  assert.deepEqual(stage.ask(2, 1), [[4, 0]])
  assert.equal(stage.give(1, 4, 0), 'take') // late, and still the first
  assert.equal(stage.give(2, 4, 0), 'waste')
})

test('[11] a choke without BEP 6 frees the requests for others', () => {
  const stage = new Stage(5, 4)
  stage.seed(1)
  stage.seed(2)
  assert.equal(stage.ask(1).length, 2)
  stage.picker.choked(1)
  assert.equal(stage.picker.outstanding(1), 0)
  assert.equal(stage.ask(2).length, 2)
})

test('a reject frees the block; one that was not asked for is told', () => {
  const stage = new Stage(5, 4)
  stage.seed(1)
  stage.seed(2)
  stage.ask(1)
  const block = stage.geometry.blockId(4 as PieceIndex, 0)
  assert.equal(stage.picker.rejected(1, block), true)
  assert.equal(stage.picker.rejected(1, block), false)
  assert.deepEqual(stage.ask(2, 1), [[4, 0]])
})

test('a peer that leaves gives its requests back', () => {
  const stage = new Stage(5, 4)
  stage.seed(1)
  stage.ask(1)
  stage.picker.peerLeft(1)
  stage.seed(2)
  assert.deepEqual(stage.ask(2), [
    [4, 0],
    [4, 1],
  ])
  assert.equal(stage.picker.availability(4 as PieceIndex), 1)
})

test('[117] lt_donthave: what is asked of it is void, what it has is counted anew', () => {
  const stage = new Stage(5, 4)
  stage.seed(1)
  stage.ask(1)
  stage.picker.peerLacks(1, 4 as PieceIndex)
  assert.deepEqual(
    [stage.picker.isInterested(1), stage.picker.availability(4 as PieceIndex), stage.picker.outstanding(1)],
    [false, 0, 0],
  )
})

test('without memory only started pieces are asked for', () => {
  const stage = new Stage(8, 4)
  stage.room = 1
  stage.seed(1)
  assert.equal(new Set(stage.ask(1).map(([piece]) => piece)).size, 1)
  stage.room = 2
  assert.equal(new Set(stage.ask(1).map(([piece]) => piece)).size, 1)
  assert.equal(stage.reserved.size, 2)
})

test('what there is no memory for yet is not asked for, and does not count as the end game', () => {
  const stage = new Stage(5, 4)
  stage.memory = 1
  stage.seed(1)
  stage.seed(2)
  assert.deepEqual(stage.ask(1), [[4, 0]])
  assert.deepEqual(stage.ask(2), [])
  stage.picker.extend(4 as PieceIndex, 2)
  assert.deepEqual(stage.ask(2), [
    [4, 1],
    [4, 0], // nothing else is left: the end game
  ])
})

test('[135] a piece that failed is fetched again from one peer at a time', () => {
  const stage = new Stage(5, 4)
  stage.seed(1)
  stage.seed(2)
  stage.ask(1, 1)
  stage.ask(2, 1)
  const ids = [0, 1].map((block) => stage.geometry.blockId(4 as PieceIndex, block))
  for (const [n, peer] of [1, 2].entries()) {
    assert.equal(stage.picker.begin(peer, ids[n] ?? -1), 'take')
    stage.picker.finish(peer, ids[n] ?? -1)
  }
  assert.deepEqual([...stage.picker.senders(4 as PieceIndex)], [1, 2])
  stage.reserved.delete(4)
  stage.picker.failed(4 as PieceIndex)
  const first = stage.ask(1)
  const second = stage.ask(2)
  assert.deepEqual(
    [first.length, second.length].toSorted((a, b) => a - b),
    [0, 2],
  )
})

test('interest follows what peers get and what we get', () => {
  const stage = new Stage(5, 4)
  stage.join(1, 0)
  assert.equal(stage.picker.isInterested(1), false)
  assert.equal(stage.picker.peerHas(1, 4 as PieceIndex), true)
  assert.equal(stage.picker.peerHas(1, 4 as PieceIndex), false)
  assert.equal(stage.picker.isInterested(1), true)
  stage.picker.stored(4 as PieceIndex)
  assert.equal(stage.picker.isInterested(1), false)
})
