import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SHARED_CALLS_BYTES, SharedCalls } from '../../../src/core/tracker/shared-calls.ts'

const makeMemory = (): SharedArrayBuffer => new SharedArrayBuffer(SHARED_CALLS_BYTES)

function call(calls: SharedCalls, ip: Uint8Array, nowSec: number): number {
  calls.choose(ip)
  return calls.count(nowSec)
}

const ip4 = (...bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes)
/** Of 2001:db8:0:`network`::/64. */
const ip6 = (network: number, host: number): Uint8Array =>
  Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, network, 0, 0, 0, 0, 0, 0, 0, host)
/** 16,777,216 of them. */
const flooder = (n: number): Uint8Array => ip4(10, n >> 16, n >> 8, n)

test('a minute begins with the first call, and another one after it', () => {
  const calls = new SharedCalls(makeMemory(), 0, 7)
  const one = ip4(10, 0, 0, 1)
  assert.deepEqual(
    [0, 1, 59, 60, 61, 119, 120].map((nowSec) => call(calls, one, nowSec)),
    [1, 2, 3, 1, 2, 3, 1],
  )
  assert.equal(call(calls, one, 119), 2, 'a thread whose clock is a second behind')
})

test('an IPv6 /64 counts as one address; no IPv4 address counts as an IPv6 network', () => {
  const calls = new SharedCalls(makeMemory(), 0, 7)
  assert.deepEqual(
    [ip6(0, 1), ip6(0, 2), ip6(1, 1), ip4(0x20, 0x01, 0x0d, 0xb8), ip4(0x20, 0x01, 0x0d, 0xb8)].map((ip) =>
      call(calls, ip, 9),
    ),
    [1, 2, 1, 1, 2],
  )
})

test('threads with the same memory go on with the same counts', () => {
  const memory = makeMemory()
  const [first, second] = [new SharedCalls(memory, 0, 7), new SharedCalls(memory, 0, 7)]
  assert.deepEqual(
    [first, second, first].map((calls) => call(calls, ip6(0, 1), 9)),
    [1, 2, 3],
  )
})

/** Fewer than a group has entries: each has one, whatever the seed. */
const NETWORKS = [ip4(10, 0, 0, 1), ip4(10, 0, 0, 2), ip4(0, 0, 0, 0), ip6(0, 1), ip6(0, 2), ip6(1, 1), ip6(255, 1)]

test('counts are those of a plain model', () => {
  const step = fc.record({
    ip: fc.constantFrom(...NETWORKS),
    passedSec: fc.oneof(fc.integer({ min: -1, max: 2 }), fc.integer({ min: 0, max: 130 })),
  })
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffffffff }),
      fc.array(step, { minLength: 1, maxLength: 60 }),
      (seed, steps) => {
        const calls = new SharedCalls(makeMemory(), 0, seed)
        const model = new Map<string, { since: number; count: number }>()
        let nowSec = 1000
        for (const { ip, passedSec } of steps) {
          nowSec += passedSec
          const network = ip.subarray(0, 8).join('.')
          const known = model.get(network)
          const isNew = known === undefined || nowSec - known.since >= 60
          const expected = isNew ? { since: nowSec, count: 1 } : { since: known.since, count: known.count + 1 }
          model.set(network, expected)
          assert.equal(call(calls, ip, nowSec), expected.count)
        }
      },
    ),
  )
})

test('a flood from a million addresses stays in its memory, and old friends are counted as before', () => {
  const [before, after] = [64, 64]
  const memory = new SharedArrayBuffer(before + SHARED_CALLS_BYTES + after)
  const calls = new SharedCalls(memory, before, 0xc0ffee)
  const friend = ip4(192, 0, 2, 1)
  assert.equal(call(calls, friend, 100), 1)
  let counted = 0
  for (let n = 0; n < 1_000_000; n++) if (call(calls, flooder(n), 100) === 1) counted++
  const entries = SHARED_CALLS_BYTES / 16
  assert(counted < entries && counted > entries * 0.98, `${counted} of ${entries}`)
  assert.equal(call(calls, friend, 159), 2)
  // In the next minute the flood may be quicker: then the friend is not counted, and that is all.
  for (let n = 1_000_000; n < 2_000_000; n++) call(calls, flooder(n), 160)
  assert(call(calls, friend, 160) <= 1)
  assert(call(calls, friend, 160) <= 2)
  assert.equal(call(calls, friend, 220), 1, 'when the flood is over')
  const outside = [new Uint8Array(memory, 0, before), new Uint8Array(memory, before + SHARED_CALLS_BYTES, after)]
  assert(outside.every((bytes) => bytes.every((byte) => byte === 0)))
})

test('as many addresses as a full tracker has find a place, but for one in forty', () => {
  const calls = new SharedCalls(makeMemory(), 0, 0xc0ffee)
  let left = 0
  for (let n = 0; n < 330_000; n++) if (call(calls, flooder(n), 100) === 0) left++
  assert(left < 330_000 / 35, `${left} have none`)
})
