// Attacks on the tracker's WebSockets: each leaves it answering everybody else, within its bounds.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import net from 'node:net'
import { test, type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import v8 from 'node:v8'
import vm from 'node:vm'
import { WebSocket } from 'ws'
import { isFailure } from '../../src/core/tracker/announce.ts'
import { type BinaryText, MAX_SDP_BYTES, readWsRequest } from '../../src/core/tracker/ws-announce.ts'
import { Access } from '../../src/tracker/access.ts'
import type { WsFront } from '../../src/tracker/ws-front.ts'
import { WsSwarms } from '../../src/tracker/ws-swarms.ts'
import { asRecord } from '../support/json.ts'
import { openWsStage, WS_WAYS, type WsWay } from '../support/ws-front.ts'

interface Victim {
  readonly port: number
  readonly url: string
  readonly front: WsFront
  readonly clock: { sec: number }
}

/** The clock stands still unless the test moves it. */
async function withWay(way: WsWay, body: (victim: Victim) => Promise<void>): Promise<void> {
  const clock = { sec: 0 }
  const access = await Access.open({})
  const rules = { intervalSec: 900 }
  const parts = { swarms: new WsSwarms(), access, rules, nowSec: (): number => clock.sec }
  const { front, port, close } = await openWsStage(way, parts, http.createServer())
  const url = `ws://127.0.0.1:${port}/announce`
  try {
    await body({ port, url, front, clock })
    await ask(await open(url), announce('the last one')) // it still answers
  } finally {
    await close()
  }
}

type WithTracker = (body: (victim: Victim) => Promise<void>) => Promise<void>

/** In both ways in which sockets are carried. */
function testBoth(name: string, body: (withTracker: WithTracker, t: TestContext) => Promise<void>): void {
  for (const way of WS_WAYS) test(`${name} (${way})`, (t) => body((attack) => withWay(way, attack), t))
}

async function open(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url)
  socket.on('error', () => {}) // a reset
  await once(socket, 'open')
  return socket
}

async function ask(socket: WebSocket, text: string): Promise<Record<string, unknown>> {
  const came = once(socket, 'message')
  socket.send(text)
  return asRecord(JSON.parse(String((await came)[0])))
}

function announce(peer: string, more: object = {}): string {
  const [hash, id] = ['a torrent', peer].map((text) => text.padEnd(20, '.'))
  return JSON.stringify({ action: 'announce', info_hash: hash, peer_id: id, left: 1, ...more })
}

const scrape = JSON.stringify({ action: 'scrape', info_hash: 'a torrent...........' })

function closed(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.on('close', (code) => resolve(code)))
}

/** What is alive after a collection. Queued text is there; buffers that were sent or read linger elsewhere for a while. */
function heapBytes(): number {
  v8.setFlagsFromString('--expose-gc')
  vm.runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}

function binary(text: string): BinaryText {
  const message = JSON.stringify({ action: 'scrape', info_hash: text.padEnd(20, '.') })
  const request = readWsRequest(JSON.parse(message)) // as texts come from the network, without their parts
  assert(!isFailure(request) && request.kind === 'scrape')
  return request.infoHashes[0] ?? assert.fail()
}

test('100,000 made-up torrents take less than 100 MB, and beyond the bound nothing is kept', () => {
  const swarms = new WsSwarms({ maxTorrents: 100_000 })
  const join = (n: number): unknown => {
    const who = { infoHash: binary(`torrent ${n}`), peerId: binary(`peer ${n}`), isSeed: false, hasCompleted: false }
    return swarms.put({ send: () => {} }, who, 0)
  }
  const before = heapBytes()
  for (let n = 0; n < 100_000; n++) join(n)
  const full = heapBytes()
  assert.ok(full - before < 100e6, `${full - before} bytes`)
  for (let n = 100_000; n < 150_000; n++) assert.equal(join(n), 'full')
  assert.deepEqual(swarms.totals, { torrents: 100_000, members: 100_000 })
  assert.ok(heapBytes() - full < 2e6)
})

test('100,000 made-up peers of one torrent take less than 40 MB', () => {
  const swarms = new WsSwarms({ maxMembers: 100_000, maxPerConnection: 100_000 })
  const connection = { send: () => {} }
  const infoHash = binary('a torrent')
  const before = heapBytes()
  for (let n = 0; n < 150_000; n++) {
    swarms.put(connection, { infoHash, peerId: binary(`peer ${n}`), isSeed: false, hasCompleted: false }, 0)
  }
  const taken = heapBytes() - before
  assert.deepEqual(swarms.totals, { torrents: 1, members: 100_000 })
  assert.ok(taken < 40e6, `${taken} bytes`)
})

testBoth('one socket cannot be in ever more torrents, nor bring ever more peers', async (withTracker) => {
  await withTracker(async ({ url, front, clock }) => {
    const flooder = await open(url)
    const refusals: unknown[] = []
    for (let n = 0; n < 300; n++) {
      clock.sec++
      const hash = n % 2 === 0 ? 'a torrent...........' : `made up ${n}`.padEnd(20, '.')
      refusals.push((await ask(flooder, announce(`peer ${n}`, { info_hash: hash })))['failure reason'])
    }
    assert.deepEqual(refusals.filter((text) => text !== undefined).length, 100)
    assert.equal(front.counts.members, 200)
    await ask(await open(url), announce('other'))
    assert.equal(front.counts.members, 201)
  })
})

