// WebSockets of whole trackers: those that network threads serve, and the portable way beside them.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync, readlinkSync } from 'node:fs'
import net from 'node:net'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'
import { WebSocket } from 'ws'
import { announceQuery } from '../../src/core/tracker/http-announce.ts'
import { loadLibc } from '../../src/io/libc.ts'
import { type TrackerOptions, TrackerServer } from '../../src/tracker/tracker-server.ts'
import { asRecord } from '../support/json.ts'
import { makeRequest, UdpAsker } from '../support/tracker-asker.ts'

const skip = (await loadLibc()) ? false : 'there is no koffi for this machine'
const NO_BOUND = { burst: 2 ** 31, perSec: 2 ** 31 }

function listen(options: Partial<TrackerOptions> = {}): Promise<TrackerServer> {
  return TrackerServer.listen({ port: 0, host: '127.0.0.1', ...options })
}

async function withTracker(
  options: Partial<TrackerOptions>,
  body: (tracker: TrackerServer) => Promise<void>,
): Promise<void> {
  const tracker = await listen(options)
  try {
    await body(tracker)
  } finally {
    await tracker.close()
  }
}

async function open({ port }: TrackerServer): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/announce`)
  socket.on('error', () => {}) // a reset
  await once(socket, 'open')
  return socket
}

async function ask(socket: WebSocket, text: string): Promise<Record<string, unknown>> {
  const came = next(socket)
  socket.send(text)
  return came
}

async function next(socket: WebSocket): Promise<Record<string, unknown>> {
  return asRecord(JSON.parse(String((await once(socket, 'message'))[0])))
}

function announce(peer: string, more: object = {}): string {
  const [hash, id] = ['a torrent', peer].map((text) => text.padEnd(20, '.'))
  return JSON.stringify({ action: 'announce', info_hash: hash, peer_id: id, left: 1, ...more })
}

const SCRAPE = JSON.stringify({ action: 'scrape', info_hash: 'a torrent...........' })
const OFFER_ID = 'offer...............'

function offers(count: number, sdp: string): object {
  return { offers: Array.from({ length: count }, () => ({ offer_id: OFFER_ID, offer: { type: 'offer', sdp } })) }
}

/** As a client sends it. */
function frame(text: string): Buffer {
  const payload = Buffer.from(text)
  const head = Buffer.alloc(14)
  head.writeUInt16BE(0x81ff)
  head.writeUInt32BE(payload.length, 6)
  return Buffer.concat([head, payload]) // its mask is 0
}

const UPGRADE = Buffer.from(
  'GET /announce HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}\r\n\r\n`,
)

/** A connection that sends the pieces one by one; what it hears. */
async function speak(
  { port }: TrackerServer,
  pieces: readonly Buffer[],
): Promise<{ socket: net.Socket; text: () => string }> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('error', () => {})
  let text = ''
  socket.on('data', (bytes) => (text += bytes.toString('latin1')))
  for (const piece of pieces) {
    await new Promise<void>((resolve) => socket.write(piece, () => resolve()))
    await setImmediate()
  }
  return { socket, text: () => text }
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await setImmediate()
}

/** Connections of this process, listening sockets and those for datagrams; and what threads wait with. */
function descriptors(): number {
  return readdirSync('/proc/self/fd').filter((fd) => /^socket:|eventpoll|eventfd/.test(linkOf(fd))).length
}

function linkOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return '' // that of the directory itself
  }
}

for (const options of [{}, { workers: 2 }, { isPortable: true }, { isPortable: true, workers: 2 }]) {
  const name = JSON.stringify(options)

  test(`an offer and its answer go from one socket to another and back ${name}`, async () => {
    await withTracker(options, async (tracker) => {
      const others = await Promise.all(Array.from({ length: 6 }, () => open(tracker)))
      for (const [n, other] of others.entries()) await ask(other, announce(`other ${n}`))
      const alice = await open(tracker)
      const offered = Promise.all(others.map(next))
      await ask(alice, announce('alice', offers(6, 'the offer\r\n')))
      for (const [n, offer] of (await offered).entries()) {
        assert.deepEqual(offer['offer'], { type: 'offer', sdp: 'the offer\r\n' })
        const answer = {
          answer: { type: 'answer', sdp: `answer ${n}` },
          to_peer_id: offer['peer_id'],
          offer_id: OFFER_ID,
        }
        const heard = next(alice)
        others[n]?.send(announce(`other ${n}`, answer))
        assert.deepEqual(asRecord(asRecord(await heard)['answer'])['sdp'], `answer ${n}`)
      }
    })
  })

  test(`frames right behind the request are read, and a message in many pieces is ${name}`, async () => {
    await withTracker(options, async (tracker) => {
      const long = frame(announce('long', { extra: 'x'.repeat(100_000) }))
      for (const pieces of [
        [Buffer.concat([UPGRADE, frame(SCRAPE)])],
        [Buffer.concat([UPGRADE, frame(SCRAPE).subarray(0, 9)]), frame(SCRAPE).subarray(9)],
        [...Buffer.concat([UPGRADE, frame(SCRAPE)])].map((byte) => Buffer.of(byte)),
        [Buffer.concat([UPGRADE, long, frame(SCRAPE)])],
        [UPGRADE, long.subarray(0, 70_000), long.subarray(70_000), frame(SCRAPE)],
      ]) {
        const { socket, text } = await speak(tracker, pieces)
        await until(() => text().includes('"action":"scrape"'))
        assert.match(text(), /^HTTP\/1.1 101 /)
        socket.destroy()
      }
    })
  })

  test(`with sockets open, and one that does not read, the tracker closes ${name}`, async () => {
    const tracker = await listen({ ...options, messageLimits: NO_BOUND })
    const sockets = await Promise.all(Array.from({ length: 20 }, () => open(tracker)))
    const closed = sockets.map((socket) => once(socket, 'close'))
    const [deaf = assert.fail(), loud = assert.fail()] = sockets
    await ask(deaf, announce('deaf'))
    deaf.pause()
    const text = announce('loud', offers(10, 'x'.repeat(16_000)))
    for (let n = 0; n < 300; n++) loud.send(text)
    await ask(loud, text)
    await tracker.close()
    deaf.resume()
    const codes = (await Promise.all(closed)).map(([code]) => code)
    assert.deepEqual(new Set(codes.slice(2)), new Set([1001]))
  })
}

