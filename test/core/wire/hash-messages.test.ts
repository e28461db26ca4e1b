import assert from 'node:assert/strict'
import test from 'node:test'
import {
  HASH_BYTES,
  HASH_REQUEST_BYTES,
  type HashRequest,
  isProperHashRequest,
  MAX_HASHES,
  readHashes,
  readHashRequest,
  uncleCount,
  writeHashes,
  writeHashRequest,
} from '../../../src/core/wire/hash-messages.ts'
import { payloadLimit } from '../../../src/core/wire/messages.ts'
import { bytes } from './recorder.ts'

const root = new Uint8Array(32).fill(0xab)
const request: HashRequest = { root, baseLayer: 1, index: 8, length: 4, proofLayers: 5 }

test('[110] a hash request is 48 bytes', () => {
  const payload = writeHashRequest(request)
  assert.deepEqual(payload, bytes(`${'ab'.repeat(32)} 00000001 00000008 00000004 00000005`))
  assert.deepEqual(readHashRequest(payload), request)
})

test('[110] a hash request or reject of another size is a violation', () => {
  assert.equal(readHashRequest(new Uint8Array(47)), 'bad-hashes')
  assert.equal(readHashRequest(new Uint8Array(49)), 'bad-hashes')
})

const improper: readonly [string, Partial<HashRequest>][] = [
  ['length 0', { length: 0 }],
  ['length 1', { length: 1 }],
  ['a length that is no power of two', { length: 6, index: 6 }],
  ['more than 512 hashes', { length: 1024, index: 0 }],
  ['a length with the highest bit', { length: 2 ** 31, index: 0 }],
  ['an index that is no multiple of the length', { index: 2 }],
  ['a layer higher than any tree', { baseLayer: 40 }],
  ['more proof layers than any tree has', { proofLayers: 39 }],
]
for (const [what, change] of improper) {
  test(`[110] ${what} is no proper hash request, and hashes for it are a violation`, () => {
    const asked = { ...request, ...change }
    assert.ok(isProperHashRequest(request))
    assert.ok(!isProperHashRequest(asked))
    assert.equal(readHashes(writeHashes(asked, new Uint8Array(7 * HASH_BYTES))), 'bad-hashes')
  })
}

test('[110] proof layers that the hashes themselves give are left out', () => {
  // 4 hashes give the layer of 2 above them; the uncle of their common root is the first that is missing.
  assert.equal(uncleCount(4, 5), 4)
  assert.equal(uncleCount(4, 1), 0)
  assert.equal(uncleCount(4, 0), 0)
  assert.equal(uncleCount(2, 3), 3)
  assert.equal(uncleCount(512, 10), 2)
})

test('[110] hashes are as many as were asked for and their uncles', () => {
  const hashes = new Uint8Array(8 * HASH_BYTES).fill(7)
  const payload = writeHashes(request, hashes)
  assert.deepEqual(readHashes(payload), { request, hashes })
  assert.equal(readHashes(payload.subarray(0, -HASH_BYTES)), 'bad-hashes')
  assert.equal(readHashes(payload.subarray(0, -1)), 'bad-hashes')
  assert.equal(readHashes(payload.subarray(0, 47)), 'bad-hashes')
  assert.equal(readHashes(writeHashes(request, new Uint8Array(9 * HASH_BYTES))), 'bad-hashes')
})

test('[130] the longest hashes message fits the payload limit', () => {
  assert.ok(HASH_REQUEST_BYTES + (MAX_HASHES + uncleCount(MAX_HASHES, 39)) * HASH_BYTES <= payloadLimit(1))
})
