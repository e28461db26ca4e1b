// What a seed says to its peers: bitfield first, one answer for every request, choke and cancel as the BEPs want it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { ID, message, ScriptedPeer } from '../attack/scripted-peer.ts'
import { makeTestTorrent } from '../attack/test-torrent.ts'
import { startSeed } from '../attack/victim.ts'
import { makeHome, until } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'
import { truncated } from '../../src/core/ids.ts'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'

const BLOCK = 16_384

test('[32] exactly one message about pieces, and it comes first: have-all of a seed', async () => {
  await using victim = await startSeed()
  using peer = await ScriptedPeer.dial(victim.address, victim.torrent)
  peer.send(message(ID.haveNone), message(ID.interested))
  await peer.next(ID.unchoke)
  const ids = peer.received.map(({ id }) => id)
  assert.equal(ids[0], ID.haveAll)
  assert.ok(!ids.slice(1).some((id) => id === ID.bitfield || id === ID.haveNone || id === ID.haveAll))
})

test('[31] to a peer without BEP 6 and BEP 10 nothing of them is said', async () => {
  await using victim = await startSeed()
  using peer = await ScriptedPeer.dial(victim.address, { ...victim.torrent, fast: false, extended: false })
  peer.send(message(ID.interested))
  await peer.next(ID.unchoke)
  assert.deepEqual(
    peer.received.map(({ id }) => id),
    [ID.bitfield],
  )
})

test('[8] the bitfield has one bit for every piece, and its spare bits are zero', async () => {
  await using victim = await startSeed(makeTestTorrent(11 * BLOCK, BLOCK))
  using peer = await ScriptedPeer.dial(victim.address, { ...victim.torrent, fast: false })
  assert.deepEqual([...(await peer.next(ID.bitfield)).payload], [0xff, 0xe0])
})

test('[33] every request is answered once with BEP 6: by a block, or by a reject while choked', async () => {
  await using victim = await startSeed()
  using peer = await ScriptedPeer.dial(victim.address, victim.torrent)
  peer.send(message(ID.haveNone), message(ID.have, [15]))
  // BEP 6: ten of the sixteen pieces are allowed while choked.
  const allowed = new Set<number>()
  while (allowed.size < 10) allowed.add((await peer.next(ID.allowedFast)).payload.readUInt32BE(0))
  const piece = Array.from({ length: 16 }, (_, n) => n).find((n) => !allowed.has(n))
  assert.ok(piece !== undefined)
  peer.send(message(ID.request, [piece, 0, BLOCK]))
  const { payload } = await peer.next(ID.reject)
  assert.deepEqual(
    [0, 4, 8].map((at) => payload.readUInt32BE(at)),
    [piece, 0, BLOCK],
  )
})

test('each of several downloaders gets other pieces suggested, before it is unchoked', async () => {
  await using victim = await startSeed()
  using first = await ScriptedPeer.dial(victim.address, victim.torrent)
  first.send(message(ID.haveNone), message(ID.interested))
  await first.next(ID.unchoke)
  using second = await ScriptedPeer.dial(victim.address, victim.torrent)
  second.send(message(ID.haveNone), message(ID.interested))
  await second.next(ID.unchoke)
  const toSecond = second.received.filter(({ id }) => id === ID.suggest).map(({ payload }) => payload.readUInt32BE(0))
  assert.equal(toSecond.length, 1)
  const other = toSecond.includes(0) ? 1 : 0
  first.send(message(ID.request, [other, 0, BLOCK]))
  const toFirst = (await first.next(ID.suggest)).payload.readUInt32BE(0)
  assert.equal(new Set([other, ...toSecond, toFirst]).size, 3)
  // What the second was given is for others once it has left.
  second[Symbol.dispose]()
  using third = await ScriptedPeer.dial(victim.address, victim.torrent)
  third.send(message(ID.haveNone), message(ID.interested))
  const toThird = (await third.next(ID.suggest)).payload.readUInt32BE(0)
  const given = new Set([other, toThird])
  for (let piece = toFirst; given.size < 15; piece = (await first.next(ID.suggest)).payload.readUInt32BE(0)) {
    given.add(piece)
    first.send(message(ID.request, [piece, 0, BLOCK]))
  }
})

test('[33] a cancelled request is answered too', async () => {
  await using victim = await startSeed()
  using peer = await ScriptedPeer.dial(victim.address, victim.torrent)
  peer.send(message(ID.haveNone), message(ID.interested))
  await peer.next(ID.unchoke)
  const requests = Array.from({ length: 100 }, (_, n) => [n % 15, (n % 4) * BLOCK, BLOCK])
  peer.send(...requests.map((request) => message(ID.request, request)))
  peer.send(...requests.map((request) => message(ID.cancel, request)))
  let answers = 0
  while (answers < requests.length) {
    await Promise.race([peer.next(ID.piece), peer.next(ID.reject)])
    answers++
    answers += peer.received.filter(({ id }) => id === ID.piece || id === ID.reject).length
    for (const [at, { id }] of [...peer.received.entries()].toReversed()) {
      if (id === ID.piece || id === ID.reject) peer.received.splice(at, 1)
    }
  }
  assert.equal(answers, requests.length)
})

