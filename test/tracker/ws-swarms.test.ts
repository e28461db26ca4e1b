// The swarms of WebSockets, without sockets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFailure } from '../../src/core/tracker/announce.ts'
import { type BinaryText, readWsRequest } from '../../src/core/tracker/ws-announce.ts'
import { type Connection, type WsJoin, WsSwarms } from '../../src/tracker/ws-swarms.ts'

const HASH = 'a torrent.\x00\x80\xff.......'

const NOBODY = { send: () => {} }

function joinAs(n: number, change: Partial<WsJoin> = {}): WsJoin {
  return { infoHash: binary(HASH), peerId: binary(`peer ${n}`), isSeed: false, hasCompleted: false, ...change }
}

function binary(text: string): BinaryText {
  const request = readWsRequest({ action: 'scrape', info_hash: text.padEnd(20, '.') })
  assert(!isFailure(request) && request.kind === 'scrape')
  return request.infoHashes[0] ?? assert.fail()
}

test('every other member is as likely as any other, and comes once', () => {
  const swarms = new WsSwarms()
  const connections = Array.from({ length: 8 }, () => ({ send: () => {} }))
  connections.forEach((connection, n) => swarms.put(connection, joinAs(n, { isSeed: n > 4 }), 0))
  const times = new Map<Connection, number>(connections.map((connection) => [connection, 0]))
  for (let i = 0; i < 4000; i++) {
    const picked = swarms.pick(binary(HASH), joinAs(0).peerId, 3, Math.random)
    assert.equal(new Set(picked).size, 3)
    for (const one of picked) times.set(one, (times.get(one) ?? 0) + 1)
  }
  const [self, ...others] = times.values()
  assert.equal(self, 0)
  for (const count of others) assert.ok(count > 1400 && count < 2030, `${count} of 1714`) // ten standard deviations
})

test('counts stay right whatever comes, goes, completes and starts anew', () => {
  const swarms = new WsSwarms()
  const alive = new Map<number, boolean>()
  let seed = 1
  const random = (below: number): number => (seed = (seed * 48_271) % 0x7fffffff) % below
  for (let i = 0; i < 20_000; i++) {
    const n = random(40)
    if (random(3) === 0) {
      swarms.leave(NOBODY, binary(HASH), joinAs(n).peerId)
      alive.delete(n)
    } else {
      const isSeed = random(2) === 0
      assert.equal(swarms.put(NOBODY, joinAs(n, { isSeed }), i), undefined)
      alive.set(n, isSeed)
    }
    const seeders = [...alive.values()].filter((isSeed) => isSeed).length
    const counts = swarms.counts(binary(HASH))
    assert.deepEqual([counts.seeders, counts.leechers], [seeders, alive.size - seeders])
    if (!alive.has(n)) continue
    const others = alive.get(n) === true ? counts.leechers : alive.size - 1
    assert.equal(swarms.pick(binary(HASH), joinAs(n).peerId, 100, Math.random).length, others)
  }
  swarms.expire(20_000)
  assert.deepEqual(swarms.totals, { torrents: 0, members: 0 })
})

test('a completed torrent is counted once for each member', () => {
  const swarms = new WsSwarms()
  for (let i = 0; i < 3; i++) swarms.put(NOBODY, joinAs(1, { isSeed: true, hasCompleted: true }), 0)
  swarms.put(NOBODY, joinAs(2, { isSeed: true }), 0)
  assert.deepEqual(swarms.counts(binary(HASH)), { seeders: 2, leechers: 0, completed: 1 })
})

test('bounds refuse what is new and keep what is there', () => {
  const swarms = new WsSwarms({ maxTorrents: 2, maxMembers: 4, maxPerConnection: 3 })
  const of = (text: string): Partial<WsJoin> => ({ infoHash: binary(text) })
  assert.equal(swarms.put(NOBODY, joinAs(1, of('a')), 0), undefined)
  assert.equal(swarms.put(NOBODY, joinAs(1, of('b')), 0), undefined)
  assert.equal(swarms.put(NOBODY, joinAs(1, of('c')), 0), 'full')
  assert.equal(swarms.put(NOBODY, joinAs(2, of('a')), 0), undefined)
  assert.equal(swarms.put(NOBODY, joinAs(3, of('a')), 0), 'too-many-torrents')
  const other = { send: () => {} }
  assert.equal(swarms.put(other, joinAs(3, of('a')), 0), undefined)
  assert.equal(swarms.put(other, joinAs(4, of('a')), 0), 'full')
  assert.equal(swarms.put(NOBODY, joinAs(1, of('a')), 1), undefined)
  swarms.leaveAll(NOBODY)
  assert.deepEqual(swarms.totals, { torrents: 1, members: 1 })
  assert.equal(swarms.put(other, joinAs(1, of('c')), 1), undefined)
  swarms.expire(1)
  assert.deepEqual(swarms.totals, { torrents: 1, members: 1 })
})