testBoth('torrents that are started and stopped at once leave nothing behind', async (withTracker) => {
  await withTracker(async ({ url, front, clock }) => {
    const flooder = await open(url)
    for (let n = 0; n < 200; n++) {
      clock.sec++
      const hash = { info_hash: `made up ${n}`.padEnd(20, '.') }
      await ask(flooder, announce('peer', { ...hash, event: 'completed' }))
      await ask(flooder, announce('peer', { ...hash, event: 'stopped' }))
    }
    assert.deepEqual([front.counts.torrents, front.counts.members], [0, 0])
  })
})

testBoth('a flood of messages is not read beyond the bucket, and ends the socket', async (withTracker) => {
  await withTracker(async ({ url, front }) => {
    const flooder = await open(url)
    const said: string[] = []
    flooder.on('message', (data: Buffer) => said.push(data.toString()))
    const code = closed(flooder)
    for (let n = 0; n < 2000; n++) flooder.send(scrape)
    assert.equal(await code, 1008)
    assert.equal(said.length, 251)
    assert.match(said[250] ?? '', /too many messages/)
    assert.equal(front.counts.scrapes, 250)
  })
})

testBoth('who comes a little too often is told so once, and heard again later', async (withTracker) => {
  await withTracker(async ({ url, clock }) => {
    const hasty = await open(url)
    const said: string[] = []
    hasty.on('message', (data: Buffer) => said.push(data.toString()))
    for (let n = 0; n < 400; n++) hasty.send(scrape)
    while (said.length < 251) await setImmediate()
    const pong = once(hasty, 'pong')
    hasty.ping() // behind the rest
    await pong
    assert.equal(said.length, 251)
    clock.sec += 60
    assert.equal((await ask(hasty, scrape))['action'], 'scrape')
  })
})

const LONG_OFFERS = Array.from({ length: 10 }, (_, n) => ({
  offer: { type: 'offer', sdp: 'x'.repeat(MAX_SDP_BYTES) },
  offer_id: `offer ${n}`.padEnd(20, '.'),
}))

testBoth(
  'for a socket that never reads little is queued: the rest is dropped, and the next round ends it',
  async (withTracker, t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    await withTracker(async ({ url, front, clock }) => {
      const deaf = await open(url)
      for (let n = 0; n < 10; n++) await ask(deaf, announce(`deaf ${n}`))
      deaf.pause()
      const flooder = await open(url)
      const text = announce('flooder', { offers: LONG_OFFERS })
      const flood = async (): Promise<void> => {
        clock.sec++
        await ask(flooder, text)
      }
      while (front.counts.dropped === 0) await flood() // the operating system takes some megabytes
      const [used, dropped] = [heapBytes(), front.counts.dropped]
      for (let n = 0; n < 200; n++) await flood() // 32 MB
      assert.equal(front.counts.dropped, dropped + 2000)
      assert.ok(heapBytes() - used < 4e6)
      t.mock.timers.tick(30_000)
      while (front.counts.sockets > 1) await setImmediate()
      assert.equal(front.counts.members, 1)
      deaf.terminate()
    })
  },
)

testBoth('a socket that pings and never reads the pongs is ended', async (withTracker) => {
  await withTracker(async ({ url, front }) => {
    const deaf = await open(url)
    deaf.pause()
    const payload = Buffer.alloc(125)
    while (front.counts.sockets > 0) {
      for (let n = 0; n < 1000; n++) deaf.ping(payload)
      await setImmediate()
    }
    deaf.terminate()
  })
})

testBoth(
  'who never finishes a message, or never reads, is gone after two rounds, whatever pongs it sends',
  async (withTracker, t) => {
    t.mock.timers.enable({ apis: ['setInterval'] })
    await withTracker(async ({ port, url, front, clock }) => {
      const socket = net.connect(port, '127.0.0.1')
      socket.on('error', () => {}) // a reset
      const key = Buffer.alloc(16).toString('base64')
      socket.write(`GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`)
      socket.write(`Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`)
      await once(socket, 'data')
      socket.write(Buffer.concat([Buffer.from('01fe03e800000000', 'hex'), Buffer.alloc(1000)])) // the first part of a text
      const deaf = await open(url)
      for (let n = 0; n < 10; n++) await ask(deaf, announce(`deaf ${n}`))
      deaf.pause()
      const flooder = await open(url)
      const text = announce('flooder', { offers: LONG_OFFERS })
      while (front.counts.dropped === 0) {
        clock.sec++
        await ask(flooder, text)
      }
      const pong = (number: number): Buffer => Buffer.from(`8a8400000000${number.toString(16).padStart(8, '0')}`, 'hex')
      for (let round = 1; round <= 2; round++) {
        const pinged = once(flooder, 'ping')
        t.mock.timers.tick(30_000)
        socket.write(pong(round))
        await pinged
        await ask(flooder, scrape) // what came before it was read
      }
      t.mock.timers.tick(30_000)
      while (front.counts.sockets > 1) await setImmediate()
      socket.destroy()
      deaf.terminate()
    })
  },
)

