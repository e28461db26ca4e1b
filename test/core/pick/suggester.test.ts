import assert from 'node:assert/strict'
import test from 'node:test'
import { Suggester, suggestionsAhead } from '../../../src/core/pick/suggester.ts'

const nobodyHas = (): number => 0

/** All that is suggested to one peer at one moment. */
function suggestAll(
  suggester: Suggester,
  peer: number,
  copies: (piece: number) => number = nobodyHas,
  now = 0,
): number[] {
  const suggested: number[] = []
  for (let piece = suggester.next(peer, copies, now); piece !== -1; piece = suggester.next(peer, copies, now)) {
    suggested.push(piece)
  }
  return suggested.toSorted((a, b) => a - b)
}

test('every piece is suggested once, whatever their number', () => {
  for (const count of [1, 2, 3, 7, 256, 1000, 4099]) {
    const suggested = suggestAll(new Suggester(count, 0.37), 1)
    assert.deepEqual(
      suggested,
      Array.from({ length: count }, (_, n) => n),
    )
  }
})

test('what somebody has or asks for by himself is suggested to nobody', () => {
  const suggester = new Suggester(10, 0)
  suggester.asked(2, 4)
  assert.deepEqual(
    suggestAll(suggester, 1, (piece) => (piece === 7 ? 1 : 0)),
    [0, 1, 2, 3, 5, 6, 8, 9],
  )
})

test('what a peer was given is for others when it gives up: all of it, or one piece', () => {
  const suggester = new Suggester(6, 0)
  suggester.asked(1, 2)
  suggester.asked(1, 3)
  suggester.asked(2, 5)
  assert.deepEqual(suggestAll(suggester, 2), [0, 1, 4])
  suggester.gaveUp(1, 3)
  assert.deepEqual(suggestAll(suggester, 2, nobodyHas, 1_000), [3])
  suggester.gaveUp(2)
  assert.deepEqual(suggestAll(suggester, 1, nobodyHas, 2_000), [0, 1, 3, 4, 5])
  suggester.gaveUp(7) // who was given nothing
  assert.deepEqual(suggestAll(suggester, 1, nobodyHas, 3_000), [])
})

test('what has spread is nobody’s any more: who was given it cannot give up what another was given since', () => {
  const suggester = new Suggester(2, 0)
  suggester.asked(1, 0)
  suggester.asked(1, 1)
  suggester.spread(0) // somebody has it, and leaves
  suggester.asked(2, 0)
  suggester.gaveUp(1)
  assert.deepEqual(suggestAll(suggester, 3), [1])
})

test('a piece that somebody had and that was lost is suggested again, but is not looked for at every turn', () => {
  const suggester = new Suggester(3, 0)
  assert.deepEqual(suggestAll(suggester, 1), [0, 1, 2])
  suggester.spread(1)
  assert.equal(
    suggester.next(2, () => 1, 1_000),
    -1,
  )
  let looked = 0
  const lost = (piece: number): number => {
    looked++
    return piece === 1 ? 0 : 1
  }
  assert.equal(suggester.next(2, lost, 1_500), -1)
  assert.equal(looked, 0)
  assert.equal(suggester.next(2, lost, 2_000), 1)
})

test('a peer is told at least one piece ahead, and as many as it asks ahead', () => {
  assert.equal(suggestionsAhead(0, 262_144), 1)
  assert.equal(suggestionsAhead(16_384, 262_144), 1)
  assert.equal(suggestionsAhead(1_048_576, 262_144), 4)
  assert.equal(suggestionsAhead(1e9, 16_384), 512)
})
