import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AddressBudget } from '../../../src/core/tracker/address-budget.ts'
import { type PeersWanted, Swarm } from '../../../src/core/tracker/swarm.ts'

const V4A = Uint8Array.of(10, 0, 0, 1, 0, 80)
const V4B = Uint8Array.of(10, 0, 0, 2, 0, 80)
const V6A = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 80)
const ALL: PeersWanted = { count: 50, isOtherFamilyWelcome: true, isSeedWelcome: true }

test('both families are counted together and given apart', () => {
  const swarm = new Swarm(1)
  swarm.put(V4A, false, false, 0)
  swarm.put(V4B, true, false, 0)
  swarm.put(V6A, false, false, 0)
  assert.deepEqual(swarm.counts(), { seeders: 1, leechers: 2, completed: 0 })
  assert.deepEqual(swarm.pick(V4A, ALL, Math.random), { peers4: V4B, peers6: V6A })
  assert.deepEqual(swarm.pick(V6A, { ...ALL, isOtherFamilyWelcome: false }, Math.random), {
    peers4: new Uint8Array(),
    peers6: new Uint8Array(),
  })
})

test('the other family fills up what its own leaves', () => {
  const swarm = new Swarm(1)
  for (const address of [V4A, V4B, V6A]) swarm.put(address, false, false, 0)
  assert.deepEqual(swarm.pick(V4A, { ...ALL, count: 1 }, Math.random), { peers4: V4B, peers6: new Uint8Array() })
})

test('a seed is given no seeds', () => {
  const swarm = new Swarm(1)
  swarm.put(V4A, true, false, 0)
  swarm.put(V4B, true, false, 0)
  swarm.put(V6A, false, false, 0)
  assert.deepEqual(swarm.pick(V4A, { ...ALL, isSeedWelcome: false }, Math.random), {
    peers4: new Uint8Array(),
    peers6: V6A,
  })
})

test('who completes is counted once, also when it says so again or starts over', () => {
  const swarm = new Swarm(1)
  swarm.put(V4A, false, false, 0)
  swarm.put(V4A, true, true, 1)
  swarm.put(V4A, true, true, 2)
  swarm.put(V4A, false, false, 3)
  swarm.put(V4A, true, true, 4)
  assert.deepEqual(swarm.counts(), { seeders: 1, leechers: 0, completed: 1 })
})

test('the silent expire, and each is reported', () => {
  const swarm = new Swarm(1)
  swarm.put(V4A, false, false, 10)
  swarm.put(V4B, false, false, 20)
  swarm.put(V6A, true, false, 19)
  const gone: Uint8Array[] = []
  swarm.expire(20, (address) => gone.push(address))
  assert.deepEqual(gone, [V4A, V6A])
  assert.deepEqual(swarm.addresses(), [V4B])
  assert.equal(swarm.remove(V4A), false)
  assert.equal(swarm.remove(V4B), true)
  assert.equal(swarm.peerCount, 0)
})

test('a budget counts addresses without their ports, and IPv6 by the /64', () => {
  const budget = new AddressBudget(1, 2 ** 16, 5)
  const otherPort = Uint8Array.of(10, 0, 0, 1, 9, 9)
  const sameNetwork = V6A.slice()
  sameNetwork[12] = 9
  budget.take(V4A, 0)
  budget.take(V6A, 0)
  assert.deepEqual(
    [V4A, otherPort, V4B, V6A, sameNetwork].map((address) => budget.hasRoom(address, 0)),
    [false, false, true, false, false],
  )
  assert.equal(budget.hasRoom(V4A, 1), true) // another torrent
  budget.giveBack(V4A, 0)
  assert.equal(budget.hasRoom(otherPort, 0), true)
})
