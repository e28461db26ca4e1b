import assert from 'node:assert/strict'
import test from 'node:test'
import { BencodeFault, decodeBencode, encodeBencode } from '../../src/core/bencode.ts'
import { fromLatin1 } from '../../src/core/bytes.ts'

const refused: readonly [string, RegExp][] = [
  ['', /early/],
  ['i-0e', /no integer/],
  ['i03e', /no integer/],
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
