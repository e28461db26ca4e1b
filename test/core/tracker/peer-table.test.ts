import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { toHex } from '../../../src/core/bytes.ts'
import { PeerTable } from '../../../src/core/tracker/peer-table.ts'

function peer(n: number): Uint8Array {
  return Uint8Array.of(10, 0, n >> 8, n, 0x1a, 0xe1)
}

function tableOf(leechers: number, seeds: number): PeerTable {
  const table = new PeerTable(6, 7)
  for (let n = 0; n < seeds; n++) table.put(peer(1000 + n), true, 0)
  for (let n = 0; n < leechers; n++) table.put(peer(n), false, 0)
  return table
}

function split(compact: Uint8Array): string[] {
  return Array.from({ length: compact.length / 6 }, (_, i) => toHex(compact.subarray(i * 6, i * 6 + 6)))
}

/** The same numbers in every run; 0.999… comes up, as with every generator. */
function numbers(): () => number {
  let n = 0
  return () => [0.1, 0.9999999, 0.5, 0, 0.73][n++ % 5] ?? 0
}

test('a table behaves like a map, whatever is added, changed and removed', () => {
  const step = fc.record({
    n: fc.nat({ max: 60 }),
    action: fc.constantFrom('leecher', 'leecher', 'seed', 'seed', 'remove'),
    nowSec: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), fc.nat({ max: 2 ** 32 - 1 }), (steps, hashSeed) => {
      const table = new PeerTable(6, hashSeed)
      const model = new Map<number, { isSeed: boolean; nowSec: number }>()
      for (const { n, action, nowSec } of steps) {
        if (action === 'remove') {
          const position = table.find(peer(n))
          assert.equal(position !== -1, model.delete(n))
          if (position !== -1) table.removeAt(position)
        } else {
          const position = table.put(peer(n), action === 'seed', nowSec)
          model.set(n, { isSeed: action === 'seed', nowSec })
          assert.deepEqual(table.addressAt(position), peer(n))
        }
      }
      assert.equal(table.count, model.size)
      assert.equal(table.leechers, [...model.values()].filter(({ isSeed }) => !isSeed).length)
      for (let n = 0; n <= 60; n++) {
        const position = table.find(peer(n))
        const known = model.get(n)
        assert.equal(position === -1, known === undefined)
        if (known === undefined) continue
        assert.equal(table.lastHeardAt(position), known.nowSec)
        assert.equal(position >= table.leechers, known.isSeed)
      }
    }),
    { numRuns: 300 },
  )
})

test('a table of thousands finds everybody, and shrinks again to nothing', () => {
  const table = tableOf(900, 900)
  for (let n = 0; n < 900; n++) assert.deepEqual(table.addressAt(table.find(peer(n))), peer(n))
  table.removeWhere((position) => position >= table.leechers || position % 2 === 0)
  assert.equal(table.leechers, table.count)
  table.removeWhere(() => true)
  assert.equal(table.count, 0)
  assert.equal(table.find(peer(1)), -1)
})

test('a sample holds distinct peers, as many as there are or as are wanted, never the one who asks', () => {
  const table = tableOf(30, 10)
  const self = table.find(peer(17))
  for (const wanted of [0, 1, 5, 38, 39, 40, 1000]) {
    const peers = split(table.sample(wanted, self, false, numbers()))
    assert.equal(peers.length, Math.min(wanted, 39))
    assert.equal(new Set(peers).size, peers.length)
    assert(!peers.includes(toHex(peer(17))))
  }
})

test('a sample of leechers holds no seed', () => {
  const table = tableOf(3, 20)
  const everyLeecher = [0, 1, 2].map((n) => toHex(peer(n)))
  assert.deepEqual(split(table.sample(50, table.find(peer(1000)), true, numbers())).sort(), everyLeecher)
  assert.equal(table.sample(50, table.find(peer(0)), true, numbers()).length, 2 * 6)
})

test('over many samples everybody is named about as often', () => {
  const table = tableOf(40, 60)
  const named = new Map<string, number>()
  for (let i = 0; i < 2000; i++) {
    for (const one of split(table.sample(10, -1, false, Math.random))) named.set(one, (named.get(one) ?? 0) + 1)
  }
  assert.equal(named.size, 100)
  // 200 expected each, standard deviation 14: a bound of ten deviations does not fail by chance.
  for (const times of named.values()) assert(times > 60 && times < 340, `${times}`)
})
