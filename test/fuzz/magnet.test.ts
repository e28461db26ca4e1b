import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { AppError } from '../../src/core/errors.ts'
import { infoHash, infoHashV2 } from '../../src/core/ids.ts'
import { type Magnet, parseMagnet, printMagnet } from '../../src/core/metainfo/magnet.ts'
import { safeTitle } from '../../src/core/metainfo/safe-path.ts'
import { readCorpus } from './corpus.ts'
import { mutated } from './mutate.ts'

const corpus = readCorpus('magnet')

test('magnet: any text is read or refused with a sentence, and what is read prints as a link to the same', () => {
  const links = mutated(corpus.map((file) => file.bytes)).map((bytes) => new TextDecoder().decode(bytes))
  fc.assert(fc.property(fc.oneof(links, fc.string({ unit: 'binary' })), checked), { numRuns: 5000 })
  for (const { bytes } of corpus) checked(new TextDecoder().decode(bytes))
})

const url = fc.webUrl({ withQueryParameters: true, withFragments: true })
const magnet: fc.Arbitrary<Magnet> = fc.record(
  {
    infoHashV1: fc.uint8Array({ minLength: 20, maxLength: 20 }).map(infoHash),
    infoHashV2: fc
      .option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined })
      .map((bytes) => bytes && infoHashV2(bytes)),
    name: fc.option(fc.string({ unit: 'binary', minLength: 1 }).map(safeTitle), { nil: undefined }),
    trackers: fc.uniqueArray(url, { maxLength: 3 }),
    webSeeds: fc.uniqueArray(url, { maxLength: 3 }),
    peers: fc.array(
      fc
        .tuple(fc.constantFrom('1.2.3.4', '::1'), fc.integer({ min: 1, max: 65_535 }))
        .map(([ip, port]) => ({ ip, port })),
    ),
    selectOnly: fc.option(
      fc.uniqueArray(fc.nat({ max: 50 }), { minLength: 1 }).map((numbers) => numbers.sort((a, b) => a - b)),
      { nil: undefined },
    ),
    exactLength: fc.option(fc.nat(), { nil: undefined }),
  },
  { noNullPrototype: true },
)

test('magnet: reading undoes printing', () => {
  fc.assert(
    fc.property(magnet, (original) => assert.deepEqual(parseMagnet(printMagnet(original)), original)),
    { numRuns: 1000 },
  )
})

function checked(text: string): void {
  let read: Magnet
  try {
    read = parseMagnet(text)
  } catch (error) {
    assert.ok(error instanceof AppError, String(error))
    assert.equal(error.code, 'bad-magnet')
    assert.match(error.message, /^the magnet link is damaged: [^\x00-\x1f]+$/)
    return
  }
  assert.deepEqual(parseMagnet(printMagnet(read)), read)
}
