import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { AppError } from '../../src/core/errors.ts'
import { infoHash, makePeerId } from '../../src/core/ids.ts'
import type { AnnounceEvent, AnnounceRequest } from '../../src/core/tracker/announce.ts'
import { type UdpAsk, UdpTrackerClient } from '../../src/engine/udp-tracker-client.ts'
import { type FakeUdpTracker, fakeUdpTracker, packet } from './fake-trackers.ts'

const HASH = infoHash(new Uint8Array(20).fill(0xaa)) ?? assert.fail()
const CONNECTION = Buffer.from('c0ffee00c0ffee01', 'hex')
const NEVER = new AbortController().signal
/** One peer, 10.0.0.1:6881. */
const PEER = Buffer.from('0a0000011ae1', 'hex')

function request(event: AnnounceEvent = 'none'): AnnounceRequest {
  const id = makePeerId('0.1', new Uint8Array(12))
  // Beyond 32 bits, to see that the numbers have 64.
  const [uploaded, downloaded, left] = [2 ** 32 + 1, 2 ** 40 + 2, 2 ** 33 + 3]
  return { infoHash: HASH, peerId: id, port: 6881, uploaded, downloaded, left, event, numWant: 75, key: 0x89abcdef }
}

const actionOf = (datagram: Buffer): number => datagram.readUInt32BE(8)
const transactionOf = (datagram: Buffer): number => datagram.readUInt32BE(12)

/** What a tracker in order says. */
function answer(datagram: Buffer, peers: Uint8Array = PEER): Buffer {
  const transaction = transactionOf(datagram)
  switch (actionOf(datagram)) {
    case 0:
      return packet(0, transaction, CONNECTION)
    case 1:
      return packet(1, transaction, 1800, 3, 2, peers)
  }
  return packet(2, transaction, 2, 7, 3, 5, 8, 6)
}

function client(t: TestContext, firstTimeoutMs = 15_000): UdpTrackerClient {
  const udp = new UdpTrackerClient({ firstTimeoutMs })
  t.after(() => udp.close())
  return udp
}

function ask(tracker: FakeUdpTracker, more: Partial<UdpAsk> = {}): UdpAsk {
  return { url: tracker.url, family: 4, timeouts: 2, signal: NEVER, ...more }
}

test('[70] a connect carries the protocol id, an announce the connection id and 64-bit numbers', async (t) => {
  const tracker = await fakeUdpTracker(t, (datagram) => answer(datagram))
  const got = await client(t).announce(ask(tracker), request('started'))
  const [connect, announce] = tracker.asked
  assert.ok(connect !== undefined && announce !== undefined)
  assert.equal(connect.toString('hex', 0, 12), '000004172710198000000000')
  assert.equal(connect.length, 16)
  assert.equal(announce.length, 98)
  assert.deepEqual(announce.subarray(0, 8), CONNECTION)
  assert.equal(announce.toString('hex', 16, 36), 'aa'.repeat(20))
  assert.deepEqual(
    [announce.readBigUInt64BE(56), announce.readBigUInt64BE(64), announce.readBigUInt64BE(72)],
    [2n ** 40n + 2n, 2n ** 33n + 3n, 2n ** 32n + 1n],
  )
  assert.equal(announce.toString('hex', 80), `${'00000002'}${'00000000'}${'89abcdef'}${'0000004b'}${'1ae1'}`)
  assert.notEqual(transactionOf(connect), transactionOf(announce))
  assert.deepEqual(got.peers, [{ ip: '10.0.0.1', port: 6881 }])
  assert.deepEqual([got.intervalSec, got.leechers, got.seeders], [1800, 3, 2])
})

