import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { rowsOfKey, scrollToRow, windowRows } from '../../src/web/parts/window-rows.ts'

test('only rows near the window are drawn, with a few above and below', () => {
  assert.deepEqual(windowRows(0, 400, 40, 5_000), { first: 0, end: 18 })
  assert.deepEqual(windowRows(4_000, 400, 40, 5_000), { first: 92, end: 118 })
  assert.deepEqual(windowRows(4_000, 400, 40, 3), { first: 3, end: 3 }, 'the list became short')
  assert.deepEqual(windowRows(0, 0, 40, 0), { first: 0, end: 0 })
})

test('whatever is in the window is drawn, and never more than it holds and twice the few', () => {
  const many = fc.integer({ min: 0, max: 100_000 })
  fc.assert(
    fc.property(
      many,
      fc.integer({ min: 0, max: 3_000 }),
      fc.integer({ min: 10, max: 100 }),
      many,
      (top, height, row, count) => {
        const { first, end } = windowRows(top, height, row, count)
        assert.ok(first >= 0 && first <= end && end <= count)
        assert.ok(end - first <= height / row + 2 + 16)
        const [from, to] = [Math.floor(top / row), Math.ceil((top + height) / row)]
        for (const seen of [from, to - 1]) if (seen < count && seen >= from) assert.ok(seen >= first && seen < end)
      },
    ),
  )
})

test('the list scrolls no further than a row needs to be seen', () => {
  assert.equal(scrollToRow(5, 100, 400, 40), 100, 'it is seen')
  assert.equal(scrollToRow(0, 100, 400, 40), 0)
  assert.equal(scrollToRow(20, 100, 400, 40), 440)
})

test('keys move by a row, by what is seen, or to an end; others by nothing', () => {
  const by = (key: string, height = 400): number | undefined => rowsOfKey(key, height, 40, 5_000)
  assert.deepEqual(
    ['ArrowDown', 'ArrowUp', 'PageDown', 'PageUp'].map((key) => by(key)),
    [1, -1, 9, -9],
  )
  assert.deepEqual([by('Home'), by('End'), by('PageDown', 10)], [-5_000, 5_000, 1])
  assert.deepEqual(
    ['a', 'constructor', '__proto__'].map((key) => by(key)),
    [undefined, undefined, undefined],
  )
})
