// What is looked at for all who listen: what could not be made is made at the next look.
import assert from 'node:assert/strict'
import test from 'node:test'
import { Changing } from '../../src/daemon/changing.ts'

test('what failed to be made is not taken for known', () => {
  const files = new Changing('none')
  const fails = (): string => {
    throw new Error('the disk is full')
  }
  assert.throws(() => files.noteBy(1, 'key', fails), /the disk is full/)
  files.noteBy(2, 'key', () => 'made')
  assert.deepEqual([files.value, files.changedAt], ['made', 2])
  files.noteBy(3, 'key', fails)
  assert.equal(files.changedAt, 2)
})
