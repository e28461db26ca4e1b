// Protocol encryption between sessions, and with peers made by hand.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Address } from '../../src/core/address.ts'
import { MSE_KEY_BYTES, MseHandshake } from '../../src/core/wire/mse.ts'
import { pingPeer } from '../../src/engine/ping-peer.ts'
import type { EncryptionMode } from '../../src/engine/encryption-mode.ts'
import { nodeMseCrypto } from '../../src/io/mse-crypto.ts'
import { handshake, ScriptedPeer } from '../attack/scripted-peer.ts'
import { makeTestTorrent } from '../attack/test-torrent.ts'
import { assertServes, startSeed, type Victim } from '../attack/victim.ts'
import { makeHome, removeHome, until } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import { EncryptedPeer } from './encrypted-peer.ts'

const HANDSHAKE_BYTES = 68

async function seedWith(encryption: EncryptionMode): Promise<Victim> {
  const seed = await startSeed()
  seed.session.encryption = encryption
  return seed
}

/** A session downloads all of it from there. */
async function download(encryption: EncryptionMode, { torrent, address }: Victim): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const dir = stack.adopt(makeHome('got'), removeHome)
  const session = stack.adopt(await openSession({ encryption }), (opened) => opened.close())
  const got = session.add({ metainfo: torrent.metainfo }, { dir, mode: 'download', peers: [address] })
  await got.finished
  assert.deepEqual(readFileSync(join(dir, 'data')), torrent.data)
}

function sumOf(violations: ReadonlyMap<string, number>): number {
  return [...violations.values()].reduce((sum, n) => sum + n, 0)
}

for (const [seeder, downloader] of [
  ['required', 'required'],
  ['allowed', 'required'],
  ['allowed', 'allowed'],
  ['off', 'allowed'],
] as const) {
  test(`a seed with encryption ${seeder} serves one with encryption ${downloader}`, async () => {
    await using seed = await seedWith(seeder)
    await download(downloader, seed)
    assert.equal(sumOf(seed.session.violations), 0)
  })
}

test('who closes at a plain handshake is dialled again, encrypted, long before the back-off', async () => {
  await using seed = await seedWith('required')
  const startedAt = performance.now()
  await download('allowed', seed)
  assert.ok(performance.now() - startedAt < 4_000)
  assert.equal(seed.session.violations.get('bad-encryption'), 1)
})

test('who closes at both is left alone for the back-off', async () => {
  await using seed = await seedWith('off')
  await using stack = new AsyncDisposableStack()
  const dir = stack.adopt(makeHome('got'), removeHome)
  const session = stack.adopt(await openSession(), (opened) => opened.close())
  const other = makeTestTorrent(40_000, 16_384)
  const got = session.add({ metainfo: other.metainfo }, { dir, mode: 'download', peers: [seed.address] })
  const candidate = await until('both were tried', () => {
    const known = got.candidates.get(seed.address)
    return known !== undefined && known.failures > 0 ? known : undefined
  })
  assert.equal(candidate.wantsEncryption, false)
  assert.equal(candidate.failures, 1)
  assert.deepEqual(Object.fromEntries(seed.session.violations), { 'wrong-info-hash': 1, 'bad-handshake': 1 })
})

