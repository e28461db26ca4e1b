import assert from 'node:assert/strict'
import test from 'node:test'
import { printDuration, printPercent, printRatio } from '../../src/web/format.ts'

test('durations have two units, and fewer as they grow', () => {
  const said = [0, 45, 59.6, 200, 900, 7_500, 277_000].map(printDuration)
  assert.deepEqual(said, ['0 s', '45 s', '1 min 0 s', '3 min 20 s', '15 min', '2 h 5 min', '3 d 4 h'])
  assert.equal(printDuration(-5), '0 s')
})

test('nothing is at 100 % before it is all there', () => {
  assert.equal(printPercent(0), '0.0 %')
  assert.equal(printPercent(0.9999), '99.9 %')
  assert.equal(printPercent(1), '100 %')
})

test('ratios have as many digits as matter', () => {
  assert.deepEqual([0, 1.234, 12.34, Number.POSITIVE_INFINITY].map(printRatio), ['0.00', '1.23', '12.3', '∞'])
})
