import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toHex } from '../../../src/core/bytes.ts'
import { AddressBudget } from '../../../src/core/tracker/address-budget.ts'
import { PackedSwarms } from '../../../src/core/tracker/packed-swarms.ts'
import { SwarmCall } from '../../../src/core/tracker/swarm-call.ts'

const V4A = Uint8Array.of(10, 0, 0, 1, 0, 80)
const V4B = Uint8Array.of(10, 0, 0, 2, 0, 80)
const V6A = Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 80)
const LIMITS = { maxTorrents: 100, maxPeersPerTorrent: 1000, topBlocks: 1 }

class Swarms {
  readonly totals = new Uint32Array(2)
  readonly packed: PackedSwarms
  readonly call = new SwarmCall()

  constructor(limits = LIMITS) {
    const budgets = {
      totals: this.totals,
      maxPeers: 1e6,
      maxTorrents: limits.maxTorrents,
      perAddress: new AddressBudget(new Uint32Array(1024), 1e6, 1),
      perAddressAndTorrent: new AddressBudget(new Uint32Array(1024), 1e6, 1),
    }
    const memory = new SharedArrayBuffer(PackedSwarms.bytesFor(limits))
    this.packed = new PackedSwarms(memory, 0, limits, budgets, 5, Math.random)
  }

  announce(address: Uint8Array, change: Partial<SwarmCall> = {}, hash = 1): SwarmCall {
    const usual = { isStopped: false, isSeed: false, hasCompleted: false, wanted: 50, nowSec: 0 }
    Object.assign(this.call, { ...usual, isSeedWelcome: true, isOtherFamilyWelcome: true }, change)
    this.call.infoHash.fill(hash)
    this.call.setAddress(address)
    this.packed.announce(this.call)
    return this.call
  }

  given(): string[] {
    const { peers4, peers4Count, peers6, peers6Count } = this.call
    return [peers4.slice(0, peers4Count * 6), peers6.slice(0, peers6Count * 18)].map(toHex)
  }
}

test('both families are counted together and given apart', () => {
  const swarms = new Swarms()
  swarms.announce(V4A)
  swarms.announce(V4B, { isSeed: true })
  assert.deepEqual(swarms.announce(V6A).counts(), { seeders: 1, leechers: 2, completed: 0 })
  swarms.announce(V4A)
  assert.deepEqual(swarms.given(), [toHex(V4B), toHex(V6A)])
  swarms.announce(V6A, { isOtherFamilyWelcome: false })
  assert.deepEqual(swarms.given(), ['', ''])
})

test('the other family fills up what its own leaves', () => {
  const swarms = new Swarms()
  for (const address of [V4A, V4B, V6A]) swarms.announce(address)
  swarms.announce(V4A, { wanted: 1 })
  assert.deepEqual(swarms.given(), [toHex(V4B), ''])
})

test('a seed is given no seeds', () => {
  const swarms = new Swarms()
  swarms.announce(V4B, { isSeed: true })
  swarms.announce(V6A)
  swarms.announce(V4A, { isSeed: true, isSeedWelcome: false })
  assert.deepEqual(swarms.given(), ['', toHex(V6A)])
})

test('who completes is counted once, also when it says so again or starts over', () => {
  const swarms = new Swarms()
  swarms.announce(V4A)
  for (const isSeed of [true, true, false, true]) swarms.announce(V4A, { isSeed, hasCompleted: isSeed })
  assert.deepEqual(swarms.announce(V4A, { isSeed: true }).counts(), { seeders: 1, leechers: 0, completed: 1 })
})

test('the silent go, and the torrent with the last of them', () => {
  const swarms = new Swarms()
  for (const [address, nowSec] of [
    [V4A, 10],
    [V4B, 20],
    [V6A, 19],
  ] as const) {
    swarms.announce(address, { nowSec })
  }
  const heard: string[] = []
  swarms.packed.removeWhere(1, Infinity, Infinity, (compact, heardAtSec) => {
    if (heardAtSec < 20) heard.push(toHex(compact))
    return heardAtSec < 20
  })
  assert.deepEqual(heard, [V6A, V4A].map(toHex))
  assert.deepEqual(
    swarms.packed.read(1, 0, Infinity)?.peers.map(({ address }) => address),
    [V4B],
  )
  swarms.packed.removeWhere(1, Infinity, Infinity, () => true)
  assert.equal(swarms.packed.read(1, 0, Infinity), undefined)
  assert.deepEqual([...swarms.totals], [0, 0])
})

