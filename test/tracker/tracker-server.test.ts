import assert from 'node:assert/strict'
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { toLatin1 } from '../../src/core/bytes.ts'
import { AppError } from '../../src/core/errors.ts'
import { isFailure } from '../../src/core/tracker/announce.ts'
import { announceQuery } from '../../src/core/tracker/http-announce.ts'
import { withQuery } from '../../src/core/tracker/http-query.ts'
import { readScrapeAnswer, scrapeQuery, scrapeUrl } from '../../src/core/tracker/http-scrape.ts'
import { writeScrapeRequest } from '../../src/core/tracker/udp-packets.ts'
import { type TrackerOptions, TrackerServer } from '../../src/tracker/tracker-server.ts'
import { announceHttp, getPage, joinHttp, makeRequest, someHash, UdpAsker } from '../support/tracker-asker.ts'

const HAS_IPV6 = await new Promise<boolean>((resolve) => {
  const server = net.createServer()
  server.on('error', () => resolve(false))
  server.listen(0, '::1', () => server.close(() => resolve(true)))
})

async function withTracker(body: (tracker: TrackerServer) => Promise<void>, options?: Partial<TrackerOptions>) {
  const tracker = await TrackerServer.listen({ port: 0, ...options })
  try {
    await body(tracker)
  } finally {
    await tracker.close()
  }
}

function urlOf(tracker: TrackerServer, host = '127.0.0.1'): string {
  return `http://${host}:${tracker.port}/announce`
}

test('one port number serves HTTP and UDP, IPv4 and IPv6, and all see the same swarm', async () => {
  await withTracker(async (tracker) => {
    const request = makeRequest()
    await joinHttp(urlOf(tracker), { ...request, port: 1001 })
    using asker = await UdpAsker.open('127.0.0.1', tracker.port)
    const { peers } = await asker.announce(await asker.connect(), { ...request, port: 1002, left: 0 })
    assert.deepEqual(peers, [{ ip: '127.0.0.1', port: 1001 }])
    const expected = [
      { ip: '127.0.0.1', port: 1001 },
      { ip: '127.0.0.1', port: 1002 },
    ]
    if (HAS_IPV6) {
      await joinHttp(urlOf(tracker, '[::1]'), { ...request, port: 1003 })
      using asker6 = await UdpAsker.open('::1', tracker.port)
      const six = await asker6.announce(await asker6.connect(), { ...request, port: 1004 })
      assert.deepEqual(six.peers, [{ ip: '::1', port: 1003 }])
      expected.push({ ip: '::1', port: 1003 }, { ip: '::1', port: 1004 })
    }
    const all = await joinHttp(urlOf(tracker), { ...request, port: 1005 })
    const inOrder = [...all.peers].sort((a, b) => a.port - b.port)
    assert.deepEqual(inOrder, expected)
    assert.deepEqual([all.seeders, all.leechers], [1, expected.length])
    assert.deepEqual(await tracker.stats(), {
      torrents: 1,
      peers: expected.length + 1,
      announces: expected.length + 1,
    })
  })
})

test('the URLs that are printed can be announced to', async () => {
  await withTracker(
    async (tracker) => {
      const { port } = tracker
      assert.deepEqual(tracker.urls, [`http://127.0.0.1:${port}/announce`, `udp://127.0.0.1:${port}/announce`])
      await joinHttp(tracker.urls[0] ?? '', makeRequest())
    },
    { host: '127.0.0.1' },
  )
  await withTracker(async (tracker) => {
    assert.equal(tracker.urls[0], `http://127.0.0.1:${tracker.port}/announce`)
    for (const url of tracker.urls.filter((one) => one.startsWith('http'))) await joinHttp(url, makeRequest())
  })
})

test('[42] the address of a peer is where it announces from, whatever it says', async () => {
  await withTracker(async (tracker) => {
    const lies = '&ip=8.8.8.8&ipv4=8.8.4.4&ipv6=2001:db8::8'
    const { externalIp } = await joinHttp(urlOf(tracker), makeRequest({ port: 1 }), lies)
    assert.equal(externalIp, '127.0.0.1')
    const { peers } = await joinHttp(urlOf(tracker), makeRequest({ port: 2 }))
    assert.deepEqual(peers, [{ ip: '127.0.0.1', port: 1 }])
  })
})

test('[16] an info-hash of any bytes is told from its neighbours', async () => {
  await withTracker(async (tracker) => {
    const odd = someHash('\x00\x20\x26\x2b\xff')
    await joinHttp(urlOf(tracker), makeRequest({ infoHash: odd, port: 1 }))
    await joinHttp(urlOf(tracker), makeRequest({ infoHash: someHash('\x00\x20\x26 \xff'), port: 2 }))
    const { peers } = await joinHttp(urlOf(tracker), makeRequest({ infoHash: odd, port: 3 }))
    assert.deepEqual(peers, [{ ip: '127.0.0.1', port: 1 }])
  })
})

test('stopped removes a peer that came over the other protocol', async () => {
  await withTracker(async (tracker) => {
    await joinHttp(urlOf(tracker), makeRequest())
    using asker = await UdpAsker.open('127.0.0.1', tracker.port)
    await asker.announce(await asker.connect(), makeRequest({ event: 'stopped' }))
    assert.equal((await tracker.stats()).peers, 0)
  })
})

test('compact=0 gets a list of dictionaries', async () => {
  await withTracker(async (tracker) => {
    await joinHttp(urlOf(tracker), makeRequest({ port: 1 }))
    const query = announceQuery(makeRequest({ port: 2 })).replace('compact=1', 'compact=0')
    const { body } = await getPage(withQuery(urlOf(tracker), query))
    assert.match(toLatin1(body), /5:peersld2:ip9:127\.0\.0\.14:porti1eee/)
  })
})