test('who agrees on plaintext and hangs up is left alone for the back-off, too', async (t) => {
  const torrent = makeTestTorrent(40_000, 16_384)
  const heard: number[] = []
  const server = createServer((socket) => {
    socket.on('error', () => {})
    const nth = heard.push(0) - 1
    const find = (): Uint8Array => torrent.infoHash
    const options = { find, allowsPlaintext: true }
    const exchange = MseHandshake.answer(nodeMseCrypto, (bytes) => void socket.write(bytes), options)
    socket.on('data', (chunk) => {
      heard[nth] = (heard[nth] ?? 0) + chunk.length
      if (chunk[0] === 19) return void socket.end()
      exchange.push(chunk, 0, chunk.length)
      if (exchange.outcome !== undefined) socket.end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  await using stack = new AsyncDisposableStack()
  const dir = stack.adopt(makeHome('got'), removeHome)
  const session = stack.adopt(await openSession(), (opened) => opened.close())
  const bound = server.address()
  const address = { ip: '127.0.0.1', port: bound !== null && typeof bound === 'object' ? bound.port : 0 }
  const got = session.add({ metainfo: torrent.metainfo }, { dir, mode: 'download', peers: [address] })
  await until('it counts as a failure', () => (got.candidates.get(address)?.failures ?? 0) > 0)
  assert.equal(heard.length, 2)
})

test('of encrypted handshakes no more are answered in a second than the processor can well spare', async () => {
  await using seed = await seedWith('allowed')
  let answered = 0
  for (let n = 0; n < 300; n++) if (seed.session.mayAnswerEncryption()) answered++
  assert.ok(answered <= 200, `${answered}`) // two seconds may have begun
  await until('the next second', () => seed.session.mayAnswerEncryption())
})

test('RC4 where a dialler wants it, plaintext after the exchange where it may', async () => {
  await using seed = await seedWith('allowed')
  const { infoHash } = seed.torrent
  for (const allowsPlaintext of [true, false]) {
    const payload = handshake({ infoHash })
    using peer = await EncryptedPeer.dial(seed.address, { infoHash, payload, allowsPlaintext })
    const heard = await peer.hears(HANDSHAKE_BYTES)
    assert.equal(peer.agreement?.ciphers === undefined, allowsPlaintext)
    assert.equal(heard.subarray(1, 20).toString(), 'BitTorrent protocol')
    assert.deepEqual(heard.subarray(28, 48), infoHash)
  }
  await assertServes(seed)
})

test('[120] where encryption is required, plain handshakes are never answered, nor plaintext chosen', async () => {
  await using seed = await seedWith('required')
  const { infoHash } = seed.torrent
  using plain = await ScriptedPeer.connect(seed.address)
  plain.send(handshake({ infoHash }))
  await plain.dropped()
  assert.equal(plain.receivedBytes, 0)
  using peer = await EncryptedPeer.dial(seed.address, {
    ...{ infoHash, payload: handshake({ infoHash }), allowsPlaintext: true },
  })
  await peer.hears(HANDSHAKE_BYTES)
  assert.notEqual(peer.agreement?.ciphers, undefined)
})

test('where it is off, an encrypted handshake is closed without an answer', async () => {
  await using seed = await seedWith('off')
  const { infoHash } = seed.torrent
  using peer = await EncryptedPeer.dial(seed.address, { infoHash, payload: new Uint8Array(0), allowsPlaintext: true })
  await peer.dropped()
  assert.equal(peer.receivedBytes, 0)
})

test('a torrent is found as long as it is there and runs; else the connection is closed like any that is wrong', async () => {
  await using seed = await seedWith('allowed')
  const { session, torrent, address } = seed
  const dial = (infoHash: Uint8Array): Promise<EncryptedPeer> =>
    EncryptedPeer.dial(address, { infoHash, payload: handshake({ infoHash }), allowsPlaintext: true })
  const isServed = async (infoHash: Uint8Array): Promise<boolean> => {
    using peer = await dial(infoHash)
    await until('it is decided', () => peer.isClosed || peer.heard.length >= HANDSHAKE_BYTES, { everyMs: 2 })
    return peer.heard.length >= HANDSHAKE_BYTES
  }
  const dir = makeHome('second')
  const second = makeTestTorrent(40_000, 16_384)
  assert.equal(await isServed(second.infoHash), false)
  const added = session.add({ metainfo: second.metainfo }, { dir, mode: 'download' })
  await until('it is online', () => added.isOnline)
  assert.equal(await isServed(second.infoHash), true)
  await added.stop()
  assert.equal(await isServed(second.infoHash), false)
  await session.remove(added)
  assert.equal(await isServed(second.infoHash), false)
  assert.equal(await isServed(torrent.infoHash), true)
  assert.equal(session.violations.get('bad-encryption'), 3)
  removeHome(dir)
})

test('the handshake inside may name no other torrent than the exchange did', async () => {
  await using seed = await seedWith('allowed')
  const second = makeTestTorrent(40_000, 16_384)
  const dir = makeHome('second')
  const added = seed.session.add({ metainfo: second.metainfo }, { dir, mode: 'download' })
  await until('it is online', () => added.isOnline)
  const { infoHash } = seed.torrent
  using peer = await EncryptedPeer.dial(seed.address, {
    ...{ infoHash, payload: handshake({ infoHash: second.infoHash }), allowsPlaintext: true },
  })
  await peer.dropped()
  assert.equal(peer.heard.length, 0)
  assert.equal(seed.session.violations.get('wrong-info-hash'), 1)
  removeHome(dir)
})

test('what is said after the exchange but is no handshake is closed, and no second exchange begins', async () => {
  await using seed = await seedWith('allowed')
  const { infoHash } = seed.torrent
  const payload = new Uint8Array(200).fill(7)
  using peer = await EncryptedPeer.dial(seed.address, { infoHash, payload, allowsPlaintext: true })
  await peer.dropped()
  assert.equal(seed.session.violations.get('bad-handshake'), 1)
})

test('a change holds for the next connections, those that there are go on', async () => {
  await using seed = await seedWith('allowed')
  const { infoHash } = seed.torrent
  using plain = await ScriptedPeer.dial(seed.address, { infoHash })
  seed.session.encryption = 'required'
  using refused = await ScriptedPeer.connect(seed.address)
  refused.send(handshake({ infoHash }))
  await refused.dropped()
  assert.equal(plain.isClosed, false)
})

test('a ping keeps to encryption where it is required', async () => {
  await using seed = await seedWith('required')
  const [torrent] = seed.session.torrents
  assert.ok(torrent)
  const { client, answerMs } = await pingPeer(torrent, seed.address)
  assert.match(client, /Shoal/)
  assert.ok(answerMs >= 0)
  assert.equal(sumOf(seed.session.violations), 0)
})

test('a thousand connections with half an exchange hold no more places than any others', async () => {
  await using seed = await startSeed()
  const sockets = await Promise.all(Array.from({ length: 1_000 }, (_, n) => halfExchange(seed.address, n)))
  await until('all but 200 are closed', () => seed.session.handshaking.size <= 200)
  await assertServes(seed)
  for (const socket of sockets) socket.destroy()
  await until('none is left', () => seed.session.handshaking.size === 0)
})

/** Ends before, within or after the public key. */
async function halfExchange(to: Address, n: number): Promise<ReturnType<typeof connect>> {
  const socket = connect({ host: to.ip, port: to.port })
  socket.on('error', () => {}) // most are closed while they talk
  await once(socket, 'connect')
  socket.write(new Uint8Array([1, 50, MSE_KEY_BYTES, MSE_KEY_BYTES + 100][n % 4] ?? 1).fill(7))
  return socket
}

test('both hashes of a hybrid lead to it', async () => {
  const session = await openSession()
  const magnet = `magnet:?xt=urn:btih:${'a1'.repeat(20)}&xt=urn:btmh:1220${'b2'.repeat(32)}`
  const dir = makeHome('hybrid')
  const torrent = session.add({ magnet }, { dir, mode: 'download' })
  await until('it is online', () => torrent.isOnline)
  const [address] = session.addresses
  assert.ok(address)
  for (const hash of [Buffer.alloc(20, 0xa1), Buffer.alloc(20, 0xb2)]) {
    const payload = handshake({ infoHash: hash })
    using peer = await EncryptedPeer.dial(address, { infoHash: hash, payload, allowsPlaintext: false })
    assert.deepEqual((await peer.hears(HANDSHAKE_BYTES)).subarray(28, 48), hash)
  }
  await session.close()
  removeHome(dir)
})
