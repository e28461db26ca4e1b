import assert from 'node:assert/strict'
import test from 'node:test'
import { Suggester, suggestionsAhead } from '../../../src/core/pick/suggester.ts'

const nobodyHas = (): number => 0

test('every piece is suggested once, whatever their number', () => {
  for (const count of [1, 2, 3, 7, 256, 1000, 4099]) {
    const suggester = new Suggester(count, 0.37)
    const suggested = new Set<number>()
    for (let piece = suggester.next(nobodyHas, 0); piece !== -1; piece = suggester.next(nobodyHas, 0)) {
      assert.ok(piece >= 0 && piece < count && !suggested.has(piece), `${piece} of ${count}`)
      suggested.add(piece)
    }
    assert.equal(suggested.size, count)
  }
})

test('what somebody has or asks for by himself is suggested to nobody', () => {
  const suggester = new Suggester(10, 0)
  suggester.asked(4)
  const suggested: number[] = []
  const copies = (piece: number): number => (piece === 7 ? 1 : 0)
  for (let piece = suggester.next(copies, 0); piece !== -1; piece = suggester.next(copies, 0)) suggested.push(piece)
  assert.deepEqual(
    suggested.toSorted((a, b) => a - b),
    [0, 1, 2, 3, 5, 6, 8, 9],
  )
})

test('after a round, what nobody has in the end is suggested again, but not at once', () => {
  const suggester = new Suggester(3, 0)
  for (let n = 0; n < 3; n++) assert.notEqual(suggester.next(nobodyHas, 0), -1)
  const lost = (piece: number): number => (piece === 1 ? 0 : 2)
  assert.equal(suggester.next(lost, 1_000), -1)
  assert.equal(suggester.next(lost, 5_000), -1)
  assert.equal(suggester.next(lost, 11_000), 1)
})

test('a peer is told at least two pieces ahead, and as many as it asks at a time', () => {
  assert.equal(suggestionsAhead(1, 8), 2)
  assert.equal(suggestionsAhead(64, 8), 8)
  assert.equal(suggestionsAhead(2000, 1), 32)
})