test('a bad announce is refused with status 200 and a reason', async () => {
  await withTracker(async (tracker) => {
    const { status, body } = await getPage(`${urlOf(tracker)}?info_hash=short`)
    assert.equal(status, 200)
    assert.match(toLatin1(body), /^d14:failure reason\d+:info_hash is missing/)
    const failed = await announceHttp(urlOf(tracker), makeRequest({ port: 70_000 }))
    assert(isFailure(failed))
  })
})

test('[87] HTTP scrapes several torrents at once; unknown ones are zeros', async () => {
  await withTracker(async (tracker) => {
    await joinHttp(urlOf(tracker), makeRequest({ left: 0, event: 'completed' }))
    const hashes = [someHash('a'), someHash('b')]
    const { body } = await getPage(withQuery(scrapeUrl(urlOf(tracker)) ?? '', scrapeQuery(hashes)))
    assert.deepEqual(readScrapeAnswer(body, hashes), [
      { seeders: 1, leechers: 0, completed: 1 },
      { seeders: 0, leechers: 0, completed: 0 },
    ])
    const none = readScrapeAnswer((await getPage(scrapeUrl(urlOf(tracker)) ?? '')).body, [])
    assert(isFailure(none))
  })
})

test('[75] UDP scrapes 74 torrents in one packet', async () => {
  await withTracker(async (tracker) => {
    await joinHttp(urlOf(tracker), makeRequest({ infoHash: someHash('73') }))
    using asker = await UdpAsker.open('127.0.0.1', tracker.port)
    const hashes = Array.from({ length: 74 }, (_, i) => someHash(`${i}`))
    const answer = await asker.ask(writeScrapeRequest(await asker.connect(), 3, hashes))
    assert(answer.kind === 'scrape' && answer.counts.length === 74)
    assert.deepEqual(answer.counts[73], { seeders: 0, leechers: 1, completed: 0 })
  })
})

test('/ says how the tracker is; anything else is not found', async () => {
  await withTracker(async (tracker) => {
    const place = `http://127.0.0.1:${tracker.port}`
    await joinHttp(urlOf(tracker), makeRequest())
    const { status, body } = await getPage(`${place}/`)
    assert.equal(status, 200)
    assert.match(toLatin1(body), /torrents +1\npeers +1\n/)
    assert.equal((await getPage(`${place}/announces`)).status, 404)
    assert.equal((await getPage(`${place}/../etc/passwd`)).status, 404)
    assert.equal((await getPage(`${place}/announce`, 'POST')).status, 404)
  })
})

test('a connection can carry several announces', async () => {
  await withTracker(async (tracker) => {
    const socket = net.connect(tracker.port, '127.0.0.1')
    const line = `GET /announce?${announceQuery(makeRequest())} HTTP/1.1\r\nHost: t\r\n\r\n`
    socket.write(line + line.repeat(2))
    let text = ''
    for await (const chunk of socket) {
      text += String(chunk)
      if (text.split('HTTP/1.1 200').length === 4) break
    }
    assert.equal((await tracker.stats()).announces, 3)
  })
})

test('a port that is taken, by TCP or by UDP, is an error with a way out', async () => {
  const isPortInUse = (error: unknown): boolean => {
    return error instanceof AppError && error.code === 'port-in-use' && /--port/.test(error.message)
  }
  await withTracker(async ({ port }) => {
    await assert.rejects(TrackerServer.listen({ port }), isPortInUse)
    await assert.rejects(TrackerServer.listen({ port, host: '127.0.0.1' }), isPortInUse)
  })
  const socket = dgram.createSocket('udp4').bind(0, '0.0.0.0')
  await once(socket, 'listening')
  const { port } = socket.address()
  await assert.rejects(TrackerServer.listen({ port }), isPortInUse)
  // What was opened before the failure is closed again.
  const server = net.createServer().listen(port, '0.0.0.0')
  await once(server, 'listening')
  server.close()
  socket.close()
})

test('an address of another machine, an unknown name and nonsense are refused', async () => {
  const rejects = async (options: TrackerOptions, code: string): Promise<void> => {
    await assert.rejects(TrackerServer.listen(options), (error) => error instanceof AppError && error.code === code)
  }
  await rejects({ port: 0, host: '192.0.2.1' }, 'bad-address')
  await rejects({ port: 0, host: 'no-such-name.invalid' }, 'not-found')
  await rejects({ port: 65_536 }, 'usage')
  await rejects({ port: 0, intervalSec: 0 }, 'usage')
  await rejects({ port: 0, intervalSec: 1.5 }, 'usage')
  await rejects({ port: 0, probeMs: Number.NaN }, 'usage')
})

test('a name of this machine can be listened on', async () => {
  await withTracker(async (tracker) => void (await joinHttp(tracker.urls[0] ?? '', makeRequest())), {
    host: 'localhost',
  })
})

test('after close nothing is left: connections are cut, the port is free, no timer runs', async () => {
  const tracker = await TrackerServer.listen({ port: 0, probeMs: 60_000 })
  const socket = net.connect(tracker.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(`GET /announce?${announceQuery(makeRequest())} HTTP/1.1\r\nHost: t\r\n\r\n`)
  await once(socket, 'data')
  const cut = once(socket, 'close')
  await Promise.all([tracker.close(), tracker.close()])
  await cut
  const again = await TrackerServer.listen({ port: tracker.port })
  await again.close()
  // Handles are freed at the end of a turn of the event loop, after its immediates.
  await setImmediate()
  await setImmediate()
  const left = process.getActiveResourcesInfo().filter((name) => /Timeout|TCPServer|UDP/.test(name))
  assert.deepEqual(left, [])
})
