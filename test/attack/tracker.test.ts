// Attacks on the tracker server: each leaves it answering everybody else, within its bounds.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import v8 from 'node:v8'
import vm from 'node:vm'
import { fromLatin1, writeU32 } from '../../src/core/bytes.ts'
import { infoHash } from '../../src/core/ids.ts'
import { announceQuery } from '../../src/core/tracker/http-announce.ts'
import { ConnectionIds } from '../../src/core/tracker/connection-ids.ts'
import { writeAnnounceRequest, writeConnectRequest, writeScrapeRequest } from '../../src/core/tracker/udp-packets.ts'
import { Access } from '../../src/tracker/access.ts'
import { DEFAULT_RULES, TrackerLogic } from '../../src/tracker/logic.ts'
import { MemoryStore } from '../../src/tracker/memory-store.ts'
import { type TrackerOptions, TrackerServer } from '../../src/tracker/tracker-server.ts'
import { UdpFront } from '../../src/tracker/udp-front.ts'
import { joinHttp, makeRequest, someHash, UdpAsker } from '../support/tracker-asker.ts'

async function withTracker(
  body: (tracker: TrackerServer, url: string) => Promise<void>,
  options?: Partial<TrackerOptions>,
) {
  const tracker = await TrackerServer.listen({ port: 0, host: '127.0.0.1', ...options })
  try {
    await body(tracker, tracker.urls[0] ?? '')
    await joinHttp(tracker.urls[0] ?? '', makeRequest()) // it still answers
  } finally {
    await tracker.close()
  }
}

/** Resolves when the connection is gone, in whatever way. */
function closed(socket: net.Socket): Promise<void> {
  socket.on('error', () => {}) // a reset
  return new Promise((resolve) => socket.on('close', () => resolve()))
}

/** Sends text and waits until the tracker ends the connection; returns what came before, which a reset can swallow. */
async function cutOff(port: number, text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  const isClosed = closed(socket)
  let said = ''
  socket.on('data', (chunk) => (said += String(chunk)))
  socket.write(text)
  await isClosed
  return said
}

test('[77] the constant of BEP 15 is no connection id', async () => {
  await withTracker(async (tracker) => {
    using asker = await UdpAsker.open('127.0.0.1', tracker.port)
    const constant = writeConnectRequest(0).subarray(0, 8)
    await asker.assertSilence([
      writeAnnounceRequest(constant, 7, makeRequest()),
      writeScrapeRequest(constant, 7, [someHash('a')]),
    ])
    assert.equal((await tracker.stats()).peers, 0)
  })
})

test('[77] a connection id of another address, of the last run or made up is answered by silence', async () => {
  await withTracker(async (tracker) => {
    using alice = await UdpAsker.open('127.0.0.1', tracker.port, '127.0.0.1')
    using bob = await UdpAsker.open('127.0.0.1', tracker.port, '127.0.0.2')
    const ofAlice = await alice.connect()
    const ofOtherRun = new Uint8Array(8)
    new ConnectionIds(new Uint8Array(16)).write(Uint8Array.of(127, 0, 0, 2), 0, ofOtherRun, 0)
    await bob.assertSilence(
      [ofAlice, ofOtherRun, new Uint8Array(8), new Uint8Array(8).fill(255)].map((id) => {
        return writeAnnounceRequest(id, 7, makeRequest())
      }),
    )
    assert.equal((await tracker.stats()).peers, 0)
    await bob.announce(await bob.connect(), makeRequest()) // its own is good
    assert.equal((await tracker.stats()).peers, 1)
  })
})

test('[71] an expired connection id is answered by silence', async () => {
  const clock = { nowSec: 0 }
  const logic = new TrackerLogic(new MemoryStore(), DEFAULT_RULES, () => clock.nowSec)
  const ids = new ConnectionIds(new Uint8Array(16))
  const front = new UdpFront(logic, await Access.open({}), ids)
  const ip = Uint8Array.of(10, 0, 0, 1)
  const id = new Uint8Array(8)
  ids.write(ip, 0, id, 0)
  const packet = writeAnnounceRequest(id, 7, makeRequest())
  const isAnswered = (): boolean =>
    front.receive(packet, packet.length, ip, new Uint8Array(1400), () => assert.fail()) > 0
  assert.equal(isAnswered(), true)
  clock.nowSec = 120
  assert.equal(isAnswered(), true)
  clock.nowSec = 180
  assert.equal(isAnswered(), false)
})

