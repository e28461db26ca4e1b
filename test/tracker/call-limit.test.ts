// One count for all threads.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { CallLimit, makeCallCounts } from '../../src/tracker/call-limit.ts'
import type { HammerData } from '../support/call-hammer.ts'

const THREADS = 2

/** How many calls of all threads were let through. */
async function hammer(task: Pick<HammerData, 'most' | 'addresses' | 'rounds'>): Promise<number> {
  const gate = new SharedArrayBuffer(4)
  new Int32Array(gate)[0] = THREADS
  const workerData: HammerData = { ...task, gate, counts: makeCallCounts() }
  const passed = await Promise.all(
    Array.from({ length: THREADS }, async () => {
      const worker = new Worker(new URL('../support/call-hammer.ts', import.meta.url), { workerData })
      const exited = once(worker, 'exit')
      const [count] = await once(worker, 'message')
      assert(typeof count === 'number')
      await exited
      return count
    }),
  )
  return passed.reduce((sum, count) => sum + count, 0)
}

test('threads that call at once for one address get exactly what it may have', async () => {
  assert.equal(await hammer({ most: 300_000, addresses: 1, rounds: 200_000 }), 300_000)
  assert.equal(await hammer({ most: 1_000_000, addresses: 1, rounds: 200_000 }), 400_000)
})

test('threads that see new addresses at once count each in one place', async () => {
  assert.equal(await hammer({ most: 3, addresses: 20_000, rounds: 2 }), 60_000)
})

test('limits with counts of their own know nothing of each other', () => {
  const ip = Uint8Array.of(10, 0, 0, 1)
  for (const limit of [new CallLimit(1), new CallLimit(1)]) {
    assert.equal(limit.isTooOften(ip, 1000), false)
    assert.equal(limit.isTooOften(ip, 1000), true)
    assert.equal(limit.isTooOften(ip, 1060), false)
  }
})
