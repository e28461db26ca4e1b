import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import test from 'node:test'
import { concatBytes } from '../../../src/core/bytes.ts'
import { merkleRoot, rootOfLayer, zeroRoot } from '../../../src/core/metainfo/merkle.ts'
import { nodeHasher } from '../../../src/io/hasher.ts'

const pair = (a: Uint8Array, b: Uint8Array): Uint8Array =>
  Uint8Array.from(createHash('sha256').update(a).update(b).digest())
const leaf = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const zero = leaf(0)

test('[106] the root of one leaf is the leaf itself', () => {
  assert.deepEqual(merkleRoot(leaf(7), 1, nodeHasher), leaf(7))
})

test('[108] missing leaves are zero hashes, and layers above them are hashes of zero hashes', () => {
  const nodes = concatBytes([leaf(1), leaf(2), leaf(3)])
  const expected = pair(pair(pair(leaf(1), leaf(2)), pair(leaf(3), zero)), pair(pair(zero, zero), pair(zero, zero)))
  assert.deepEqual(merkleRoot(nodes, 8, nodeHasher), expected)
  assert.deepEqual(zeroRoot(4, nodeHasher), pair(pair(zero, zero), pair(zero, zero)))
  assert.deepEqual(merkleRoot(new Uint8Array(0), 2, nodeHasher), pair(zero, zero))
})

test('[107] the root over a piece layer is the root over all its leaves', () => {
  const leaves = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(leaf)
  const layer = [leaves.slice(0, 4), leaves.slice(4, 8), leaves.slice(8)].map((piece) =>
    merkleRoot(concatBytes(piece), 4, nodeHasher),
  )
  assert.deepEqual(rootOfLayer(concatBytes(layer), 4, nodeHasher), merkleRoot(concatBytes(leaves), 16, nodeHasher))
})

test('the nodes given are not changed', () => {
  const nodes = concatBytes([leaf(1), leaf(2)])
  merkleRoot(nodes, 2, nodeHasher)
  assert.deepEqual(nodes, concatBytes([leaf(1), leaf(2)]))
})
