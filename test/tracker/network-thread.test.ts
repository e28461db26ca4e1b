// What network threads do with connections: the answers themselves are tested in tracker-server.test.ts.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { isFailure } from '../../src/core/tracker/announce.ts'
import { announceQuery } from '../../src/core/tracker/http-announce.ts'
import { writeAnnounceRequest } from '../../src/core/tracker/udp-packets.ts'
import { loadLibc } from '../../src/io/libc.ts'
import { TrackerServer, type TrackerOptions } from '../../src/tracker/tracker-server.ts'
import { torrentNamed } from '../support/catalogue.ts'
import { announceHttp, getPage, joinHttp, makeRequest, someHash, UdpAsker } from '../support/tracker-asker.ts'

const skip = (await loadLibc()) ? false : 'there is no koffi for this machine'

async function withTracker(
  options: Partial<TrackerOptions>,
  body: (tracker: TrackerServer, url: string) => Promise<void>,
): Promise<void> {
  const tracker = await TrackerServer.listen({ port: 0, host: '127.0.0.1', ...options })
  try {
    await body(tracker, `http://127.0.0.1:${tracker.port}`)
  } finally {
    await tracker.close()
  }
}

const QUERY = announceQuery(makeRequest())

/** Sends the parts one after the other; all that comes back until the end. */
async function talk(port: number, parts: readonly string[]): Promise<string> {
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  const closed = closeOf(socket)
  let text = ''
  socket.on('data', (part) => (text += part.toString('latin1')))
  for (const part of parts) {
    await new Promise<void>((resolve) => socket.write(part, 'latin1', () => resolve()))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await closed
  return text
}

/** However it ends. */
function closeOf(socket: net.Socket): Promise<void> {
  socket.on('error', () => {})
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

const count = (text: string, word: string): number => text.split(word).length - 1

test('requests in one packet, and one in many, are all answered on one connection', { skip }, async () => {
  await withTracker({}, async ({ port }) => {
    const ask = `GET /announce?${QUERY} HTTP/1.1\r\nHost: t\r\n\r\n`
    const last = `GET /scrape?info_hash=${'%61'.repeat(20)} HTTP/1.1\r\nConnection: close\r\n\r\n`
    const together = await talk(port, [ask + ask + last])
    assert.deepEqual(
      [count(together, 'HTTP/1.1 200 OK'), count(together, '8:interval'), count(together, '5:files')],
      [3, 2, 1],
    )
    const inPieces = await talk(port, ask.split('').concat(last.match(/.{1,9}/gs) ?? []))
    assert.deepEqual([count(inPieces, 'HTTP/1.1 200 OK'), count(inPieces, '5:files')], [2, 1])
  })
})

test('what is no announce is answered by the thread that has node:http, also when its head comes in pieces', {
  skip,
}, async () => {
  await withTracker({}, async (tracker, url) => {
    await joinHttp(`${url}/announce`, makeRequest())
    assert.match(Buffer.from((await getPage(`${url}/metrics`)).body).toString(), /shoal_tracker_peers 1\n/)
    assert.equal((await getPage(`${url}/nothing`)).status, 404)
    const head = ['GET /ann', 'ounce?x HTTP/1.1\r\nHost: t\r\n', 'Expect: nothing\r\nConn', 'ection: close\r\n\r\n']
    assert.match(await talk(tracker.port, head), /^HTTP\/1.1 (200|417)/)
    const status = await talk(tracker.port, 'GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n'.split(''))
    assert.match(status, /Shoal tracker/)
  })
})

test('a WebSocket goes through, with and without a query', { skip }, async () => {
  await withTracker({}, async ({ port }) => {
    for (const path of ['/announce', '/announce?key=1']) {
      const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`)
      await once(socket, 'open')
      socket.send(JSON.stringify({ action: 'scrape', info_hash: 'a'.repeat(20) }))
      const [answer] = await once(socket, 'message')
      assert.match(String(answer), /"action":"scrape"/)
      socket.terminate()
    }
  })
})

test('after an announce a connection takes nothing else: it is ended', { skip }, async () => {
  await withTracker({}, async ({ port }) => {
    const text = await talk(port, [`GET /announce?${QUERY} HTTP/1.1\r\n\r\n`, 'GET / HTTP/1.1\r\n\r\n'])
    assert.equal(count(text, 'HTTP/1.1'), 1)
  })
})

test('the last answer arrives, whatever came behind its request', { skip }, async () => {
  await withTracker({}, async ({ port }) => {
    const last = `GET /announce?${QUERY} HTTP/1.1\r\nConnection: close\r\n\r\n`
    for (let n = 0; n < 50; n++) {
      for (const more of ['', '\r\n', 'x'.repeat(40_000)]) assert.match(await talk(port, [last + more]), /8:interval/)
    }
  })
})

test('who ends the connection in the middle of a head does no harm, and neither does who never reads', {
  skip,
}, async () => {
  await withTracker({ httpLimits: { connections: 50 } }, async ({ port }, url) => {
    for (let n = 0; n < 100; n++) {
      const socket = net.connect(port, '127.0.0.1')
      await once(socket, 'connect')
      const closed = closeOf(socket)
      socket.resume()
      socket.end(`GET /announce?${QUERY}`)
      await closed
    }
    const deaf = net.connect(port, '127.0.0.1')
    await once(deaf, 'connect')
    deaf.pause()
    const ended = closeOf(deaf)
    deaf.write(`GET /announce?${QUERY} HTTP/1.1\r\n\r\n`.repeat(100_000))
    const answer = await announceHttp(`${url}/announce`, makeRequest())
    assert('intervalSec' in answer)
    deaf.destroy()
    await ended
  })
})

test('who sends requests without end and reads all answers does not keep others waiting, nor the end', {
  skip,
}, async () => {
  const tracker = await TrackerServer.listen({ port: 0, host: '127.0.0.1' })
  const flood = 'GET /announce?x HTTP/1.1\r\n\r\n'.repeat(20_000)
  const sockets = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const socket = net.connect(tracker.port, '127.0.0.1')
      await once(socket, 'connect')
      socket.resume()
      const pour = (): void => {
        while (socket.write(flood));
        socket.once('drain', pour)
      }
      pour()
      return { socket, closed: closeOf(socket) }
    }),
  )
  for (let n = 0; n < 20; n++) await joinHttp(`http://127.0.0.1:${tracker.port}/announce`, makeRequest())
  await tracker.close()
  for (const { socket, closed } of sockets) {
    socket.destroy()
    await closed
  }
})

test('one catalogue is behind all workers', async () => {
  for (const isPortable of [false, true]) {
    const options = { workers: 3, isPortable, catalogue: { path: ':memory:', publish: 'everybody' } } as const
    await withTracker(options, async (_, url) => {
      const posted = await fetch(`${url}/catalogue`, {
        method: 'POST',
        headers: { 'Shoal-Owner-Key': '0'.repeat(64), Connection: 'close' },
        body: Buffer.from(torrentNamed('beach')),
      })
      assert.equal(posted.status, 201, await posted.text())
      for (let n = 0; n < 12; n++) {
        const { body } = await getPage(`${url}/catalogue?q=beach`)
        assert.match(Buffer.from(body).toString(), /"total":1/)
      }
    })
  }
})

for (const isPortable of [false, true]) {
  test(`four workers share their swarms exactly, over HTTP and UDP (portable: ${isPortable})`, async () => {
    await withTracker({ workers: 4, isPortable }, async (tracker, url) => {
      const join = async (n: number): Promise<void> => {
        using asker = await UdpAsker.open('127.0.0.1', tracker.port)
        const id = await asker.connect()
        for (let torrent = 0; torrent < 5; torrent++) {
          const request = makeRequest({ port: 1000 + n, infoHash: someHash(`${torrent}`), numWant: 200 })
          await asker.announce(id, request)
          await joinHttp(`${url}/announce`, { ...request, port: 2000 + n })
        }
      }
      await Promise.all(Array.from({ length: 40 }, (_, n) => join(n)))
      const { torrents, peers, announces } = await tracker.stats()
      assert.deepEqual({ torrents, peers, announces }, { torrents: 5, peers: 400, announces: 400 })
      const all = await joinHttp(`${url}/announce`, makeRequest({ infoHash: someHash('3'), port: 1001, numWant: 200 }))
      assert.equal(new Set(all.peers.map(({ port }) => port)).size, 79)
    })
  })

  test(`an address may call so often, whatever thread it comes to (portable: ${isPortable})`, async () => {
    await withTracker({ workers: 2, isPortable, access: { callsPerMinute: 60 } }, async ({ port }, url) => {
      const request = makeRequest()
      const isWelcome = async (): Promise<boolean> => !isFailure(await announceHttp(`${url}/announce`, request))
      await using cleanup = new AsyncDisposableStack()
      // The system deals out by the port of the sender: each thread gets some of so many.
      const askers = await Promise.all(
        Array.from({ length: 40 }, async () => {
          const asker = cleanup.use(await UdpAsker.open('127.0.0.1', port))
          const id = await asker.connect()
          return () => asker.ask(writeAnnounceRequest(id, 3, request))
        }),
      )
      const first = await Promise.all(askers.map((ask) => ask()))
      assert(first.every(({ kind }) => kind === 'announce'))
      const next = await Promise.all(Array.from({ length: 40 }, isWelcome))
      assert.equal(next.filter((welcome) => welcome).length, 20)
      const last = await Promise.all(askers.map((ask) => ask()))
      assert(last.every(({ kind }) => kind === 'error'))
      using other = await UdpAsker.open('127.0.0.1', port, '127.0.0.2')
      await other.announce(await other.connect(), request)
    })
  })

  test(`WebSocket peers at four workers find each other (portable: ${isPortable})`, async () => {
    await withTracker({ workers: 4, isPortable }, async ({ port }) => {
      const announce = (n: number, offers: number): string =>
        JSON.stringify({
          action: 'announce',
          info_hash: 'h'.repeat(20),
          peer_id: `peer ${n}`.padEnd(20, '.'),
          left: 1,
          offers: Array.from({ length: offers }, (_, i) => ({
            offer_id: `offer ${i}`.padEnd(20, '.'),
            offer: { type: 'offer', sdp: `sdp ${i}` },
          })),
        })
      const sockets = Array.from({ length: 9 }, () => new WebSocket(`ws://127.0.0.1:${port}/announce`))
      await Promise.all(sockets.map((socket) => once(socket, 'open')))
      const [first, ...others] = sockets
      assert(first !== undefined)
      for (const [n, socket] of others.entries()) {
        const told = once(socket, 'message')
        socket.send(announce(n, 0))
        await told
      }
      const offered = Promise.all(others.map((socket) => once(socket, 'message')))
      first.send(announce(99, 8))
      const sdps = (await offered).map(([message]) => /"sdp":"(sdp \d)"/.exec(String(message))?.[1])
      // Where threads tell each other, two of them may pass on the same offer.
      assert.equal(sdps.length, 8)
      if (!isPortable) assert.equal(new Set(sdps).size, 8)
      for (const socket of sockets) socket.terminate()
    })
  })
}

test('a second tracker with workers does not slip onto the port of the first', async () => {
  await withTracker({ workers: 2 }, async ({ port }) => {
    for (const isPortable of [false, true]) {
      const second = TrackerServer.listen({ port, host: '127.0.0.1', workers: 2, isPortable })
      await assert.rejects(second, { code: 'port-in-use' })
    }
  })
})
