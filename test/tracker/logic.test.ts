import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromLatin1 } from '../../src/core/bytes.ts'
import { peerId } from '../../src/core/ids.ts'
import type { AnnounceReply, AnnounceRequest } from '../../src/core/tracker/announce.ts'
import { DEFAULT_RULES, sourceIp, TrackerLogic } from '../../src/tracker/logic.ts'
import { MemoryStore } from '../../src/tracker/memory-store.ts'
import { hashOf } from '../suites/swarm-store.ts'

const ID = peerId(fromLatin1('x'.repeat(20)))
assert(ID !== undefined)
const REQUEST: AnnounceRequest = {
  infoHash: hashOf('a'),
  peerId: ID,
  port: 6881,
  uploaded: 0,
  downloaded: 0,
  left: 1,
  event: 'none',
  numWant: undefined,
  key: undefined,
}

const clock = { nowSec: 1000 }

function makeLogic(): TrackerLogic {
  return new TrackerLogic(new MemoryStore(), DEFAULT_RULES, () => clock.nowSec)
}

function ip4(n: number): Uint8Array {
  return Uint8Array.of(10, 0, n >> 8, n)
}

function ip6(n: number): Uint8Array {
  return Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n >> 8, n)
}

async function fill(logic: TrackerLogic, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) {
    await logic.announce(REQUEST, ip4(n), 'http')
    await logic.announce(REQUEST, ip6(n), 'http')
  }
}

function sizes({ peers4, peers6 }: AnnounceReply): readonly [number, number] {
  return [peers4.length / 6, peers6.length / 18]
}

test('an interval is at least what was set and at most a tenth more', async () => {
  const logic = makeLogic()
  for (let i = 0; i < 100; i++) {
    const { intervalSec, minIntervalSec } = await logic.announce(REQUEST, ip4(1), 'http')
    assert(intervalSec >= 900 && intervalSec <= 990)
    assert.equal(minIntervalSec, 60)
  }
})

test('a short interval has no longer minimum', async () => {
  const logic = new TrackerLogic(new MemoryStore(), { ...DEFAULT_RULES, intervalSec: 5 }, () => 0)
  assert.equal((await logic.announce(REQUEST, ip4(1), 'http')).minIntervalSec, 5)
})

test('50 peers by default, 200 at most, over HTTP of both families', async () => {
  const logic = makeLogic()
  await fill(logic, 150)
  const ask = (numWant: number | undefined, ip: Uint8Array) => logic.announce({ ...REQUEST, numWant }, ip, 'http')
  assert.deepEqual(sizes(await ask(undefined, ip4(1))), [50, 0])
  assert.deepEqual(sizes(await ask(10_000, ip4(1))), [149, 51])
  assert.deepEqual(sizes(await ask(10_000, ip6(1))), [51, 149])
  assert.deepEqual(sizes(await ask(0, ip4(1))), [0, 0])
})

test('[74] over UDP only peers of the same family, and no packet above 1,400 bytes', async () => {
  const logic = makeLogic()
  await fill(logic, 250)
  const ask = (ip: Uint8Array) => logic.announce({ ...REQUEST, numWant: 1000 }, ip, 'udp')
  assert.deepEqual(sizes(await ask(ip4(1))), [200, 0])
  assert.deepEqual(sizes(await ask(ip6(1))), [0, 74])
})

test('seeds and paused peers are given no seeds', async () => {
  const logic = makeLogic()
  await logic.announce({ ...REQUEST, left: 0 }, ip4(1), 'http')
  await logic.announce(REQUEST, ip4(2), 'http')
  assert.deepEqual(sizes(await logic.announce({ ...REQUEST, left: 0 }, ip4(3), 'http')), [1, 0])
  assert.deepEqual(sizes(await logic.announce({ ...REQUEST, event: 'paused' }, ip4(4), 'http')), [1, 0])
  assert.deepEqual(sizes(await logic.announce(REQUEST, ip4(5), 'http')), [4, 0])
})

test('a peer that misses two announces is forgotten, one that is a little late is not', async () => {
  const logic = makeLogic()
  await logic.announce(REQUEST, ip4(1), 'http')
  clock.nowSec += 1980
  await logic.expire()
  assert.equal((await logic.scrape([REQUEST.infoHash]))[0]?.leechers, 1)
  clock.nowSec += 61
  await logic.expire()
  assert.equal((await logic.scrape([REQUEST.infoHash]))[0]?.leechers, 0)
})

test('the source address of a socket is read without zone, mapped IPv4 as IPv4', () => {
  assert.deepEqual(sourceIp('::ffff:10.0.0.1'), ip4(1))
  assert.deepEqual(sourceIp('fe80::1%eth0')?.length, 16)
  assert.equal(sourceIp(undefined), undefined)
})
