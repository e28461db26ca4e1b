// What a download says to its peers and when: requests, interest, have, choke and reject, as the BEPs want it.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Torrent } from '../../src/engine/torrent.ts'
import type { Session } from '../../src/engine/session.ts'
import { tickTorrent } from '../../src/engine/torrent-ticks.ts'
import { monotonicMs } from '../../src/io/clock.ts'
import { makeHome, removeHome, until } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import {
  ID,
  listenScripted,
  message,
  type Message,
  type PeerOptions,
  type ScriptedPeer,
} from '../attack/scripted-peer.ts'
import { makeTestTorrent, seedWith, type TestTorrent } from '../attack/test-torrent.ts'

const BLOCK = 16_384

interface Stage extends AsyncDisposable {
  readonly session: Session
  readonly download: Torrent
  readonly torrent: TestTorrent
  readonly dir: string
  /** A scripted peer that the download is given, after its handshake. */
  meet(options?: Partial<PeerOptions>): Promise<ScriptedPeer>
}

async function startDownload(torrent: TestTorrent = makeTestTorrent(1_000_000, 65_536)): Promise<Stage> {
  await using stack = new AsyncDisposableStack()
  const dir = stack.adopt(makeHome('download'), removeHome)
  const session = stack.adopt(await openSession(), (opened) => opened.close())
  const download = session.add({ metainfo: torrent.metainfo }, { dir, mode: 'download' })
  const owned = stack.move()
  let hosts = 2
  return {
    session,
    download,
    torrent,
    dir,
    async meet(options = {}) {
      let met: ScriptedPeer | undefined
      const localAddress = `127.0.0.${hosts++}`
      const listener = await listenScripted({ ...torrent, localAddress, ...options }, (peer) => (met = peer))
      owned.use(listener)
      download.addPeers([listener.address])
      return until('the download dials', () => (met?.hasHandshake === true ? met : undefined))
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

interface Request {
  readonly piece: number
  readonly begin: number
  readonly length: number
}

function requestOf({ payload }: Message): Request {
  return { piece: payload.readUInt32BE(0), begin: payload.readUInt32BE(4), length: payload.readUInt32BE(8) }
}

function block(torrent: TestTorrent, { piece, begin, length }: Request): Buffer {
  const start = piece * torrent.pieceLength + begin
  return message(ID.piece, [piece, begin], torrent.data.subarray(start, start + length))
}

/** All requests that are there within two round trips of an extra message. */
async function requestsSoFar(peer: ScriptedPeer): Promise<Request[]> {
  const first = requestOf(await peer.next(ID.request))
  const rest = peer.received.filter(({ id }) => id === ID.request).map(requestOf)
  return [first, ...rest]
}

test('[12] interest is said when a peer has what we lack, and taken back when that ends', async () => {
  await using stage = await startDownload(makeTestTorrent(40_000, BLOCK))
  const peer = await stage.meet()
  peer.send(message(ID.haveNone))
  peer.send(message(ID.have, [1]))
  await peer.next(ID.interested)
  peer.send(message(ID.unchoke))
  const request = requestOf(await peer.next(ID.request))
  assert.deepEqual(request, { piece: 1, begin: 0, length: BLOCK })
  peer.send(block(stage.torrent, request))
  await peer.next(ID.notInterested)
})

test('[10] requests are blocks of 16 KiB, several under way, the last one of the torrent short', async () => {
  await using stage = await startDownload(makeTestTorrent(100_000, 65_536))
  const peer = await stage.meet()
  const seen: Request[] = []
  peer.onMessage = (received) => {
    if (received.id !== ID.request) return false
    seen.push(requestOf(received))
    return true
  }
  peer.send(message(ID.haveAll), message(ID.unchoke))
  await until('two requests before the first answer', () => seen.length >= 2)
  for (let answered = 0; answered < 7; answered++) {
    const request = await until('the next request', () => seen[answered])
    peer.send(block(stage.torrent, request))
  }
  await stage.download.finished
  assert.deepEqual(new Set(seen.map(({ length }) => length)), new Set([BLOCK, 100_000 - 6 * BLOCK]))
  assert.ok(readFileSync(join(stage.dir, 'data')).equals(stage.torrent.data))
})

test('[15] have is told to all peers, and not before the hash was checked', async () => {
  await using stage = await startDownload(makeTestTorrent(2 * BLOCK, BLOCK))
  const watcher = await stage.meet()
  watcher.send(message(ID.haveNone))
  const peer = await stage.meet()
  peer.send(message(ID.haveAll), message(ID.unchoke))
  const first = requestOf(await peer.next(ID.request))
  const wrong = block(stage.torrent, first)
  wrong[100] = (wrong[100] ?? 0) ^ 1
  peer.send(wrong)
  await peer.dropped()
  assert.deepEqual(
    watcher.received.filter(({ id }) => id === ID.have),
    [],
  )

  const honest = await stage.meet()
  seedWith(honest, stage.torrent)
  const told = [await watcher.next(ID.have), await watcher.next(ID.have)].map(({ payload }) => payload.readUInt32BE(0))
  assert.deepEqual(
    told.toSorted((a, b) => a - b),
    [0, 1],
  )
})

test('[11] a choke without BEP 6 voids all requests: after an unchoke they are made again', async () => {
  await using stage = await startDownload()
  const peer = await stage.meet({ fast: false })
  peer.send(message(ID.bitfield, [], Buffer.from([0xff, 0xff])), message(ID.unchoke))
  const before = await requestsSoFar(peer)
  peer.send(message(ID.choke), message(ID.unchoke))
  const after = requestOf(await peer.next(ID.request))
  assert.ok(before.some(({ piece, begin }) => piece === after.piece && begin === after.begin))
})

test('[34] a choke with BEP 6 voids no request: the blocks still count', async () => {
  await using stage = await startDownload(makeTestTorrent(2 * BLOCK, 2 * BLOCK))
  const peer = await stage.meet()
  peer.send(message(ID.haveAll), message(ID.unchoke))
  const requests = [requestOf(await peer.next(ID.request)), requestOf(await peer.next(ID.request))]
  peer.send(message(ID.choke), ...requests.map((request) => block(stage.torrent, request)))
  await stage.download.finished
  assert.equal(stage.download.status().wastedBytes, 0)
})

test('[8] a later bitfield is taken for what many have messages would say, as aria2 means it; else it is a violation', async () => {
  await using stage = await startDownload(makeTestTorrent(10 * BLOCK, BLOCK))
  const peer = await stage.meet({ fast: false })
  peer.send(message(ID.bitfield, [], Buffer.from([0x80, 0])), message(ID.unchoke))
  peer.send(block(stage.torrent, requestOf(await peer.next(ID.request))))
  await peer.next(ID.notInterested)
  peer.send(message(ID.bitfield, [], Buffer.from([0xa0, 0])))
  assert.equal(requestOf(await peer.next(ID.request)).piece, 2)
  peer.send(message(ID.bitfield, [], Buffer.from([0x60, 0]))) // takes the first piece back
  await peer.dropped()
  assert.equal(stage.session.violations.get('message-out-of-order'), 1)
})

test('[8] have-all in the middle is taken the same way, as aria2 says that it is done; said twice it is a violation', async () => {
  await using stage = await startDownload(makeTestTorrent(10 * BLOCK, BLOCK))
  const peer = await stage.meet()
  peer.send(message(ID.bitfield, [], Buffer.from([0x80, 0])), message(ID.unchoke))
  peer.send(block(stage.torrent, requestOf(await peer.next(ID.request))))
  await peer.next(ID.notInterested)
  peer.send(message(ID.haveAll))
  assert.notEqual(requestOf(await peer.next(ID.request)).piece, 0)
  peer.send(message(ID.haveAll))
  await peer.dropped()
  assert.equal(stage.session.violations.get('message-out-of-order'), 1)
})

test('[55] no more requests are under way than the peer takes (reqq)', async () => {
  await using stage = await startDownload(makeTestTorrent(4_000_000, 262_144))
  const peer = await stage.meet()
  let outstanding = 0
  let most = 0
  const waiting: Request[] = []
  peer.onMessage = (received) => {
    if (received.id !== ID.request) return false
    waiting.push(requestOf(received))
    most = Math.max(most, ++outstanding)
    return true
  }
  peer.send(message(ID.extended, [], Buffer.from('\0d1:md11:ut_metadatai3ee4:reqqi4ee', 'latin1')))
  peer.send(message(ID.haveAll), message(ID.unchoke))
  let isDone = false
  void stage.download.finished.then(() => (isDone = true))
  await until(
    'all is fetched',
    () => {
      for (const request of waiting.splice(0)) {
        outstanding--
        peer.send(block(stage.torrent, request))
      }
      return isDone
    },
    { everyMs: 1 },
  )
  assert.equal(most, 3)
})

test('[37] allowed-fast lets us ask while choked, for pieces that the peer has', async () => {
  await using stage = await startDownload()
  const peer = await stage.meet()
  peer.send(message(ID.haveNone), message(ID.have, [5]))
  for (const piece of [3, 5]) peer.send(message(ID.allowedFast, [piece]))
  const request = requestOf(await peer.next(ID.request))
  assert.equal(request.piece, 5)
})

test('[35, 134] a block that was not asked of this peer costs the connection', async () => {
  await using stage = await startDownload()
  const peer = await stage.meet()
  peer.send(message(ID.haveAll), message(ID.unchoke))
  const { piece } = requestOf(await peer.next(ID.request))
  const other = (piece + 1) % stage.torrent.pieceCount
  peer.send(block(stage.torrent, { piece: other, begin: 3 * BLOCK, length: other === 15 ? 1 : BLOCK }))
  await peer.dropped()
  assert.equal(stage.session.violations.get('unrequested-block'), 1)
})

test('[117] lt_donthave: the piece is not asked of that peer any more', async () => {
  await using stage = await startDownload(makeTestTorrent(3 * BLOCK, BLOCK))
  const peer = await stage.meet()
  peer.send(message(ID.haveNone), message(ID.have, [1]), message(ID.have, [2]))
  const dontHave = Buffer.from([2, 0, 0, 0, 2]) // our number for it, then the piece
  peer.send(message(ID.extended, [], dontHave), message(ID.unchoke))
  const request = requestOf(await peer.next(ID.request))
  assert.equal(request.piece, 1)
  peer.send(block(stage.torrent, request))
  await peer.next(ID.notInterested)
})

test('[13] in the end game the last block is asked of two, and the slower one gets a cancel', async () => {
  await using stage = await startDownload(makeTestTorrent(BLOCK, BLOCK))
  const slow = await stage.meet()
  slow.send(message(ID.haveAll), message(ID.unchoke))
  await slow.next(ID.request)
  const fast = await stage.meet()
  fast.send(message(ID.haveAll), message(ID.unchoke))
  fast.send(block(stage.torrent, requestOf(await fast.next(ID.request))))
  await stage.download.finished
  await slow.next(ID.cancel)
})

test('[84] a download that is complete parts from seeds', async () => {
  await using stage = await startDownload(makeTestTorrent(BLOCK, BLOCK))
  const peer = await stage.meet()
  seedWith(peer, stage.torrent)
  await stage.download.finished
  await peer.dropped()
  assert.equal(stage.session.violations.size, 0)
})

test('[7] an outgoing connection that turns out to be our own is closed, and not tried again', async () => {
  await using stage = await startDownload()
  const [own] = stage.session.addresses
  assert.ok(own)
  stage.download.addPeers([own])
  await until('the connection is recognised', () => stage.session.violations.get('self-connection'))
  await until('it is closed', () => stage.session.handshaking.size === 0 && stage.download.peers.size === 0)
  stage.download.addPeers([own])
  assert.equal(stage.download.connecting, 0)
})

test('[126] late answers after a stop do nothing, and a start goes on', async () => {
  await using stage = await startDownload()
  const peer = await stage.meet()
  peer.send(message(ID.haveAll), message(ID.unchoke))
  const request = requestOf(await peer.next(ID.request))
  const stopped = stage.download.stop()
  peer.send(block(stage.torrent, request))
  await stopped
  assert.equal(stage.download.status().state, 'stopped')
  stage.download.start()
  const again = await stage.meet()
  seedWith(again, stage.torrent)
  await stage.download.finished
  assert.ok(readFileSync(join(stage.dir, 'data')).equals(stage.torrent.data))
})

test('a request that the peer lost among others is made again', async () => {
  await using stage = await startDownload(makeTestTorrent(8 * BLOCK, 8 * BLOCK))
  const peer = await stage.meet()
  const asked: number[] = []
  peer.onMessage = (received) => {
    if (received.id !== ID.request) return false
    const request = requestOf(received)
    if (asked.push(request.begin) > 1) peer.send(block(stage.torrent, request))
    return true
  }
  peer.send(message(ID.haveAll), message(ID.unchoke))
  await until('all others came', () => stage.download.downloadedBytes === 7 * BLOCK)
  for (const seconds of [14, 16]) {
    assert.equal(asked.length, 8)
    const now = monotonicMs() + seconds * 1000
    for (const seed of stage.download.peers) seed.lastBlockAt = now // as if more of them came until then
    tickTorrent(stage.download, now)
  }
  await until('it is asked again', () => asked.length > 8)
  await stage.download.finished
  assert.deepEqual(asked.slice(8), asked.slice(0, 1))
})
