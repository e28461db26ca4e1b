import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Candidates } from '../../src/engine/candidates.ts'

const at = (n: number): { ip: string; port: number } => ({ ip: `10.0.${n >> 8}.${n & 255}`, port: 6881 })

test('an address is known once, and is dialled once at a time', () => {
  const candidates = new Candidates()
  assert.ok(candidates.add(at(1), 'tracker'))
  assert.equal(candidates.add(at(1), 'incoming'), undefined)
  const first = candidates.next(0, false)
  assert.deepEqual(first?.address, at(1))
  if (first !== undefined) first.state = 'connecting'
  assert.equal(candidates.next(0, false), undefined)
})

test('addresses that can be nobody are not taken: port 0, multicast, unspecified', () => {
  const candidates = new Candidates()
  for (const ip of ['0.0.0.0', '224.0.0.1', '255.255.255.255', '::', 'ff02::1'])
    candidates.add({ ip, port: 1 }, 'tracker')
  candidates.add({ ip: '10.0.0.1', port: 0 }, 'tracker')
  assert.equal(candidates.size, 0)
})

test('who cannot be reached is tried again later each time, and never more than half an hour later', () => {
  const candidates = new Candidates()
  candidates.add(at(1), 'tracker')
  let now = 0
  const pauses: number[] = []
  for (let n = 0; n < 12; n++) {
    const candidate = candidates.next(now, false)
    assert.ok(candidate)
    candidate.state = 'connecting'
    candidates.released(candidate, now, false)
    pauses.push(candidate.nextTryAt - now)
    assert.equal(candidates.next(candidate.nextTryAt - 1, false), undefined)
    now = candidate.nextTryAt
  }
  assert.deepEqual(pauses.slice(0, 4), [5_000, 10_000, 20_000, 40_000])
  assert.equal(pauses.at(-1), 30 * 60_000)
})

test('fresh addresses come before those that failed', () => {
  const candidates = new Candidates()
  const failed = candidates.add(at(1), 'tracker')
  assert.ok(failed)
  candidates.released(failed, 0, false)
  candidates.add(at(2), 'tracker')
  assert.deepEqual(candidates.next(10_000, false)?.address, at(2))
})

test('banned addresses and our own stay so', () => {
  const candidates = new Candidates()
  for (const [n, state] of (['banned', 'us'] as const).entries()) {
    const candidate = candidates.add(at(n), 'tracker')
    assert.ok(candidate)
    candidate.state = state
    candidates.released(candidate, 0, true)
  }
  assert.equal(candidates.next(Number.MAX_SAFE_INTEGER, false), undefined)
})

test('[130] at most 3,000 are known; fresh ones are not pushed out, failed ones are, the user’s never', () => {
  const candidates = new Candidates()
  for (let n = 0; n < 3_000; n++) candidates.add(at(n), n === 0 ? 'user' : 'tracker')
  assert.equal(candidates.add(at(3_000), 'tracker'), undefined)
  for (const n of [0, 7]) {
    const candidate = candidates.get(at(n))
    assert.ok(candidate)
    candidates.released(candidate, 0, false)
  }
  assert.ok(candidates.add(at(3_000), 'tracker'))
  assert.equal(candidates.get(at(7)), undefined)
  assert.ok(candidates.get(at(0)))
  assert.equal(candidates.size, 3_000)
})