test('torrents come and go without a trace, whatever their order', () => {
  const step = fc.record({ hash: fc.nat({ max: 40 }), n: fc.nat({ max: 3 }), isStopped: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const swarms = new Swarms({ ...LIMITS, maxTorrents: 20 })
      const model = new Map<number, Set<number>>()
      for (const { hash, n, isStopped } of steps) {
        const { leechers } = swarms.announce(Uint8Array.of(10, 0, 0, n, 0, 80), { isStopped }, hash)
        const peers = model.get(hash) ?? new Set()
        if (isStopped) peers.delete(n)
        else if (peers.size > 0 || model.size < 20) peers.add(n)
        if (peers.size === 0) model.delete(hash)
        else model.set(hash, peers)
        assert.equal(leechers, peers.size)
      }
      const peers = [...model.values()].reduce((sum, one) => sum + one.size, 0)
      assert.deepEqual([...swarms.totals], [peers, model.size])
    }),
    { numRuns: 100 },
  )
})

test('what was read is what is restored', () => {
  const [swarms, other] = [new Swarms(), new Swarms()]
  swarms.announce(V4A, { isSeed: true, hasCompleted: true, nowSec: 7 })
  swarms.announce(V4B, { nowSec: 8 })
  swarms.announce(V6A, { nowSec: 9 })
  const kept = swarms.packed.read(1, 0, Infinity)
  assert(kept !== undefined)
  other.packed.restore(kept)
  assert.deepEqual(other.packed.read(1, 0, Infinity), kept)
  assert.deepEqual([...other.totals], [3, 1])
})

test('a large torrent is read, and thinned out, part by part', () => {
  const swarms = new Swarms()
  const peer = (n: number): Uint8Array => Uint8Array.of(10, 0, 0, n, 0, 80)
  const peer6 = (n: number): Uint8Array => Uint8Array.from(V6A, (byte, i) => (i === 15 ? n : byte))
  for (let n = 0; n < 30; n++) swarms.announce(peer(n), { isSeed: n % 2 === 0, nowSec: n })
  for (let n = 0; n < 25; n++) swarms.announce(peer6(n), { isSeed: n % 3 === 0, nowSec: n })
  const parts = Array.from({ length: 7 }, (_, i) => swarms.packed.read(1, i * 10, 10)?.peers ?? [])
  assert.deepEqual(
    parts.map((part) => part.length),
    [10, 10, 10, 10, 10, 5, 0],
  )
  assert.deepEqual(parts.flat(), swarms.packed.read(1, 0, Infinity)?.peers)
  for (let end = Infinity; end > 0; ) end = swarms.packed.removeWhere(1, end, 7, (_, heardAtSec) => heardAtSec < 20)
  const left = swarms.packed.read(1, 0, Infinity)?.peers ?? []
  assert.deepEqual(
    left.map(({ heardAtSec }) => heardAtSec).sort((a, b) => a - b),
    [20, 20, 21, 21, 22, 22, 23, 23, 24, 24, 25, 26, 27, 28, 29],
  )
  assert.deepEqual([...swarms.totals], [15, 1])
})

test('a budget counts addresses without their ports, and IPv6 by the /64', () => {
  const budget = new AddressBudget(new Uint32Array(2 ** 16), 1, 5)
  const call = new SwarmCall()
  const words = (compact: Uint8Array): Uint32Array => {
    call.setAddress(compact)
    return call.addressAsWords.slice()
  }
  const sameNetwork = V6A.slice()
  sameNetwork[12] = 9
  budget.take(words(V4A), 1, 0)
  budget.take(words(V6A), 4, 0)
  assert.equal(budget.hasRoom(words(V4A), 1, 0), false)
  assert.equal(budget.hasRoom(words(Uint8Array.of(10, 0, 0, 1, 9, 9)), 1, 0), false)
  assert.equal(budget.hasRoom(words(V4B), 1, 0), true)
  assert.equal(budget.hasRoom(words(sameNetwork), 4, 0), false)
  assert.equal(budget.hasRoom(words(V4A), 1, 1), true) // another torrent
  budget.giveBack(words(V4A), 1, 0)
  assert.equal(budget.hasRoom(words(V4A), 1, 0), true)
})
