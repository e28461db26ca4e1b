import assert from 'node:assert/strict'
import test from 'node:test'
import { infoHash } from '../../../src/core/ids.ts'
import { ALLOWED_FAST_COUNT, allowedFastSet } from '../../../src/core/wire/allowed-fast.ts'
import { nodeHasher } from '../../../src/io/hasher.ts'

const hash = infoHash(new Uint8Array(20).fill(0xaa))
assert.ok(hash !== undefined)
const setOf = (ip: string, pieceCount: number, count: number): number[] =>
  allowedFastSet(ip, hash, pieceCount, count, nodeHasher)
const EXAMPLE = [1059, 431, 808, 1217, 287, 376, 1188, 353, 508]

test('[36] the allowed-fast set of 80.4.4.200 is that of BEP 6', () => {
  assert.deepEqual(setOf('80.4.4.200', 1313, 7), EXAMPLE.slice(0, 7))
  assert.deepEqual(setOf('80.4.4.200', 1313, 9), EXAMPLE)
})

test('[36] all addresses of a network of 256 have the same set', () => {
  assert.deepEqual(setOf('80.4.4.1', 1313, 9), EXAMPLE)
  assert.deepEqual(setOf('::ffff:80.4.4.1', 1313, 9), EXAMPLE)
  assert.notDeepEqual(setOf('80.4.5.200', 1313, 9), EXAMPLE)
})

test('[36] IPv6 addresses have no set', () => {
  assert.deepEqual(setOf('2001:db8::1', 1313, 9), [])
  assert.deepEqual(setOf('nonsense', 1313, 9), [])
})

test('[36] a torrent with fewer pieces than the set has them all in it', () => {
  for (let pieceCount = 0; pieceCount <= 12; pieceCount++) {
    const set = setOf('80.4.4.200', pieceCount, ALLOWED_FAST_COUNT)
    assert.equal(new Set(set).size, Math.min(pieceCount, ALLOWED_FAST_COUNT))
    assert.ok(set.every((piece) => piece < pieceCount))
  }
})