test('[77] an answer before the address is proven is never longer than the question', async () => {
  await withTracker(async (tracker) => {
    using asker = await UdpAsker.open('127.0.0.1', tracker.port)
    asker.send(writeConnectRequest(1))
    assert.equal((await asker.receive()).length, 16)
  })
})

test('[77] garbage datagrams of every length are answered by silence', async () => {
  await withTracker(async (tracker) => {
    using asker = await UdpAsker.open('127.0.0.1', tracker.port)
    const lengths = [0, 1, 8, 15, 16, 17, 97, 98, 99, 1400, 9000]
    await asker.assertSilence([
      ...lengths.map((length) => new Uint8Array(length)),
      ...lengths.map((length) => new Uint8Array(length).fill(0xff)),
      ...lengths.map((length) => fromLatin1('GET /announce HTTP/1.1\r\n').subarray(0, length)),
    ])
  })
})

/** What the process has of the machine's memory after a collection: swarms are on no heap. */
function usedBytes(): number {
  v8.setFlagsFromString('--expose-gc')
  vm.runInNewContext('gc')()
  return process.memoryUsage.rss()
}

test('100,000 made-up torrents take less than 60 MB, and beyond the bound nothing is kept', async () => {
  const store = new MemoryStore({ maxTorrents: 100_000 })
  const logic = new TrackerLogic(store, DEFAULT_RULES, () => 0)
  const announce = async (n: number): Promise<void> => {
    const hash = new Uint8Array(20)
    writeU32(hash, 4, n)
    const request = makeRequest({ infoHash: infoHash(hash) ?? assert.fail() })
    await logic.announce(request, Uint8Array.of(10, n >> 16, n >> 8, n), 'udp')
  }
  const before = usedBytes()
  for (let n = 0; n < 100_000; n++) await announce(n)
  const full = usedBytes()
  assert.deepEqual(await store.counts(), { torrents: 100_000, peers: 100_000 })
  assert(full - before < 60e6, `${full - before} bytes`)
  for (let n = 100_000; n < 150_000; n++) await announce(n)
  assert.deepEqual(await store.counts(), { torrents: 100_000, peers: 100_000 })
  assert(usedBytes() - full < 10e6)
})

test('100,000 made-up peers of one torrent take less than 20 MB, and beyond the bound nothing is kept', async () => {
  const store = new MemoryStore({ maxPeersPerTorrent: 100_000 })
  const logic = new TrackerLogic(store, DEFAULT_RULES, () => 0)
  const request = makeRequest({ numWant: 0 })
  const before = usedBytes()
  for (let n = 0; n < 150_000; n++) await logic.announce(request, Uint8Array.of(10, n >> 16, n >> 8, n), 'udp')
  assert.deepEqual(await store.counts(), { torrents: 1, peers: 100_000 })
  assert(usedBytes() - before < 20e6)
})

test('a flood of torrents from one address stops at its budget, and others are served', async () => {
  await withTracker(
    async (tracker) => {
      using flooder = await UdpAsker.open('127.0.0.1', tracker.port, '127.0.0.9')
      const id = await flooder.connect()
      for (let n = 0; n < 500; n++) await flooder.announce(id, makeRequest({ infoHash: someHash(`made up ${n}`) }))
      assert.equal((await tracker.stats()).torrents, 100)
      using other = await UdpAsker.open('127.0.0.1', tracker.port, '127.0.0.3')
      await other.announce(await other.connect(), makeRequest())
      assert.equal((await tracker.stats()).torrents, 101)
    },
    { storeLimits: { maxEntriesPerAddress: 100 } },
  )
})

