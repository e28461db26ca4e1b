import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSize, printPieceLength, printSize } from '../../src/core/sizes.ts'

test('sizes are read with decimal, binary and no units', () => {
  const cases: [string, number][] = [
    ['0', 0],
    ['500', 500],
    ['500B', 500],
    ['500K', 500_000],
    ['2M', 2_000_000],
    ['2mb/s', 2_000_000],
    ['1.5G', 1_500_000_000],
    ['2MiB', 2_097_152],
    ['16Ki', 16_384],
    ['1T', 1_000_000_000_000],
  ]
  for (const [text, bytes] of cases) assert.equal(parseSize(text), bytes, text)
})

test('piece lengths take K and M as powers of two', () => {
  assert.equal(parseSize('256K', 1024), 262_144)
  assert.equal(parseSize('1M', 1024), 1_048_576)
})

test('what is no size is refused', () => {
  for (const text of [
    '',
    'M',
    '-1',
    '1e3',
    '1,5M',
    '1.5',
    '2 M',
    '2X',
    'iB',
    '5iB',
    '0x10',
    '9999999999999999',
    '999999T',
  ]) {
    assert.equal(parseSize(text), undefined, text)
  }
})

test('sizes are printed with three digits', () => {
  const cases: [number, string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.00 kB'],
    [9994, '9.99 kB'],
    [9996, '10.0 kB'],
    [99_960, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [12_345_678, '12.3 MB'],
    [5.5e12, '5.50 TB'],
  ]
  for (const [bytes, text] of cases) assert.equal(printSize(bytes), text)
})

test('piece lengths are printed in their own units', () => {
  assert.equal(printPieceLength(262_144), '256 KiB')
  assert.equal(printPieceLength(4_194_304), '4 MiB')
  assert.equal(printPieceLength(100_000), '100000 bytes')
})
