import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { printAddress } from '../../src/core/address.ts'
import { MemoryStore } from '../../src/tracker/memory-store.ts'
import { Probe, type ProbeResult } from '../../src/tracker/probe.ts'
import { hashOf, peer4, peer6, update } from '../suites/swarm-store.ts'

async function storeOf(...addresses: Uint8Array[]): Promise<MemoryStore> {
  const store = new MemoryStore()
  for (const address of addresses) await store.announce(update({ address }), 0)
  return store
}

test('who misses two rounds in a row is dropped from every torrent', async () => {
  const store = await storeOf(peer4(1), peer6(2))
  await store.announce(update({ infoHash: hashOf('b') }), 0)
  const probe = new Probe(
    store,
    async (address): Promise<ProbeResult> => (address.ip === '10.0.0.1' ? 'gone' : 'there'),
  )
  await probe.round()
  assert.equal((await store.counts()).peers, 3)
  await probe.round()
  assert.deepEqual(await store.addresses(), [peer6(2)])
})

test('who answers in between starts anew, and a fault of ours counts for nothing', async () => {
  const store = await storeOf(peer4(1))
  const results: ProbeResult[] = ['gone', 'there', 'gone', 'unknown', 'unknown', 'gone']
  const probe = new Probe(store, async () => results.shift() ?? 'there')
  for (let i = 0; i < 5; i++) await probe.round()
  assert.equal((await store.counts()).peers, 1)
  await probe.round()
  assert.equal((await store.counts()).peers, 0)
})

test('an address is asked once a round, however many torrents it has', async () => {
  const store = await storeOf(peer4(1), peer4(2))
  await store.announce(update({ infoHash: hashOf('b') }), 0)
  const asked: string[] = []
  const probe = new Probe(store, async (address) => {
    asked.push(printAddress(address))
    return 'there'
  })
  await probe.round()
  assert.deepEqual(asked, ['10.0.0.1:6881', '10.0.0.2:6881'])
})

test('over TCP a listener is there and a closed port is gone', async () => {
  const server = net.createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const open = server.address()
  const closing = net.createServer().listen(0, '127.0.0.1')
  await once(closing, 'listening')
  const closed = closing.address()
  closing.close()
  await once(closing, 'close')
  assert(open !== null && closed !== null && typeof open === 'object' && typeof closed === 'object')
  const at = (port: number): Uint8Array => Uint8Array.of(127, 0, 0, 1, port >> 8, port)
  const store = await storeOf(at(open.port), at(closed.port))
  const probe = new Probe(store)
  await probe.round()
  await probe.round()
  assert.deepEqual(await store.addresses(), [at(open.port)])
  await probe.stop()
  server.close()
})

test('stop ends a round that is under way', async () => {
  const store = await storeOf(peer4(1))
  const probe = new Probe(store, (_, signal) => {
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve('unknown')))
  })
  const round = probe.round()
  await probe.stop()
  await round
  assert.equal((await store.counts()).peers, 1)
})
