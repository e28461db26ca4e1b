import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { canonicalIp, printIp } from '../../src/core/address.ts'
import { readDontHave, readUploadOnly, writeDontHave, writeUploadOnly } from '../../src/core/ext/donthave.ts'
import {
  type ExtendedHandshake,
  type ExtensionName,
  ExtensionIds,
  MAX_METADATA_BYTES,
  readExtendedHandshake,
  writeExtendedHandshake,
} from '../../src/core/ext/extended.ts'
import { cleanName } from '../../src/core/wire/client-name.ts'
import { readCorpus } from './corpus.ts'
import { mutated } from './mutate.ts'

const corpus = readCorpus('extended').map(({ bytes }) => bytes)
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined })
const ip = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((one) => canonicalIp(printIp(one)) ?? '')

const handshake: fc.Arbitrary<ExtendedHandshake> = fc.record(
  {
    m: fc
      .array(
        fc.tuple(fc.constantFrom<ExtensionName[]>('ut_metadata', 'lt_donthave', 'upload_only'), fc.nat({ max: 255 })),
      )
      .map((entries) => new Map(entries)),
    p: maybe(fc.integer({ min: 1, max: 65_535 })),
    v: maybe(fc.string({ unit: 'grapheme', minLength: 1 }).map((name) => cleanName(name) || 'x')),
    yourip: maybe(fc.oneof(ip(4), ip(16))),
    reqq: maybe(fc.integer({ min: 1, max: 4096 })),
    metadataSize: maybe(fc.integer({ min: 1, max: MAX_METADATA_BYTES })),
    uploadOnly: maybe(fc.boolean()),
  },
  { noNullPrototype: true },
)

test('extended: decoding undoes encoding', () => {
  fc.assert(
    fc.property(handshake, (original) => {
      assert.deepEqual(readExtendedHandshake(writeExtendedHandshake(original)), original)
    }),
    { numRuns: 500 },
  )
})

test('extended: any bytes are read within bounds or refused', () => {
  const check = (bytes: Uint8Array): void => {
    const read = readExtendedHandshake(bytes)
    if (typeof read === 'string') return
    assert.ok(read.metadataSize === undefined || (read.metadataSize > 0 && read.metadataSize <= MAX_METADATA_BYTES))
    assert.ok(read.reqq === undefined || (read.reqq > 0 && read.reqq <= 4096))
    assert.equal(read.v === undefined ? undefined : cleanName(read.v), read.v)
    new ExtensionIds().update(read)
  }
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), mutated(corpus)), check), { numRuns: 3000 })
  corpus.forEach(check)
})

test('extended: the small messages too', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 32 - 1 }), fc.boolean(), fc.uint8Array({ maxLength: 6 }), (index, flag, any) => {
      assert.equal(readDontHave(writeDontHave(index)), index)
      assert.equal(readUploadOnly(writeUploadOnly(flag)), flag)
      assert.equal(readDontHave(any) === 'bad-extended', any.length !== 4)
      assert.equal(readUploadOnly(any) === 'bad-extended', any.length !== 1)
    }),
  )
})
