import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseDuration, printDuration } from '../../src/cli/durations.ts'

test('times are read with their units; a bare number is seconds', () => {
  const cases: [string, number][] = [
    ['20s', 20_000],
    ['20', 20_000],
    ['500ms', 500],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['2d', 172_800_000],
  ]
  for (const [text, ms] of cases) assert.equal(parseDuration(text), ms, text)
})

test('what is no time is refused', () => {
  for (const text of ['', 's', '5x', '-5s', '1h 30m', '1e3s', '5 s', '1..5s']) {
    assert.equal(parseDuration(text), undefined, text)
  }
})

test('times are printed with their two greatest units', () => {
  const cases: [number, string][] = [
    [-5, '0s'],
    [8400, '8s'],
    [59_600, '1m00s'],
    [125_000, '2m05s'],
    [5_400_000, '1h30m'],
    [273_600_000, '3d04h'],
  ]
  for (const [ms, text] of cases) assert.equal(printDuration(ms), text)
})
