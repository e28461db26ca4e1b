// Too much, too often, too slow: what one peer can cost is bounded, and the others are served all the while.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeHome, removeHome, until } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import { handshake, ID, listenScripted, message, ScriptedPeer } from './scripted-peer.ts'
import { makeTestTorrent, seedWith } from './test-torrent.ts'
import { assertServes, startSeed } from './victim.ts'

const MIB = 1024 * 1024

function memoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

test('a hundred thousand requests by one who never reads cost little memory', async () => {
  await using victim = await startSeed(makeTestTorrent(8 * MIB, 262_144))
  using peer = await ScriptedPeer.dial(victim.address, victim.torrent)
  peer.send(message(ID.haveNone), message(ID.interested))
  await peer.next(ID.unchoke)
  peer.pause()
  const before = memoryBytes()
  const requests = Array.from({ length: 10_000 }, (_, i) => message(ID.request, [i % 32, (i % 16) * 16_384, 16_384]))
  const flood = Buffer.concat(requests)
  for (let n = 0; n < 10; n++) {
    peer.send(flood)
    await assertServes(victim)
  }
  const grown = memoryBytes() - before
  assert.ok(grown < 32 * MIB, `${(grown / MIB).toFixed(1)} MiB more`)
})

test('cancels are looked for as long as the processor can spare it; then they came too late', async (t) => {
  await using victim = await startSeed()
  let allowed = 0
  for (let n = 0; n < 30_000; n++) if (victim.session.mayCancelAmong(4_096)) allowed++
  assert.ok(allowed > 4_000 && allowed < 10_000, `${allowed}`) // two seconds may have begun
  await until('the next second', () => victim.session.mayCancelAmong(1))

  t.mock.method(victim.session, 'mayCancelAmong', () => false)
  using peer = await ScriptedPeer.dial(victim.address, victim.torrent)
  peer.send(message(ID.haveNone), message(ID.interested))
  await peer.next(ID.unchoke)
  const requests = Array.from({ length: 15 }, (_, piece) => [piece, 0, 16_384])
  peer.send(...requests.flatMap((one) => [message(ID.request, one), message(ID.cancel, one)]))
  for (const _ of requests) await peer.next(ID.piece)
})

test('[131] who rejects every request is not asked again and again', async () => {
  await using stack = new AsyncDisposableStack()
  const dir = stack.adopt(makeHome('reject'), removeHome)
  const torrent = makeTestTorrent(4 * MIB, 65_536)
  const blocks = (4 * MIB) / 16_384
  let asked = 0
  const rejecting = stack.use(
    await listenScripted({ ...torrent, localAddress: '127.0.0.2' }, (peer) => {
      peer.onMessage = ({ id, payload }) => {
        if (id !== ID.request) return false
        asked++
        peer.send(message(ID.reject, [], payload))
        return true
      }
      peer.send(message(ID.haveAll), message(ID.unchoke))
    }),
  )
  const honest = stack.use(
    await listenScripted({ ...torrent, localAddress: '127.0.0.3' }, (peer) => seedWith(peer, torrent)),
  )
  const session = stack.adopt(await openSession(), (opened) => opened.close())
  const source = { metainfo: torrent.metainfo }
  const download = session.add(source, { dir, mode: 'download', peers: [rejecting.address] })
  await until('the rejecter was asked', () => asked > 0)
  download.addPeers([honest.address])
  await download.finished
  assert.ok(readFileSync(join(dir, 'data')).equals(torrent.data))
  assert.ok(asked < 4 * blocks, `asked ${asked} times for ${blocks} blocks`)
})

test('who promises everything and sends nothing does not hold up the download', async () => {
  await using stack = new AsyncDisposableStack()
  const dir = stack.adopt(makeHome('silent'), removeHome)
  const torrent = makeTestTorrent(4 * MIB, 65_536)
  const silent = await Promise.all(
    [2, 3, 4].map((n) =>
      listenScripted({ ...torrent, localAddress: `127.0.0.${n}` }, (peer) =>
        peer.send(message(ID.haveAll), message(ID.unchoke)),
      ),
    ),
  )
  const honest = await listenScripted({ ...torrent, localAddress: '127.0.0.9' }, (peer) => seedWith(peer, torrent))
  for (const listener of [...silent, honest]) stack.use(listener)
  const session = stack.adopt(await openSession(), (opened) => opened.close())
  const peers = [...silent, honest].map(({ address }) => address)
  const download = session.add({ metainfo: torrent.metainfo }, { dir, mode: 'download', peers })
  await download.finished
  assert.ok(readFileSync(join(dir, 'data')).equals(torrent.data))
})

test('a thousand connections that say nothing, or half a handshake, leave room for an honest one', async () => {
  await using victim = await startSeed()
  using stack = new DisposableStack()
  const half = handshake(victim.torrent).subarray(0, 40)
  for (let n = 0; n < 1_000; n++) {
    const peer = stack.use(await ScriptedPeer.connect(victim.address, `127.0.${1 + (n % 50)}.1`))
    if (n % 2 === 0) peer.send(half)
  }
  await assertServes(victim)
})

test('connections of complete handshakes are bounded, and room comes back when they go', async () => {
  await using victim = await startSeed()
  {
    using stack = new DisposableStack()
    const peers: ScriptedPeer[] = []
    for (let n = 0; n < 600; n++) {
      const peer = stack.use(await ScriptedPeer.connect(victim.address, `127.0.${1 + (n % 50)}.1`))
      peer.send(handshake(victim.torrent), message(ID.haveNone))
      peers.push(peer)
    }
    await until('every connection is answered or dropped', () =>
      peers.every((peer) => peer.hasHandshake || peer.isClosed),
    )
    assert.ok(
      peers.some((peer) => peer.isClosed),
      'there is a bound',
    )
    assert.ok(
      peers.some((peer) => !peer.isClosed),
      'and some room',
    )
  }
  await until('an honest peer gets in', () =>
    assertServes(victim).then(
      () => true,
      () => undefined,
    ),
  )
})

test('an honest peer that says its handshake byte by byte is served', async () => {
  await using victim = await startSeed()
  using peer = await ScriptedPeer.connect(victim.address)
  for (const byte of Buffer.concat([handshake(victim.torrent), message(ID.haveNone), message(ID.interested)])) {
    peer.send(Buffer.of(byte))
    await new Promise(setImmediate)
  }
  await peer.next(ID.unchoke)
})