test('requests of odd places and sizes are served byte for byte', async () => {
  await using victim = await startSeed()
  const { data, pieceLength } = victim.torrent
  using peer = await ScriptedPeer.dial(victim.address, victim.torrent)
  peer.send(message(ID.haveNone), message(ID.interested))
  await peer.next(ID.unchoke)
  const odd = [
    [1, 1, 1],
    [2, 16_383, 2],
    [3, 5, 65_531],
    [0, 32_768, 32_768],
    [15, 0, 16_960],
  ] as const
  for (const [piece, begin, length] of odd) {
    peer.send(message(ID.request, [piece, begin, length]))
    const { payload } = await peer.next(ID.piece)
    const start = piece * pieceLength + begin
    assert.ok(payload.subarray(8).equals(data.subarray(start, start + length)), `${piece} ${begin} ${length}`)
  }
})

test('who asks for far more than reqq at once, without BEP 6 as rTorrent does, gets all of it in order', async () => {
  await using victim = await startSeed()
  using peer = await ScriptedPeer.dial(victim.address, { ...victim.torrent, fast: false })
  const asked = Array.from({ length: 5_000 }, (_, n) => [n % 15, (n % 4) * BLOCK, BLOCK] as const)
  const got: number[] = []
  peer.onMessage = ({ id, payload }) => {
    if (id === ID.piece) got.push(payload.readUInt32BE(0) * 4 + payload.readUInt32BE(4) / BLOCK)
    return id === ID.piece
  }
  peer.send(message(ID.interested))
  await peer.next(ID.unchoke)
  for (let n = 0; n < asked.length; n += 1_000) {
    peer.send(...asked.slice(n, n + 1_000).map((request) => message(ID.request, request)))
  }
  await until('all is answered', () => got.length >= asked.length || peer.isClosed)
  assert.deepEqual(
    got,
    asked.map(([piece, begin]) => piece * 4 + begin / BLOCK),
  )
})

test('of a v2 torrent the last block may be asked for in full, as libtorrent does: zeros follow the data', async () => {
  const bytes = patternBytes(BLOCK + 5_000, 1)
  const { info, pieceRoots } = makeTorrent([{ path: 'a', bytes }], 2 * BLOCK, 'v2')
  const metainfo = writeTorrent(bareMetainfo(info, pieceRoots))
  assert.ok(info.infoHashV2)
  const dir = makeHome('v2')
  writeFileSync(join(dir, 'a'), bytes)
  const session = await openSession()
  const seed = session.add({ metainfo }, { dir, mode: 'seed' })
  await until('it seeds', () => seed.state === 'seeding' || assert.equal(seed.error, undefined))
  const [address] = session.addresses
  assert.ok(address)
  using peer = await ScriptedPeer.dial(address, { infoHash: truncated(info.infoHashV2) })
  peer.send(message(ID.haveNone), message(ID.interested))
  await peer.next(ID.unchoke)
  peer.send(message(ID.request, [0, BLOCK, BLOCK]))
  const { payload } = await peer.next(ID.piece)
  assert.ok(payload.subarray(8, 5_008).equals(bytes.subarray(BLOCK)))
  assert.ok(payload.subarray(5_008).equals(Buffer.alloc(BLOCK - 5_000)))
  await session.close()
})

test('[6] an incoming handshake is answered with the hash it asked for', async () => {
  await using victim = await startSeed()
  using peer = await ScriptedPeer.connect(victim.address)
  // The hash, and not yet the peer id: BEP 3 lets the caller hold it back.
  peer.send(Buffer.from('\x13BitTorrent protocol', 'latin1'), Buffer.alloc(8), victim.torrent.infoHash)
  for (let n = 0; n < 1000 && peer.receivedBytes < 68; n++) await new Promise(setImmediate)
  assert.ok(peer.receivedBytes >= 68)
})

test('[113] a hybrid answers who knows v2 with its v2 hash, and others with the hash they asked for', async () => {
  const { info, pieceRoots } = makeTorrent([{ path: 'a', bytes: patternBytes(BLOCK, 1) }], BLOCK, 'hybrid')
  const session = await openSession()
  const metainfo = writeTorrent(bareMetainfo(info, pieceRoots))
  const torrent = session.add({ metainfo }, { dir: makeHome('hybrid'), mode: 'download' })
  await until('it is online', () => torrent.isOnline)
  const [v1, v2] = torrent.wireHashes
  assert.ok(v1 !== undefined && v2 !== undefined)
  for (const [bit, asked, answered] of [
    [0x10, v1, v2],
    [0, v1, v1],
    [0x10, v2, v2],
  ] as const) {
    const socket = connect(session.port, '127.0.0.1')
    const reserved = Buffer.from([0, 0, 0, 0, 0, 0, 0, bit])
    socket.write(Buffer.concat([Buffer.from('\x13BitTorrent protocol', 'latin1'), reserved, asked]))
    const [reply] = (await once(socket, 'data')) as [Buffer]
    assert.equal(reply.subarray(28, 48).toString('hex'), Buffer.from(answered).toString('hex'))
    socket.destroy()
  }
  await session.close()
})

test('two connections of one peer: the first one stays', async () => {
  await using victim = await startSeed()
  const peerId = Buffer.from('-XX0001-abcdefghijkl', 'latin1')
  const reserved = Buffer.from([0, 0, 0, 0, 0, 0x10, 0, 4])
  const hello = Buffer.concat([
    Buffer.from('\x13BitTorrent protocol', 'latin1'),
    reserved,
    victim.torrent.infoHash,
    peerId,
  ])
  using first = await ScriptedPeer.connect(victim.address)
  first.send(hello, message(ID.haveNone))
  await first.next(ID.haveAll)
  using second = await ScriptedPeer.connect(victim.address)
  second.send(hello, message(ID.haveNone))
  await second.dropped()
  first.send(message(ID.interested))
  await first.next(ID.unchoke)
})