test('[70] answers with another transaction id, of another kind or too short are ignored', async (t) => {
  const tracker = await fakeUdpTracker(t, (datagram, number) => {
    const transaction = transactionOf(datagram)
    tracker.send(packet(0, (transaction + 1) % 2 ** 32, Buffer.alloc(8)), number)
    tracker.send(packet(2, transaction, 1, 1, 1), number)
    tracker.send(packet(actionOf(datagram), transaction).subarray(0, 7), number)
    tracker.send(packet(actionOf(datagram), transaction), number)
    return answer(datagram)
  })
  const got = await client(t).announce(ask(tracker), request())
  assert.deepEqual(tracker.asked[1]?.subarray(0, 8), CONNECTION)
  assert.equal(got.intervalSec, 1800)
})

test('[70] an answer from another source is ignored, even with the right transaction id', async (t) => {
  const stranger = await fakeUdpTracker(t, () => undefined)
  const tracker = await fakeUdpTracker(t, (datagram, number) => {
    if (number === 0) return packet(0, transactionOf(datagram), CONNECTION)
    // The stranger learns our port and transaction id, and answers first.
    forge(packet(1, transactionOf(datagram), 1, 9, 9))
    return answer(datagram)
  })
  const udp = client(t)
  const stop = new AbortController()
  const lured = udp.announce(ask(stranger, { signal: stop.signal }), request()).catch(() => 'no answer')
  await stranger.count(1)
  const forge = (bytes: Uint8Array): void => stranger.send(bytes, 0)
  assert.equal((await udp.announce(ask(tracker), request())).intervalSec, 1800)
  stop.abort()
  assert.equal(await lured, 'no answer')
})

test('[70] a longer answer than expected is fine', async (t) => {
  const tracker = await fakeUdpTracker(t, (datagram) => Buffer.concat([answer(datagram), Buffer.from('abc')]))
  assert.deepEqual((await client(t).announce(ask(tracker), request())).peers, [{ ip: '10.0.0.1', port: 6881 }])
})

test('[71] a connection id serves several announces', async (t) => {
  const tracker = await fakeUdpTracker(t, (datagram) => answer(datagram))
  const udp = client(t)
  await udp.announce(ask(tracker), request())
  await udp.announce(ask(tracker), request())
  assert.deepEqual(tracker.asked.map(actionOf), [0, 1, 1])
})

test('[71] a connection id is not used for more than 60 s', async (t) => {
  t.mock.method(performance, 'now', () => nowMs)
  let nowMs = 1000
  const tracker = await fakeUdpTracker(t, (datagram) => answer(datagram))
  const udp = client(t)
  await udp.announce(ask(tracker), request())
  nowMs += 59_999
  await udp.announce(ask(tracker), request())
  nowMs += 1
  await udp.announce(ask(tracker), request())
  assert.deepEqual(tracker.asked.map(actionOf), [0, 1, 1, 0, 1])
})

test('[72] what gets no answer is sent again under a new transaction id, the wait doubling up to n = 8', async (t) => {
  const waits: number[] = []
  const { setTimeout } = globalThis
  t.mock.method(globalThis, 'setTimeout', (callback: () => void, ms: number) => {
    waits.push(ms)
    return setTimeout(callback, 1)
  })
  const tracker = await fakeUdpTracker(t, () => undefined)
  const udp = new UdpTrackerClient()
  t.after(() => udp.close())
  const announced = udp.announce(ask(tracker, { timeouts: 99 }), request())
  await assert.rejects(announced, (error) => error instanceof AppError && error.code === 'timeout')
  assert.deepEqual(
    waits,
    [0, 1, 2, 3, 4, 5, 6, 7, 8].map((n) => 15_000 * 2 ** n),
  )
  await tracker.count(9)
  assert.equal(new Set(tracker.asked.map(transactionOf)).size, 9)
})

test('[72] lost packets are made up for', async (t) => {
  const tracker = await fakeUdpTracker(t, (datagram, number) => (number === 0 ? undefined : answer(datagram)))
  const got = await client(t, 20).announce(ask(tracker, { timeouts: 9 }), request())
  assert.equal(got.intervalSec, 1800)
})

