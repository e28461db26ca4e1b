import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ThreadDescriptors } from '../../src/tracker/thread-descriptors.ts'

test('those that were handed over and not given back are left, once', () => {
  const giver = new ThreadDescriptors()
  const taker = new ThreadDescriptors(giver.shared)
  for (const fd of [3, 0, 70_000]) assert.equal(giver.add(fd), true)
  taker.delete(3)
  assert.deepEqual(giver.takeAll(), [0, 70_000])
  assert.deepEqual(giver.takeAll(), [])
  assert.equal(giver.add(2 ** 20), false) // there is no place for it
})
