import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RequestQueue } from '../../src/engine/request-queue.ts'

type Request = readonly [index: number, begin: number, length: number]

function contents(queue: RequestQueue): Request[] {
  return Array.from({ length: queue.size }, (_, n) => [queue.index(n), queue.begin(n), queue.length(n)])
}

test('it refuses what is too much, and keeps the order', () => {
  const queue = new RequestQueue(3)
  assert.deepEqual(
    [1, 2, 3, 4].map((n) => queue.push(n, 0, 1)),
    [true, true, true, false],
  )
  queue.shift(1)
  assert.equal(queue.push(5, 0, 1), true)
  assert.deepEqual(
    contents(queue).map(([index]) => index),
    [2, 3, 5],
  )
})

test('whatever happens, it is what a list would be', () => {
  const request = fc.tuple(fc.nat(5), fc.nat(3), fc.nat(2))
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ push: request }) },
    { weight: 2, arbitrary: fc.record({ remove: request }) },
    { weight: 2, arbitrary: fc.record({ shift: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.constant({ clear: true }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const queue = new RequestQueue(40)
      let list: Request[] = []
      for (const one of steps) {
        if ('push' in one) {
          assert.equal(queue.push(...one.push), list.length < 40)
          if (list.length < 40) list.push(one.push)
        } else if ('remove' in one) {
          const at = list.findIndex((other) => other.join() === one.remove.join())
          assert.equal(queue.remove(...one.remove), at !== -1)
          if (at !== -1) list.splice(at, 1)
        } else if ('shift' in one) {
          const count = Math.min(one.shift, list.length)
          queue.shift(count)
          list.splice(0, count)
        } else {
          queue.clear()
          list = []
        }
        assert.deepEqual(contents(queue), list)
      }
    }),
  )
})