test('who sends without end does not hold up a datagram, nor another socket', { skip }, async () => {
  await withTracker({ messageLimits: NO_BOUND }, async (tracker) => {
    const floods = await Promise.all(Array.from({ length: 4 }, () => speak(tracker, [UPGRADE])))
    let isOver = false
    for (const [n, { socket }] of floods.entries()) {
      const one = frame(announce(`flood ${n}`, offers(5, 'x'.repeat(1500))))
      const flood = Buffer.concat(Array.from({ length: 100 }, () => one))
      const pour = (): void => {
        while (!isOver && socket.write(flood));
        socket.once('drain', pour)
      }
      pour()
    }
    await until(() => floods.every(({ text }) => text().includes('"complete"')))
    using asker = await UdpAsker.open('127.0.0.1', tracker.port)
    const id = await asker.connect()
    const socket = await open(tracker)
    for (let n = 0; n < 20; n++) {
      await asker.announce(id, makeRequest())
      await ask(socket, SCRAPE)
    }
    isOver = true
    for (const one of floods) one.socket.destroy()
  })
})

test('all descriptors are given back, of sockets that went and of those that stayed', { skip }, async () => {
  await withTracker({}, async (tracker) => (await open(tracker)).terminate()) // what the first one loads stays
  const before = descriptors()
  const tracker = await listen()
  const idle = descriptors()
  for (let round = 0; round < 3; round++) {
    const sockets = await Promise.all(Array.from({ length: 100 }, () => open(tracker)))
    await Promise.all(sockets.map((socket) => ask(socket, SCRAPE)))
    assert.ok(descriptors() >= idle + 200) // both ends are here
    const closed = sockets.map((socket) => once(socket, 'close'))
    for (const [n, socket] of sockets.entries()) {
      if (n % 2 === 0) socket.close()
      else socket.terminate()
    }
    await Promise.all(closed)
    // One for node:http, where nobody can find it, was opened with the first socket.
    await until(() => descriptors() <= idle + 1)
  }
  const stayed = await Promise.all(Array.from({ length: 50 }, () => open(tracker)))
  const closed = stayed.map((socket) => once(socket, 'close'))
  const coming = Array.from({ length: 50 }, () => ended(new WebSocket(`ws://127.0.0.1:${tracker.port}/`)))
  await Promise.all([tracker.close(), ...closed, ...coming]) // some are under way when it closes
  await until(() => descriptors() <= before)
})

test('over the bound of connections a socket is closed at once, and later there is room again', { skip }, async () => {
  await withTracker({ httpLimits: { connections: 5 } }, async (tracker) => {
    const sockets: WebSocket[] = []
    for (let n = 0; n < 5; n++) sockets.push(await open(tracker))
    await Promise.all(sockets.map((socket) => ask(socket, SCRAPE)))
    const [code] = await once(await open(tracker), 'close')
    assert.equal(code, 1013)
    const [first] = sockets
    first?.close()
    for (let isIn = false; !isIn; ) {
      const socket = await open(tracker)
      const refused = once(socket, 'close').then(() => false)
      isIn = await Promise.race([refused, ask(socket, SCRAPE).then(() => true)])
    }
  })
})

test('a network thread that dies leaves no connection open, and the next one serves again', { skip }, async () => {
  const workers: Worker[] = []
  const remember = (worker: Worker): void => void workers.push(worker)
  process.on('worker', remember)
  try {
    await withTracker({}, async (tracker) => {
      const idle = descriptors()
      const sockets = await Promise.all(Array.from({ length: 20 }, () => open(tracker)))
      await Promise.all(sockets.map((socket) => ask(socket, SCRAPE)))
      const kept = await Promise.all(Array.from({ length: 20 }, () => keepOpen(tracker.port)))
      const closed = [...sockets, ...kept].map((socket) => once(socket, 'close'))
      const coming = Array.from({ length: 50 }, () => ended(new WebSocket(`ws://127.0.0.1:${tracker.port}/`)))
      await workers[0]?.terminate()
      await Promise.all(closed)
      await until(() => workers.length === 2)
      for (let isServed = false; !isServed; ) {
        const socket = new WebSocket(`ws://127.0.0.1:${tracker.port}/`)
        const gone = ended(socket).then(() => false)
        const served = once(socket, 'open')
          .then(() => ask(socket, SCRAPE))
          .then(() => true)
        served.catch(() => {})
        isServed = await Promise.race([gone, served])
        socket.terminate()
      }
      await Promise.all(coming)
      await until(() => descriptors() <= idle + 1) // the server of node:http
    })
  } finally {
    process.off('worker', remember)
  }
})

/** By HTTP, after an answer. */
async function keepOpen(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(`GET /announce?${announceQuery(makeRequest())} HTTP/1.1\r\n\r\n`)
  await once(socket, 'data')
  return socket
}

/** Refused, or closed later. Those who are let in leave. */
function ended(socket: WebSocket): Promise<void> {
  socket.on('error', () => {})
  socket.on('open', () => socket.send(SCRAPE))
  socket.on('message', () => socket.terminate())
  return new Promise((resolve) => socket.on('close', () => resolve()))
}
