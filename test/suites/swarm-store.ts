// What every SwarmStore does. An implementation's test file calls this with a way to make an empty store.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromLatin1, toHex } from '../../src/core/bytes.ts'
import { type InfoHash, infoHash } from '../../src/core/ids.ts'
import type { PeerUpdate, SwarmStore } from '../../src/tracker/store.ts'

export function hashOf(text: string): InfoHash {
  const hash = infoHash(fromLatin1(text.padEnd(20, '.')))
  assert(hash !== undefined)
  return hash
}

/** 10.0.0.`n` at port 6881. */
export function peer4(n: number): Uint8Array {
  return Uint8Array.of(10, 0, n >> 8, n, 0x1a, 0xe1)
}

/** 2001:db8::`n` at port 6881. */
export function peer6(n: number): Uint8Array {
  return Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n, 0x1a, 0xe1)
}

export function update(change: Partial<PeerUpdate> = {}): PeerUpdate {
  return {
    infoHash: hashOf('a'),
    address: peer4(1),
    isSeed: false,
    event: 'none',
    wanted: { count: 50, isOtherFamilyWelcome: true, isSeedWelcome: true },
    ...change,
  }
}

export function testSwarmStore(name: string, makeStore: () => Promise<SwarmStore>): void {
  const storeTest = (behaviour: string, body: (store: SwarmStore) => Promise<void>): void => {
    test(`${name}: ${behaviour}`, async () => {
      const store = await makeStore()
      try {
        await body(store)
      } finally {
        await store.close()
      }
    })
  }

  storeTest('peers of a torrent are told of each other, never of themselves', async (store) => {
    const first = await store.announce(update(), 0)
    assert.deepEqual(first.counts, { seeders: 0, leechers: 1, completed: 0 })
    assert.deepEqual([first.peers4.length, first.peers6.length], [0, 0])
    const second = await store.announce(update({ address: peer6(2), isSeed: true }), 0)
    assert.deepEqual(second.counts, { seeders: 1, leechers: 1, completed: 0 })
    assert.deepEqual(second.peers4, peer4(1))
    assert.equal(second.peers6.length, 0)
    const again = await store.announce(update(), 1)
    assert.deepEqual(again.peers6, peer6(2))
    assert.equal(again.peers4.length, 0)
  })

  storeTest('torrents have nothing to do with each other', async (store) => {
    await store.announce(update(), 0)
    const other = await store.announce(update({ infoHash: hashOf('b'), address: peer4(2) }), 0)
    assert.equal(other.peers4.length, 0)
    assert.deepEqual(await store.counts(), { torrents: 2, peers: 2 })
  })

  storeTest('no more peers are given than wanted, and the wishes about seeds and families count', async (store) => {
    for (let n = 1; n <= 9; n++) await store.announce(update({ address: peer4(n), isSeed: n > 5 }), 0)
    await store.announce(update({ address: peer6(1) }), 0)
    const wanted = { count: 3, isOtherFamilyWelcome: true, isSeedWelcome: true }
    const few = await store.announce(update({ wanted }), 1)
    assert.deepEqual([few.peers4.length, few.peers6.length], [3 * 6, 0])
    const leechers = await store.announce(
      update({ isSeed: true, wanted: { count: 50, isOtherFamilyWelcome: false, isSeedWelcome: false } }),
      1,
    )
    assert.deepEqual([leechers.peers4.length, leechers.peers6.length], [4 * 6, 0])
    const none = await store.announce(update({ wanted: { ...wanted, count: 0 } }), 1)
    assert.deepEqual([none.peers4.length, none.peers6.length], [0, 0])
  })

  storeTest('stopped removes the peer, and who stops is given nobody', async (store) => {
    await store.announce(update(), 0)
    await store.announce(update({ address: peer4(2) }), 0)
    const bye = await store.announce(update({ event: 'stopped' }), 1)
    assert.deepEqual(bye.counts, { seeders: 0, leechers: 1, completed: 0 })
    assert.equal(bye.peers4.length, 0)
    await store.announce(update({ event: 'stopped' }), 1) // a second time does no harm
    assert.deepEqual(await store.counts(), { torrents: 1, peers: 1 })
    await store.announce(update({ address: peer4(2), event: 'stopped' }), 1)
    assert.deepEqual(await store.counts(), { torrents: 0, peers: 0 })
  })

  storeTest('a leecher becomes a seed; completed counts once per peer', async (store) => {
    await store.announce(update(), 0)
    await store.announce(update({ event: 'completed', isSeed: true }), 1)
    const { counts } = await store.announce(update({ event: 'completed', isSeed: true }), 2)
    assert.deepEqual(counts, { seeders: 1, leechers: 0, completed: 1 })
  })

  storeTest('a peer that takes no connections gets peers, and nobody is told of it', async (store) => {
    await store.announce(update(), 0)
    const deaf = peer4(2)
    deaf.fill(0, 4)
    assert.deepEqual((await store.announce(update({ address: deaf }), 0)).peers4, peer4(1))
    assert.deepEqual(await store.counts(), { torrents: 1, peers: 1 })
  })

  storeTest('a scrape counts and does not join; unknown torrents are zeros', async (store) => {
    await store.announce(update({ event: 'completed', isSeed: true }), 0)
    assert.deepEqual(await store.scrape([hashOf('b'), hashOf('a')]), [
      { seeders: 0, leechers: 0, completed: 0 },
      { seeders: 1, leechers: 0, completed: 1 },
    ])
    assert.deepEqual(await store.counts(), { torrents: 1, peers: 1 })
  })

  storeTest('the silent expire, and torrents without peers with them', async (store) => {
    await store.announce(update(), 10)
    await store.announce(update({ address: peer6(1) }), 20)
    await store.announce(update({ infoHash: hashOf('b') }), 10)
    await store.expire(10)
    assert.deepEqual(await store.counts(), { torrents: 2, peers: 3 })
    await store.expire(11)
    assert.deepEqual(await store.counts(), { torrents: 1, peers: 1 })
    assert.deepEqual(await store.addresses(), [peer6(1)])
  })

  storeTest('addresses are listed once and removed everywhere', async (store) => {
    await store.announce(update(), 0)
    await store.announce(update({ infoHash: hashOf('b') }), 0)
    await store.announce(update({ address: peer6(1) }), 0)
    assert.deepEqual((await store.addresses()).map(toHex).sort(), [peer4(1), peer6(1)].map(toHex))
    await store.remove([peer4(1), peer4(9)])
    assert.deepEqual(await store.counts(), { torrents: 1, peers: 1 })
    assert.deepEqual(await store.addresses(), [peer6(1)])
  })

  storeTest('a torrent is forgotten with all its peers, and others are not', async (store) => {
    for (let n = 1; n <= 20; n++) await store.announce(update({ address: peer4(n), isSeed: n > 15 }), 0)
    await store.announce(update({ address: peer6(1), isSeed: true, event: 'completed' }), 0)
    await store.announce(update({ infoHash: hashOf('b') }), 0)
    await store.forget(hashOf('a'))
    await store.forget(hashOf('c')) // nobody knows it
    assert.deepEqual(await store.counts(), { torrents: 1, peers: 1 })
    assert.deepEqual(await store.scrape([hashOf('a')]), [{ seeders: 0, leechers: 0, completed: 0 }])
    const again = await store.announce(update({ address: peer4(2) }), 1)
    assert.deepEqual([again.counts, again.peers4.length], [{ seeders: 0, leechers: 1, completed: 0 }, 0])
  })
}
