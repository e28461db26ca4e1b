import assert from 'node:assert/strict'
import test from 'node:test'
import { BencodeFault, decodeBencode, encodeBencode } from '../../src/core/bencode.ts'
import { fromLatin1 } from '../../src/core/bytes.ts'

const refused: readonly [string, RegExp][] = [
  ['', /early/],
  ['i-0e', /no integer/],
  ['i03e', /no integer/],
  ['i00e', /no integer/],
  ['i-e', /no integer/],
  ['i1:e', /no integer/],
  ['i1.5e', /no integer/],
  ['ie', /no integer/],
  ['i1', /no end/],
  [`i${'9'.repeat(30)}e`, /no end/],
  ['5:abc', /ends after the data/],
  ['05:abcde', /begins with zero/],
  ['-1:a', /unknown character/],
  ['99999999999:a', /too long/],
  ['i1ei2e', /after the end/],
  ['d1:ai1e1:ai2ee', /twice/],
  ['di1ei2ee', /dictionary key/],
  ['d1:a', /early/],
  ['l', /early/],
  ['l'.repeat(102), /nested/],
]
for (const [text, reason] of refused) {
  test(`[125] bencode refuses ${text.slice(0, 20) || 'nothing'}`, () => {
    const result = decodeBencode(fromLatin1(text))
    assert.ok(result instanceof BencodeFault)
    assert.match(result.reason, reason)
  })
}

test('[123] integers beyond 2^53 are kept exactly', () => {
  const bytes = fromLatin1('i9223372036854775807e')
  const result = decodeBencode(bytes)
  assert.ok(!(result instanceof BencodeFault))
  assert.equal(result.value, 9223372036854775807n)
  assert.deepEqual(encodeBencode(result.value as bigint), bytes)
})

test('[123] the raw extent of a top-level value is that of the input, also when keys are unsorted', () => {
  const text = 'd4:infod1:zi1e1:ai2ee1:ai5ee'
  const result = decodeBencode(fromLatin1(text))
  assert.ok(!(result instanceof BencodeFault))
  const [start, end] = result.spans.get('info') ?? [0, 0]
  assert.equal(text.slice(start, end), 'd1:zi1e1:ai2ee')
  assert.notEqual(result.unsortedAt, undefined)
})

test('[124] a key called __proto__ is a key', () => {
  const result = decodeBencode(fromLatin1('d9:__proto__i1ee'))
  assert.ok(!(result instanceof BencodeFault) && result.value instanceof Map)
  assert.equal(result.value.get('__proto__'), 1)
})

test('[2] keys are written sorted as raw bytes', () => {
  const dict = new Map([
    ['\xff', 1],
    ['Z', 2],
    ['a', 3],
  ])
  assert.deepEqual(encodeBencode(dict), fromLatin1('d1:Zi2e1:ai3e1:\xffi1ee'))
})

test('trailing bytes are left alone where they are allowed', () => {
  const result = decodeBencode(fromLatin1('d1:ai1eerest'), { allowTrailing: true })
  assert.ok(!(result instanceof BencodeFault))
  assert.equal(result.end, 8)
})

test('keys of one length that begin alike are told apart, however often they come', () => {
  const text = 'd4:pathi1e4:peeri2ee'
  for (const [sent, keys] of [
    [text, ['path', 'peer']],
    ['d4:peeri1ee', ['peer']],
    [`d0:i1e40:${'p'.repeat(40)}i2ee`, ['', 'p'.repeat(40)]],
    [text, ['path', 'peer']],
  ] as const) {
    const result = decodeBencode(fromLatin1(sent))
    assert.ok(!(result instanceof BencodeFault) && result.value instanceof Map)
    assert.deepEqual([...result.value.keys()], keys)
  }
})

test('strings are written as UTF-8, with the number of their bytes', () => {
  assert.deepEqual(
    encodeBencode(['', 'a\x7f', '\x80', 'ü', '\u{1f41f}']),
    fromLatin1('l0:2:a\x7f2:\xc2\x802:\xc3\xbc4:\xf0\x9f\x90\x9fe'),
  )
})

for (const number of [0, -1, 10, 999_999_999_999_999, 1_000_000_000_000_000, -999_999_999_999_999, 2 ** 53 - 1]) {
  test(`[123] ${number} reads back`, () => {
    const result = decodeBencode(encodeBencode(number))
    assert.ok(!(result instanceof BencodeFault))
    assert.equal(result.value, number)
  })
}
