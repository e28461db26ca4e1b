import assert from 'node:assert/strict'
import { closeSync, fstatSync, openSync } from 'node:fs'
import { test } from 'node:test'
import { loadLibc } from '../../src/io/libc.ts'
import { ThreadDescriptors } from '../../src/tracker/thread-descriptors.ts'

const skip = (await loadLibc()) ? false : 'there is no koffi for this machine'

test('those that were handed over and not given back are left, once', () => {
  const giver = new ThreadDescriptors()
  const taker = new ThreadDescriptors(giver.shared)
  for (const fd of [3, 0, 70_000]) assert.equal(giver.add(fd), true)
  taker.delete(3)
  assert.deepEqual(giver.takeAll(), [0, 70_000])
  assert.deepEqual(giver.takeAll(), [])
  assert.equal(giver.add(2 ** 20), false) // there is no place for it
})

test('what a thread opened and did not close is left, and what it could not open is not', { skip }, () => {
  const descriptors = new ThreadDescriptors()
  const [kept, closed] = [descriptors.open(openSomething), descriptors.open(openSomething)]
  assert.equal(
    descriptors.open(() => -1),
    -1,
  )
  descriptors.close(closed)
  assert.throws(() => fstatSync(closed), { code: 'EBADF' })
  assert.deepEqual(descriptors.takeAll(), [kept])
  closeSync(kept)
})

function openSomething(): number {
  return openSync('/dev/null', 'r')
}
