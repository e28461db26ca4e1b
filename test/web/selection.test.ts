import assert from 'node:assert/strict'
import test from 'node:test'
import { NO_SELECTION, only, press, type Selection, step } from '../../src/web/torrents/selection.ts'

const ORDER = [5, 3, 9, 1, 7]
const PLAIN = { isToggle: false, isReach: false }
const TOGGLE = { isToggle: true, isReach: false }
const REACH = { isToggle: false, isReach: true }

const chosen = (selection: Selection): number[] => [...selection.chosen].sort((a, b) => a - b)

test('a press chooses one, and forgets the others', () => {
  const first = press(NO_SELECTION, ORDER, 3, PLAIN)
  assert.deepEqual(chosen(first), [3])
  assert.deepEqual(chosen(press(first, ORDER, 7, PLAIN)), [7])
})

test('with Ctrl one is added, and taken out again', () => {
  const two = press(press(NO_SELECTION, ORDER, 3, PLAIN), ORDER, 7, TOGGLE)
  assert.deepEqual(chosen(two), [3, 7])
  const one = press(two, ORDER, 3, TOGGLE)
  assert.deepEqual(chosen(one), [7])
  assert.equal(one.at, 3, 'the keyboard goes on from there')
})

test('Shift reaches from the first press to the last, in either direction, again and again', () => {
  const start = press(NO_SELECTION, ORDER, 9, PLAIN)
  const down = press(start, ORDER, 7, REACH)
  assert.deepEqual(chosen(down), [1, 7, 9])
  const up = press(down, ORDER, 5, REACH)
  assert.deepEqual(chosen(up), [3, 5, 9])
  assert.deepEqual(chosen(press(NO_SELECTION, ORDER, 9, REACH)), [9], 'from nowhere: only it')
})

test('arrows go one further and stop at the ends; from nowhere they begin at an end', () => {
  assert.equal(step(NO_SELECTION, ORDER, 1, false).at, 5)
  assert.equal(step(NO_SELECTION, ORDER, -1, false).at, 7)
  const last = step(NO_SELECTION, ORDER, 100, false)
  assert.equal(last.at, 7)
  assert.equal(step(last, ORDER, 1, false).at, 7)
  assert.deepEqual(chosen(step(last, ORDER, -2, true)), [1, 7, 9])
  assert.deepEqual(step(last, [], 1, false), NO_SELECTION)
})

test('who leaves the list is not chosen any more; if nobody leaves it is the same object', () => {
  const all: Selection = { chosen: new Set(ORDER), at: 9, from: 5 }
  assert.equal(only(all, ORDER), all)
  const left = only(all, [5, 3])
  assert.deepEqual(chosen(left), [3, 5])
  assert.deepEqual([left.at, left.from], [undefined, 5])
})
