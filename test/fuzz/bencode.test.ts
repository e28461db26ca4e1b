import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { BencodeFault, type BValue, decodeBencode, encodeBencode } from '../../src/core/bencode.ts'
import { toLatin1 } from '../../src/core/bytes.ts'
import { readCorpus } from './corpus.ts'
import { mutated } from './mutate.ts'

const corpus = [...readCorpus('bencode'), ...readCorpus('metainfo')].map(({ bytes }) => bytes)

const { value } = fc.letrec<{ value: BValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }).filter((n) => !Number.isSafeInteger(Number(n))),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(fc.uint8Array({ maxLength: 4 }).map(toLatin1), tie('value')), { maxLength: 5 }).map(sortedMap),
  ),
}))

function sortedMap(entries: [string, BValue][]): Map<string, BValue> {
  return new Map([...new Map(entries)].sort(([a], [b]) => (a < b ? -1 : 1)))
}

test('bencode: decoding undoes encoding', () => {
  fc.assert(
    fc.property(value, (original) => {
      const decoded = decodeBencode(encodeBencode(original))
      assert.ok(!(decoded instanceof BencodeFault))
      assert.deepEqual(decoded.value, original)
      assert.equal(decoded.unsortedAt, undefined)
    }),
    { numRuns: 1000 },
  )
})

test('bencode: any bytes decode or are refused, and what decodes is the only way to write its value', () => {
  const anything = fc.oneof(fc.uint8Array({ maxLength: 100 }), mutated(corpus))
  fc.assert(fc.property(anything, decodesOrRefuses), { numRuns: 3000 })
  corpus.forEach(decodesOrRefuses)
})

function decodesOrRefuses(bytes: Uint8Array): void {
  const decoded = decodeBencode(bytes)
  if (decoded instanceof BencodeFault) {
    assert.ok(decoded.at >= 0 && decoded.at <= bytes.length)
  } else if (decoded.unsortedAt === undefined) assert.deepEqual(encodeBencode(decoded.value), bytes)
}

test('bencode: a value that is cut anywhere is refused', () => {
  fc.assert(
    fc.property(value, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (original, where) => {
      const bytes = encodeBencode(original)
      assert.ok(decodeBencode(bytes.subarray(0, Math.floor(where * bytes.length))) instanceof BencodeFault)
    }),
  )
})
