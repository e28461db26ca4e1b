import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Bitfield } from '../../src/core/bitfield.ts'
import {
  leastByPart,
  marksByPart,
  MAX_PARTS,
  partCount,
  partOf,
  partStart,
  shareByPart,
} from '../../src/core/piece-map.ts'

function setOf(length: number, pieces: Iterable<number>): Bitfield {
  const set = new Bitfield(length)
  for (const piece of pieces) set.add(piece)
  return set
}

test('few pieces are a part each', () => {
  assert.deepEqual([...shareByPart(setOf(5, [0, 3]))], [255, 0, 0, 255, 0])
  assert.deepEqual([...leastByPart(3, (piece) => piece * 200)], [0, 200, 255])
  assert.deepEqual([...marksByPart(3, [{ piece: 2 }])], [0, 0, 1])
  assert.deepEqual([shareByPart(new Bitfield(0)).length, leastByPart(0, () => 0).length], [0, 0])
})

test('of many pieces, one that is there or lacks is seen', () => {
  const pieces = 2_000_000
  const [one, other] = [setOf(pieces, [1_234_567]), new Bitfield(pieces)]
  other.fill()
  other.remove(1_234_567)
  const part = partOf(1_234_567, pieces)
  assert.deepEqual([shareByPart(one)[part], shareByPart(other)[part]], [1, 254])
  assert.equal(shareByPart(one).filter((share) => share !== 0).length, 1)
  assert.equal(shareByPart(other).filter((share) => share !== 255).length, 1)
  assert.equal(leastByPart(pieces, (piece) => (piece === 1_234_567 ? 2 : 9))[part], 2)
})

const pieceCount = fc.integer({ min: 1, max: 9_000 })

test('parts follow each other without a gap, differ by a piece at most, and every piece is in the one that is said', () => {
  fc.assert(
    fc.property(pieceCount, (pieces) => {
      const parts = partCount(pieces)
      assert.ok(parts <= MAX_PARTS)
      const lengths = Array.from({ length: parts }, (_, part) => partStart(part + 1, pieces) - partStart(part, pieces))
      assert.deepEqual([partStart(0, pieces), partStart(parts, pieces)], [0, pieces])
      assert.ok(Math.max(...lengths) - Math.min(...lengths) <= 1)
      for (let piece = 0; piece < pieces; piece++) {
        const part = partOf(piece, pieces)
        assert.ok(partStart(part, pieces) <= piece && piece < partStart(part + 1, pieces))
      }
    }),
    { numRuns: 40 },
  )
})

test('a share is what counting piece by piece gives, and only all is all', () => {
  const sets = pieceCount.chain((length) =>
    fc.record({
      length: fc.constant(length),
      from: fc.nat(length),
      to: fc.nat(length),
      some: fc.array(fc.nat(length - 1)),
    }),
  )
  fc.assert(
    fc.property(sets, ({ length, from, to, some }) => {
      const set = setOf(length, some)
      for (let piece = from; piece < to; piece++) set.add(piece)
      shareByPart(set).forEach((share, part) => {
        const [start, end] = [partStart(part, length), partStart(part + 1, length)]
        const count = Array.from({ length: end - start }, (_, n) => start + n).filter((piece) => set.has(piece)).length
        assert.equal(share === 0, count === 0)
        assert.equal(share === 255, count === end - start)
        assert.ok(Math.abs(share - (count * 255) / (end - start)) <= 1)
      })
    }),
    { numRuns: 100 },
  )
})
