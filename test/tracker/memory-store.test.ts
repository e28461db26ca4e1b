import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStore } from '../../src/tracker/memory-store.ts'
import { hashOf, peer4, testSwarmStore, update } from '../suites/swarm-store.ts'

testSwarmStore('memory store', async () => new MemoryStore())

test('beyond the bound of torrents new ones are answered and not kept, old ones live on', async () => {
  const store = new MemoryStore({ maxTorrents: 2 })
  for (const name of ['a', 'b', 'c']) await store.announce(update({ infoHash: hashOf(name) }), 0)
  assert.deepEqual(await store.counts(), { torrents: 2, peers: 2 })
  const refused = await store.announce(update({ infoHash: hashOf('c') }), 0)
  assert.deepEqual(refused.counts, { seeders: 0, leechers: 0, completed: 0 })
  const { peers4 } = await store.announce(update({ address: peer4(2) }), 0)
  assert.deepEqual(peers4, peer4(1))
  await store.expire(1)
  await store.announce(update({ infoHash: hashOf('c') }), 1)
  assert.deepEqual(await store.counts(), { torrents: 1, peers: 1 })
})

test('beyond the bounds of peers new ones get peers and are not kept', async () => {
  for (const limits of [{ maxPeers: 2 }, { maxPeersPerTorrent: 2 }]) {
    const store = new MemoryStore(limits)
    for (let n = 1; n <= 3; n++) await store.announce(update({ address: peer4(n) }), 0)
    assert.equal((await store.counts()).peers, 2)
    assert.equal((await store.announce(update({ address: peer4(3) }), 0)).peers4.length, 12)
    await store.announce(update({ address: peer4(1), event: 'stopped' }), 0)
    await store.announce(update({ address: peer4(3) }), 0)
    assert.equal((await store.counts()).peers, 2)
  }
})

test('one address holds so many entries in all and so many ports in one torrent, and gets them back', async () => {
  const store = new MemoryStore({ maxPortsPerAddress: 2, maxEntriesPerAddress: 3 })
  const port = (n: number): Uint8Array => Uint8Array.of(10, 0, 0, 1, 1, n)
  for (let n = 1; n <= 5; n++) await store.announce(update({ address: port(n) }), 0)
  assert.equal((await store.counts()).peers, 2)
  for (const name of ['b', 'c']) await store.announce(update({ infoHash: hashOf(name), address: port(1) }), 0)
  assert.equal((await store.counts()).peers, 3)
  await store.announce(update({ address: peer4(2) }), 0) // another address has its own budget
  assert.equal((await store.counts()).peers, 4)
  await store.expire(1)
  for (let n = 1; n <= 5; n++) await store.announce(update({ address: port(n) }), 1)
  assert.equal((await store.counts()).peers, 2)
})
