import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readU32 } from '../../../src/core/bytes.ts'
import { BlockHeap } from '../../../src/core/tracker/block-heap.ts'
import { PeerTables } from '../../../src/core/tracker/peer-tables.ts'
import type { AddressWords } from '../../../src/core/tracker/swarm-call.ts'

/** Address words, then the port in the first two bytes of the next. */
function peer(n: number, width: AddressWords = 1): Uint32Array {
  const bytes = new Uint8Array(20)
  bytes.set([10, n >> 16, n >> 8, n], width === 1 ? 0 : 12)
  bytes.set([0x1a, 0xe1], width * 4)
  return new Uint32Array(bytes.buffer)
}

class Table {
  readonly heap = new BlockHeap(new SharedArrayBuffer(BlockHeap.bytesFor(1)), 0, 1)
  readonly tables: PeerTables
  readonly width: AddressWords

  constructor(width: AddressWords, seed = 7) {
    this.tables = new PeerTables(this.heap, new Uint32Array(new SharedArrayBuffer(16)), seed)
    this.width = width
  }

  get count(): number {
    return this.tables.count(0)
  }

  get leechers(): number {
    return this.tables.leechers(0)
  }

  find(n: number): number {
    return this.tables.find(0, this.width, peer(n, this.width))
  }

  put(n: number, isSeed: boolean, nowSec: number): number {
    return this.tables.put(0, this.width, peer(n, this.width), this.find(n), isSeed, nowSec)
  }

  remove(position: number): void {
    this.tables.removeAt(0, this.width, position)
  }

  peerAt(position: number): number {
    const key = new Uint32Array(5)
    this.tables.readKey(0, this.width, position, key)
    const bytes = new Uint8Array(key.buffer, this.width * 4 - 4)
    assert.deepEqual([...bytes.subarray(4, 8)], [0x1a, 0xe1, 0, 0])
    return readU32(bytes, 0) & 0xffffff
  }

  sample(wanted: number, self: number, isLeechersOnly: boolean, random: () => number): number[] {
    const out = new Uint16Array(9000)
    const taken = this.tables.sample(0, this.width, wanted, self, isLeechersOnly, random, out)
    const size = this.width * 4 + 2
    const bytes = new Uint8Array(out.buffer)
    return Array.from({ length: taken }, (_, i) => {
      const port = i * size + this.width * 4
      assert.deepEqual([...bytes.subarray(port, port + 2)], [0x1a, 0xe1])
      return readU32(bytes, port - 4) & 0xffffff
    })
  }
}

function tableOf(leechers: number, seeds: number, width: AddressWords = 1): Table {
  const table = new Table(width)
  for (let n = 0; n < seeds; n++) table.put(1000 + n, true, 0)
  for (let n = 0; n < leechers; n++) table.put(n, false, 0)
  return table
}

/** The same numbers in every run; 0.999… comes up, as with every generator. */
function numbers(): () => number {
  let n = 0
  return () => [0.1, 0.9999999, 0.5, 0, 0.73][n++ % 5] ?? 0
}

test('a table behaves like a map, whatever is added, changed and removed', () => {
  const step = fc.record({
    n: fc.nat({ max: 120 }),
    action: fc.constantFrom('leecher', 'leecher', 'seed', 'seed', 'complete', 'remove'),
    nowSec: fc.nat(),
  })
  const steps = fc.array(step, { maxLength: 500 })
  fc.assert(
    fc.property(steps, fc.nat({ max: 2 ** 32 - 1 }), fc.constantFrom(1 as const, 4 as const), (all, seed, width) => {
      const table = new Table(width, seed)
      const model = new Map<number, { isSeed: boolean; nowSec: number; hasCompleted: boolean }>()
      for (const { n, action, nowSec } of all) {
        const known = model.get(n)
        if (action === 'remove') {
          const position = table.find(n)
          assert.equal(position !== -1, model.delete(n))
          if (position !== -1) table.remove(position)
          continue
        }
        const isSeed = action !== 'leecher'
        const position = table.put(n, isSeed, nowSec)
        assert.equal(table.peerAt(position), n)
        const hasCompleted = known?.hasCompleted === true
        if (action === 'complete') assert.equal(table.tables.markCompleted(0, width, position), !hasCompleted)
        model.set(n, { isSeed, nowSec, hasCompleted: hasCompleted || action === 'complete' })
      }
      assert.equal(table.count, model.size)
      assert.equal(table.leechers, [...model.values()].filter(({ isSeed }) => !isSeed).length)
      for (let n = 0; n <= 120; n++) {
        const position = table.find(n)
        const known = model.get(n)
        assert.equal(position === -1, known === undefined)
        if (known === undefined) continue
        assert.equal(table.tables.lastHeardAt(0, width, position), known.nowSec)
        assert.equal(table.tables.hasCompleted(0, width, position), known.hasCompleted)
        assert.equal(position >= table.leechers, known.isSeed)
      }
    }),
    { numRuns: 300 },
  )
})

test('a table of thousands finds everybody, and gives all its memory back', () => {
  for (const width of [1, 4] as const) {
    const table = tableOf(900, 900, width)
    for (let n = 0; n < 900; n++) assert.equal(table.peerAt(table.find(n)), n)
    for (let position = table.count - 1; position >= 0; position--) table.remove(position)
    assert.equal(table.find(1), -1)
    // All 8 MiB are one block again.
    assert.notEqual(table.heap.allocate(2 ** 21), 0)
  }
})

test('without memory for one more the others stay', () => {
  const table = new Table(1)
  let n = 0
  while (table.put(n, n % 3 === 0, 0) !== -1) n++
  assert(n > 100_000, `${n}`)
  assert.equal(table.count, n)
  for (const one of [0, 1, n - 1]) assert.equal(table.peerAt(table.find(one)), one)
  assert.equal(table.put(1, true, 9), table.find(1))
})

test('a sample holds distinct peers, as many as there are or as are wanted, never the one who asks', () => {
  for (const width of [1, 4] as const) {
    const table = tableOf(30, 10, width)
    const self = table.find(17)
    for (const wanted of [0, 1, 5, 38, 39, 40, 1000]) {
      const peers = table.sample(wanted, self, false, numbers())
      assert.equal(peers.length, Math.min(wanted, 39))
      assert.equal(new Set(peers).size, peers.length)
      assert(!peers.includes(17))
    }
  }
})

test('a sample of leechers holds no seed', () => {
  const table = tableOf(3, 20)
  assert.deepEqual(
    table.sample(50, table.find(1000), true, numbers()).sort((a, b) => a - b),
    [0, 1, 2],
  )
  assert.equal(table.sample(50, table.find(0), true, numbers()).length, 2)
})

test('over many samples everybody is named about as often', () => {
  const table = tableOf(40, 60)
  const named = new Map<number, number>()
  for (let i = 0; i < 2000; i++) {
    for (const one of table.sample(10, -1, false, Math.random)) named.set(one, (named.get(one) ?? 0) + 1)
  }
  assert.equal(named.size, 100)
  // 200 expected each, standard deviation 14: a bound of ten deviations does not fail by chance.
  for (const times of named.values()) assert(times > 60 && times < 340, `${times}`)
})