test('a tracker that was started anew and refuses the old connection id is connected to again', async (t) => {
  const tracker = await fakeUdpTracker(t, (datagram, number) => {
    return number === 2 ? packet(3, transactionOf(datagram), Buffer.from('bad connection id')) : answer(datagram)
  })
  const udp = client(t)
  await udp.announce(ask(tracker), request())
  await udp.announce(ask(tracker), request())
  assert.deepEqual(tracker.asked.map(actionOf), [0, 1, 1, 0, 1])
})

test('[73] events have the numbers of BEP 15', async (t) => {
  const tracker = await fakeUdpTracker(t, (datagram) => answer(datagram))
  const udp = client(t)
  for (const event of ['none', 'completed', 'started', 'stopped'] as const) {
    await udp.announce(ask(tracker), request(event))
  }
  assert.deepEqual(
    tracker.asked.slice(1).map((datagram) => datagram.readUInt32BE(80)),
    [0, 1, 2, 3],
  )
})

test('[74] over IPv6 peers are 18 bytes', async (t) => {
  const peer = Buffer.from('20010db80000000000000000000000011ae1', 'hex')
  const tracker = await fakeUdpTracker(t, (datagram) => answer(datagram, peer), '::1')
  const got = await client(t).announce(ask(tracker, { family: 6 }), request())
  assert.deepEqual(got.peers, [{ ip: '2001:db8::1', port: 6881 }])
})

test('[75] a scrape asks for several hashes at once', async (t) => {
  const tracker = await fakeUdpTracker(t, (datagram) => answer(datagram))
  assert.deepEqual(await client(t).scrape(ask(tracker), [HASH, HASH]), [
    { seeders: 2, completed: 7, leechers: 3 },
    { seeders: 5, completed: 8, leechers: 6 },
  ])
  assert.equal(tracker.asked[1]?.length, 16 + 2 * 20)
})

test('[76] the text of an error is the failure, without control characters and cut', async (t) => {
  const text = Buffer.concat([Buffer.from('go\x1b[2Jaway '), Buffer.alloc(1300, 'x')])
  const tracker = await fakeUdpTracker(t, (datagram) => {
    return actionOf(datagram) === 0 ? answer(datagram) : packet(3, transactionOf(datagram), text)
  })
  await assert.rejects(client(t).announce(ask(tracker), request()), (error) => {
    assert.ok(error instanceof AppError)
    assert.equal(error.code, 'tracker')
    assert.ok(error.message.startsWith('go [2Jaway xxx'))
    assert.equal(error.message.length, 1000)
    return true
  })
})

test('path and query of the URL follow the announce if there is a query (BEP 41)', async (t) => {
  const tracker = await fakeUdpTracker(t, (datagram) => answer(datagram))
  await client(t).announce(ask(tracker, { url: new URL('?pass=1', tracker.url) }), request())
  assert.equal(tracker.asked[1]?.toString('latin1', 98), '\x02\x10/announce?pass=1')
})

test('a family that the host lacks is not-found; closing and aborting interrupt; nothing is left', async (t) => {
  const tracker = await fakeUdpTracker(t, () => undefined)
  const udp = new UdpTrackerClient()
  const code = (error: unknown): string => (error instanceof AppError ? error.code : String(error))
  assert.equal(await udp.announce(ask(tracker, { family: 6 }), request()).catch(code), 'not-found')
  const stop = new AbortController()
  const aborted = udp.announce(ask(tracker, { signal: stop.signal }), request()).catch(code)
  await tracker.count(1)
  stop.abort()
  assert.equal(await aborted, 'interrupted')
  const closed = udp.announce(ask(tracker), request()).catch(code)
  await tracker.count(2)
  await udp.close()
  assert.equal(await closed, 'interrupted')
  assert.equal(await udp.announce(ask(tracker), request()).catch(code), 'interrupted')
  assert.ok(!process.getActiveResourcesInfo().includes('Timeout'))
})
