import assert from 'node:assert/strict'
import test from 'node:test'
import { packSeen, packStamps, unpackSeen, unpackStamps } from '../../../src/io/disk/packed.ts'

test('stamps and what was seen come out as they went in', () => {
  const stamps = [
    { file: 0, sizeBytes: -1, modifiedAtMs: -1 },
    { file: 329_999, sizeBytes: 2 ** 50, modifiedAtMs: 1_700_000_000_000.25 },
  ]
  assert.deepEqual(unpackStamps(packStamps(stamps)), stamps)
  assert.deepEqual(unpackStamps(packStamps([])), [])
  const seen = (['file', 'folder', 'link', 'other'] as const).flatMap((kind) => [
    { kind, sizeBytes: 2 ** 40, modifiedAtMs: 0.5, isExecutable: true },
    { kind, sizeBytes: 0, modifiedAtMs: -5, isExecutable: false },
  ])
  assert.deepEqual(unpackSeen(packSeen(seen)), seen)
})