test('one address cannot fill a swarm with ports that nobody listens on', async () => {
  await withTracker(async (tracker) => {
    using flooder = await UdpAsker.open('127.0.0.1', tracker.port)
    const id = await flooder.connect()
    for (let port = 1; port <= 1000; port++) await flooder.announce(id, makeRequest({ port }))
    assert.equal((await tracker.stats()).peers, 200)
  })
})

test('torrents that are started and stopped at once leave nothing behind', async () => {
  await withTracker(async (tracker) => {
    using flooder = await UdpAsker.open('127.0.0.1', tracker.port)
    const id = await flooder.connect()
    for (let n = 0; n < 200; n++) {
      const infoHash = someHash(`made up ${n}`)
      await flooder.announce(id, makeRequest({ infoHash, event: 'completed', left: 0 }))
      await flooder.announce(id, makeRequest({ infoHash, event: 'stopped' }))
    }
    const { torrents, peers } = await tracker.stats()
    assert.deepEqual([torrents, peers], [0, 0])
  })
})

test('a query without end is cut off', async () => {
  await withTracker(async (tracker) => {
    const said = await cutOff(tracker.port, `GET /announce?${'a=1&'.repeat(100_000)}`)
    assert(said === '' || said.startsWith('HTTP/1.1 431 '), said)
  })
})

test('headers without end are cut off', async () => {
  await withTracker(async (tracker) => {
    const said = await cutOff(tracker.port, `GET / HTTP/1.1\r\nHost: t\r\n${'X-Header: x\r\n'.repeat(10_000)}`)
    assert(said === '' || said.startsWith('HTTP/1.1 431 '), said)
  })
})

test('what is not HTTP is cut off', async () => {
  await withTracker(async (tracker) => {
    assert.match(await cutOff(tracker.port, '\x13BitTorrent protocol\0\0\0\0\0\0\0\0'), /^HTTP\/1\.1 400 /)
    assert.match(await cutOff(tracker.port, 'CONNECT example.com:80 HTTP/1.1\r\nHost: example.com\r\n\r\n'), /^$/)
  })
})

test('a body that is sent to us is not read, and ends the connection', async () => {
  await withTracker(async (tracker) => {
    const said = await cutOff(
      tracker.port,
      `POST /announce HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000000\r\n\r\n${'x'.repeat(1000)}`,
    )
    assert(said === '' || said.startsWith('HTTP/1.1 404 '), said)
  })
})

const HURRIED = { httpLimits: { requestMs: 100, idleMs: 100 } }

test('a header that comes drop by drop, a connection that says nothing and one that says no more are ended', async () => {
  await withTracker(async (tracker) => {
    const socket = net.connect(tracker.port, '127.0.0.1')
    const isClosed = closed(socket)
    const drip = setInterval(() => socket.write('X'), 5)
    socket.write('GET /announce HTTP/1.1\r\n')
    await isClosed
    clearInterval(drip)
    await cutOff(tracker.port, '')
    const said = await cutOff(tracker.port, `GET /announce?${announceQuery(makeRequest())} HTTP/1.1\r\nHost: t\r\n\r\n`)
    assert.match(said, /^HTTP\/1\.1 200 /)
  }, HURRIED)
})

test('while a hundred connections hang half open, others are served', async () => {
  await withTracker(async (tracker, url) => {
    const sockets = Array.from({ length: 100 }, () => net.connect(tracker.port, '127.0.0.1'))
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    for (const socket of sockets) socket.write('GET /announce?info_hash=')
    await joinHttp(url, makeRequest())
    for (const socket of sockets) socket.destroy()
  })
})

test('connections beyond the bound are refused, and there is room again when others end', async () => {
  await withTracker(
    async (tracker, url) => {
      const first = net.connect(tracker.port, '127.0.0.1')
      await once(first, 'connect')
      const second = net.connect(tracker.port, '127.0.0.1')
      await closed(second)
      const isClosed = closed(first)
      first.end('GET / HTTP/1.0\r\n\r\n').resume()
      await isClosed
      await joinHttp(url, makeRequest())
    },
    { httpLimits: { connections: 1 } },
  )
})
