import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { MetadataDownload } from '../../src/core/ext/metadata-download.ts'
import {
  METADATA_PIECE_BYTES,
  type MetadataMessage,
  readMetadataMessage,
  writeMetadataData,
  writeMetadataReject,
  writeMetadataRequest,
} from '../../src/core/ext/metadata-message.ts'
import { infoHash } from '../../src/core/ids.ts'
import { nodeHasher } from '../../src/io/hasher.ts'
import { readCorpus } from './corpus.ts'
import { mutated } from './mutate.ts'

const corpus = readCorpus('metadata').map(({ bytes }) => bytes)
const piece = fc.maxSafeNat()
const PLAIN = { noNullPrototype: true } // records as deepEqual wants them

const message: fc.Arbitrary<MetadataMessage> = fc.oneof(
  fc.record({ type: fc.constantFrom<('request' | 'reject')[]>('request', 'reject'), piece }, PLAIN),
  fc.record(
    {
      type: fc.constant<'data'>('data'),
      piece,
      totalSize: fc.maxSafeNat(),
      bytes: fc.uint8Array({ maxLength: 50 }),
    },
    PLAIN,
  ),
)

function write(one: MetadataMessage): Uint8Array {
  if (one.type === 'data') return writeMetadataData(one.piece, one.totalSize, one.bytes)
  return one.type === 'request' ? writeMetadataRequest(one.piece) : writeMetadataReject(one.piece)
}

test('metadata: decoding undoes encoding', () => {
  fc.assert(fc.property(message, (one) => assert.deepEqual(readMetadataMessage(write(one)), one)))
})

test('metadata: any bytes are a message, ignored or refused', () => {
  const check = (bytes: Uint8Array): void => {
    const read = readMetadataMessage(bytes)
    if (typeof read === 'object') assert.ok(read.piece >= 0 && ['request', 'data', 'reject'].includes(read.type))
  }
  fc.assert(fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), mutated(corpus)), check), { numRuns: 3000 })
  corpus.forEach(check)
})

const truth = Uint8Array.from({ length: 2 * METADATA_PIECE_BYTES + 5 }, (_, n) => n % 241)
const hash = infoHash(nodeHasher.sha1(truth))
const HONEST = 0

/** What a peer may do when its turn comes; sizes are relative to the true one. */
const action = fc.record({
  peer: fc.integer({ min: 1, max: 12 }),
  what: fc.constantFrom('join', 'join', 'leave', 'lie', 'lie', 'lie', 'half-lie', 'reject', 'unasked', 'wrong-size'),
  size: fc.constantFrom(0, 0, 0, 1, 50_000, 5_000_000),
  waitMs: fc.constantFrom(0, 0, 100, 5000),
})

test('[45] metadata: whatever liars do, the honest peer is never blamed and its data arrives', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120, size: 'max' }), fc.nat({ max: 119 }), (actions, honestJoinsAt) => {
      const requests: [peer: number, piece: number][] = []
      const gone = new Set<number>()
      let result: Uint8Array | undefined
      const download = new MetadataDownload({ v1: hash, v2: undefined }, nodeHasher, {
        request: (peer, at) => requests.push([peer, at]),
        done: (bytes) => (result = bytes),
        blame: (peer) => gone.add(peer),
        conflict: () => assert.fail('there is one hash only'),
      })
      const sizes = new Map<number, number>()
      let now = 0
      const beHonest = (): void => {
        for (let next = requests.findIndex(([peer]) => peer === HONEST); next !== -1; ) {
          const [, at] = requests.splice(next, 1)[0] ?? [0, 0]
          const bytes = truth.subarray(at * METADATA_PIECE_BYTES, (at + 1) * METADATA_PIECE_BYTES)
          assert.equal(download.onData(HONEST, at, truth.length, bytes, now), undefined)
          next = requests.findIndex(([peer]) => peer === HONEST)
        }
      }
      const send = (peer: number, at: number, from: Uint8Array, size: number): void => {
        const length = Math.max(0, Math.min(METADATA_PIECE_BYTES, size - at * METADATA_PIECE_BYTES))
        const bytes = new Uint8Array(length)
        bytes.set(from.subarray(at * METADATA_PIECE_BYTES, at * METADATA_PIECE_BYTES + length))
        if (download.onData(peer, at, size, bytes, now) !== undefined) gone.add(peer)
      }
      actions.forEach(({ peer, what, size, waitMs }, n) => {
        now += waitMs
        download.tick(now)
        if (n === Math.min(honestJoinsAt, actions.length - 1)) download.peerJoined(HONEST, truth.length, now)
        const claimed = sizes.get(peer) ?? 0
        const asked = requests.findIndex(([of]) => of === peer)
        if (what === 'join' && !gone.has(peer)) {
          sizes.set(peer, truth.length + size)
          download.peerJoined(peer, truth.length + size, now)
        } else if (what === 'leave') download.peerLeft(peer, now)
        else if (what === 'unasked') send(peer, 1, truth, claimed)
        else if (what === 'wrong-size') send(peer, 0, truth, claimed + 1)
        else if (asked !== -1) {
          const [, at] = requests.splice(asked, 1)[0] ?? [0, 0]
          if (what === 'reject') download.onReject(peer, at, now)
          else send(peer, at, what === 'half-lie' && at > 0 ? truth : new Uint8Array(0), claimed)
        }
        beHonest()
      })
      if (actions.length === 0) download.peerJoined(HONEST, truth.length, now)
      // The liars are silent from here on; at worst each of twelve takes a turn.
      for (let n = 0; n < 600 && result === undefined; n++) {
        now += 1000
        download.tick(now)
        beHonest()
      }
      assert.ok(!gone.has(HONEST))
      assert.deepEqual(result, truth)
    }),
    { numRuns: 300 },
  )
})
