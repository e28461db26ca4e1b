import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CallsPerMinute } from '../../src/core/calls-per-minute.ts'

test('each address may call so often within a minute; an IPv6 /64 is one', () => {
  const calls = new CallsPerMinute(2)
  const [one, neighbour] = [Uint8Array.of(10, 0, 0, 1), Uint8Array.of(10, 0, 0, 2)]
  assert.deepEqual(
    [1, 2, 3].map(() => calls.isTooOften(one, 5)),
    [false, false, true],
  )
  assert.equal(calls.isTooOften(neighbour, 5), false)
  assert.equal(calls.isTooOften(one, 60_005), false, 'a new minute')
  const six = (n: number): Uint8Array => Uint8Array.from({ length: 16 }, (_, at) => (at === 15 ? n : 7))
  assert.deepEqual(
    [1, 2, 3].map((n) => calls.isTooOften(six(n), 5 + 60_000)),
    [false, false, true],
    'one /64',
  )
})