testBoth('pongs that nobody asked for keep nobody alive, and too many end the socket', async (withTracker, t) => {
  t.mock.timers.enable({ apis: ['setInterval'] })
  await withTracker(async ({ url, front }) => {
    const mute = await open(url)
    mute.pause() // our pings stay unanswered
    await setImmediate()
    t.mock.timers.tick(30_000)
    mute.pong()
    t.mock.timers.tick(30_000)
    while (front.counts.sockets > 0) await setImmediate()
    const flooder = await open(url)
    const code = closed(flooder)
    for (let n = 0; n < 1000; n++) flooder.pong()
    assert.equal(await code, 1008)
  })
})

testBoth('who is closing is no member any more', async (withTracker) => {
  await withTracker(async ({ url, front }) => {
    const socket = await open(url)
    await ask(socket, announce('one'))
    socket.pause() // our answer to its close stays unread, and so it stays
    socket.close(4001)
    while (front.counts.members > 0) await setImmediate()
    socket.resume()
    assert.equal(await closed(socket), 4001)
  })
})

testBoth('a message without end is cut off, in one frame or in many', async (withTracker) => {
  await withTracker(async ({ url }) => {
    const long = await open(url)
    const isLongClosed = closed(long)
    long.send('x'.repeat(10_000_000))
    assert.ok([1006, 1009].includes(await isLongClosed)) // a reset swallows the reason
    const many = await open(url)
    const isManyClosed = closed(many)
    for (let n = 0; n < 1000; n++) many.send('x', { fin: false })
    assert.ok([1006, 1009].includes(await isManyClosed))
  })
})

testBoth('a length of many terabytes in a header is no promise', async (withTracker) => {
  await withTracker(async ({ port, front }) => {
    const socket = net.connect(port, '127.0.0.1')
    const key = Buffer.alloc(16).toString('base64')
    socket.write(`GET / HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n`)
    socket.write(`Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`)
    const [answer] = await once(socket, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 101 /)
    const used = process.memoryUsage().arrayBuffers
    const ended = once(socket.resume(), 'end')
    socket.write(Buffer.from('81ff0000ffffffffffff00000000', 'hex'))
    await ended
    assert.ok(process.memoryUsage().arrayBuffers - used < 1e6)
    socket.destroy()
    while (front.counts.sockets > 0) await setImmediate()
  })
})

testBoth(
  'names of what every object has are hashes like others, and as keys they change nothing',
  async (withTracker) => {
    await withTracker(async ({ url }) => {
      const mallory = await open(url)
      const odd = 'propertyIsEnumerable' // 20 characters
      await ask(mallory, announce('mallory', { info_hash: odd }))
      const other = await open(url)
      const ids = { info_hash: odd, peer_id: odd }
      assert.equal((await ask(other, announce('', ids)))['incomplete'], 2)
      const { files } = await ask(other, JSON.stringify({ action: 'scrape', info_hash: [odd] }))
      assert.deepEqual(Object.entries(asRecord(files)), [[odd, { complete: 0, incomplete: 2, downloaded: 0 }]])
      for (const hash of ['__proto__', 'constructor']) {
        assert.match(String((await ask(other, announce('x', { info_hash: hash })))['failure reason']), /info_hash/)
      }
      const inherited = `{"__proto__":${announce('mallory')},"constructor":{"prototype":{"action":"announce"}}}`
      assert.match(String((await ask(other, inherited))['failure reason']), /action/)
      assert.equal('action' in {}, false)
    })
  },
)

testBoth('binary frames, broken text and JSON of great depth are refused, and end the socket', async (withTracker) => {
  await withTracker(async ({ url, front }) => {
    const messages: (string | Buffer)[] = [Buffer.from(announce('x')), Buffer.alloc(0), '['.repeat(200_000)]
    messages.push('{"a":'.repeat(50_000), '"\\ud800"', '1e999', '')
    for (const message of messages) {
      const socket = await open(url)
      const code = closed(socket)
      for (let n = 0; n < 10; n++) socket.send(message)
      assert.equal(await code, 1008)
    }
    const socket = await open(url)
    const code = closed(socket)
    socket.send(Buffer.from([0xff, 0xfe]), { binary: false })
    assert.equal(await code, 1007)
    assert.equal(front.counts.announces, 0)
  })
})

testBoth('an upgrade to something else, or one that is half done, leaves nothing behind', async (withTracker) => {
  await withTracker(async ({ port, front }) => {
    for (const headers of ['Upgrade: h2c', 'Upgrade: websocket', 'Upgrade: websocket\r\nSec-WebSocket-Key: x']) {
      const socket = net.connect(port, '127.0.0.1')
      socket.write(`GET /announce HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\n${headers}\r\n\r\n`)
      const [answer] = await once(socket, 'data')
      assert.match(String(answer), /^HTTP\/1\.1 400 /)
      await once(socket.resume(), 'close')
    }
    assert.equal(front.counts.sockets, 0)
  })
})
