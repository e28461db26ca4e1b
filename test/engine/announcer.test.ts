import assert from 'node:assert/strict'
import dns from 'node:dns'
import { EventEmitter, once } from 'node:events'
import { type TestContext, test } from 'node:test'
import type { Address } from '../../src/core/address.ts'
import { encodeBencode } from '../../src/core/bencode.ts'
import { infoHash, makePeerId } from '../../src/core/ids.ts'
import { Announcer, type AnnouncerOptions } from '../../src/engine/announcer.ts'
import type { TrackerStatus } from '../../src/engine/torrent-status.ts'
import { UdpTrackerClient } from '../../src/engine/udp-tracker-client.ts'
import { fakeHttpTracker, fakeUdpTracker, packet } from './fake-trackers.ts'

const V1 =
  infoHash(Uint8Array.from({ length: 20 }, (_, i) => [0x00, 0x20, 0x26, 0x2b, 0xff][i % 5] ?? 0)) ?? assert.fail()
const V2 = infoHash(new Uint8Array(20).fill(0x32)) ?? assert.fail()
const OPTIONS: AnnouncerOptions = {
  tiers: [],
  infoHashes: [V1],
  peerId: makePeerId('0.1', new Uint8Array(12).fill(0x26)),
  port: 6881,
  key: 0x0abcdef1,
  isPrivate: false,
  userAgent: 'Shoal/0.1',
}
const OK = { body: Buffer.from('d8:intervali1800e5:peers6:\x0a\x00\x00\x01\x1a\xe1e', 'latin1') }

interface Run {
  readonly announcer: Announcer
  readonly stats: { uploaded: number; downloaded: number; left: number }
  readonly found: Address[]
  readonly externalIps: string[]
  /** How often it was asked whether peers are wanted at once. */
  readonly hurryLooks: () => number
  /** Resolves with the status of the first tracker once it is as asked. */
  readonly until: (isThere: (first: TrackerStatus) => boolean) => Promise<TrackerStatus>
}

function announce(t: TestContext, options: Partial<AnnouncerOptions>, wantsPeers = true, isInHurry = true): Run {
  const udp = new UdpTrackerClient()
  const changes = new EventEmitter()
  const stats = { uploaded: 1, downloaded: 2, left: 3 }
  const found: Address[] = []
  const externalIps: string[] = []
  let hurryLooks = 0
  const effects = {
    stats: () => ({ ...stats }),
    found: (peers: readonly Address[]) => found.push(...peers),
    wantsPeers: () => wantsPeers,
    isInHurry: () => {
      hurryLooks++
      return isInHurry
    },
    externalIp: (ip: string) => externalIps.push(ip),
    changed: () => changes.emit('changed'),
  }
  const announcer = new Announcer({ ...OPTIONS, ...options }, effects, udp)
  t.after(async () => {
    await announcer.stop()
    await udp.close()
  })
  announcer.start()
  const until = async (isThere: (first: TrackerStatus) => boolean): Promise<TrackerStatus> => {
    for (;;) {
      const [first] = announcer.status()
      if (first !== undefined && isThere(first)) return first
      await once(changes, 'changed')
    }
  }
  return { announcer, stats, found, externalIps, hurryLooks: () => hurryLooks, until }
}

const isDone = ({ nextAnnounceMs }: TrackerStatus): boolean => nextAnnounceMs !== undefined

test('[16] hash and peer id are percent-encoded byte by byte, and all that trackers want is there', async (t) => {
  const tracker = await fakeHttpTracker(t, () => OK)
  await announce(t, { tiers: [[tracker.url]] }).until(isDone)
  assert.equal(
    tracker.asked[0],
    `/announce?info_hash=${'%00%20%26%2B%FF'.repeat(4)}&peer_id=-SH0100-${'%26'.repeat(12)}&port=6881&uploaded=1` +
      '&downloaded=2&left=3&compact=1&numwant=75&key=0ABCDEF1&event=started',
  )
})

test('[17] started, then completed once, then stopped, and left is 0 only when complete', async (t) => {
  const tracker = await fakeHttpTracker(t, () => OK)
  const { announcer, stats, until } = announce(t, { tiers: [[tracker.url]] })
  await until(isDone)
  stats.left = 0
  announcer.completed()
  announcer.completed()
  await tracker.count(2)
  await until(isDone)
  await announcer.stop()
  assert.deepEqual(tracker.values('event'), ['started', 'completed', 'stopped'])
  assert.deepEqual(tracker.values('left'), ['3', '0', '0'])
  assert.deepEqual(tracker.values('numwant'), ['75', '75', '0'])
})

test('[17] completed is said before stopped if the program ends with the last piece', async (t) => {
  const tracker = await fakeHttpTracker(t, () => OK)
  const { announcer, stats, until } = announce(t, { tiers: [[tracker.url]] })
  await until(isDone)
  stats.left = 0
  announcer.completed()
  await announcer.stop()
  assert.deepEqual(tracker.values('event'), ['started', 'completed', 'stopped'])
})

test('[17] a tracker that never answered hears no stopped', async (t) => {
  const tracker = await fakeHttpTracker(t, () => ({ status: 500, body: 'oops' }))
  const { announcer, until } = announce(t, { tiers: [[tracker.url]] })
  assert.match((await until(isDone)).message ?? '', /HTTP status 500/)
  await announcer.stop()
  assert.deepEqual(tracker.values('event'), ['started'])
  assert.deepEqual(
    announcer.status().map(({ state, nextAnnounceMs }) => [state, nextAnnounceMs]),
    [['stopped', undefined]],
  )
})

test('[18] interval and minimum interval are obeyed, also when somebody asks to announce now', async (t) => {
  const tracker = await fakeHttpTracker(t, () => ({ body: 'd8:intervali900e12:min intervali300ee' }))
  const { announcer, until } = announce(t, { tiers: [[tracker.url]] }, false)
  const { nextAnnounceMs = 0 } = await until(isDone)
  assert.ok(nextAnnounceMs > 300_000 && nextAnnounceMs <= 900_000)
  announcer.announceNow()
  const next = announcer.status()[0]?.nextAnnounceMs ?? 0
  assert.ok(next > 0 && next <= 300_000)
  assert.equal(tracker.asked.length, 1)
})

test('who is in no hurry, as a seed, asks for peers too, but not before the tracker’s own interval is over', async (t) => {
  const tracker = await fakeHttpTracker(t, () => ({ body: 'd8:intervali900e12:min intervali300ee' }))
  const { nextAnnounceMs = 0 } = await announce(t, { tiers: [[tracker.url]] }, true, false).until(isDone)
  assert.ok(nextAnnounceMs > 300_000 && nextAnnounceMs <= 900_000, `${nextAnnounceMs}`)
  assert.deepEqual(tracker.values('numwant'), ['75'])
})

test('who is in no hurry sleeps until the next announce: thousands of seeds cost nothing', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const tracker = await fakeHttpTracker(t, () => OK)
  for (const isInHurry of [false, true]) {
    const { hurryLooks, until } = announce(t, { tiers: [[tracker.url]] }, false, isInHurry)
    t.mock.timers.tick(1)
    await until(isDone)
    const before = hurryLooks()
    t.mock.timers.tick(600_000)
    assert.equal(hurryLooks() > before, isInHurry)
  }
})

test('[19] an announce URL with a query gets an ampersand', async (t) => {
  const tracker = await fakeHttpTracker(t, () => OK)
  await announce(t, { tiers: [[`${tracker.url}?passkey=abc`]] }).until(isDone)
  assert.match(tracker.asked[0] ?? '', /^\/announce\?passkey=abc&info_hash=%00/)
})

test('[20] a failure reason is shown, cleaned, and peers beside it are ignored', async (t) => {
  const body = 'd14:failure reason9:go\x1b[31m a5:peers6:\x0a\x00\x00\x01\x1a\xe1e'
  const tracker = await fakeHttpTracker(t, () => ({ status: 403, body: Buffer.from(body, 'latin1') }))
  const { found, until } = announce(t, { tiers: [[tracker.url]] })
  const status = await until(isDone)
  assert.equal(status.state, 'failed')
  assert.equal(status.message, 'go [31m a')
  assert.deepEqual(found, [])
  assert.ok((status.nextAnnounceMs ?? 0) > 25_000)
})

test('[38] peers of both families are found in one answer', async (t) => {
  const peers6 = Buffer.from('20010db80000000000000000000000021ae2', 'hex')
  const body = encodeBencode({ interval: 1800, peers: Buffer.from('0a0000011ae1', 'hex'), peers6 })
  const tracker = await fakeHttpTracker(t, () => ({ body }))
  const { found, until } = announce(t, { tiers: [[tracker.url]] })
  assert.equal((await until(isDone)).peersReceived, 2)
  assert.deepEqual(found, [
    { ip: '10.0.0.1', port: 6881 },
    { ip: '2001:db8::2', port: 6882 },
  ])
})

/** Makes `tracker.example` a name of both loopback addresses. Servers listen first: they look up names too. */
function haveBothFamilies(t: TestContext): void {
  t.mock.method(dns, 'lookup', (_: string, { family }: dns.LookupAllOptions, found: (e: null, a: object[]) => void) => {
    found(null, [family === 6 ? { address: '::1', family: 6 } : { address: '127.0.0.1', family: 4 }])
  })
}

test('[39] both families of the tracker are asked, with one key', async (t) => {
  const tracker = await fakeHttpTracker(t, () => OK, '::')
  haveBothFamilies(t)
  const { announcer, until } = announce(t, { tiers: [[tracker.url.replace('[::]', 'tracker.example')]] })
  await until(isDone)
  await announcer.stop()
  assert.deepEqual(tracker.values('event'), ['started', 'started', 'stopped', 'stopped'])
  assert.deepEqual([...new Set(tracker.values('key'))], ['0ABCDEF1'])
})

test('[39] a family that stays silent does not hold up the one that answers, and hears no stopped', async (t) => {
  let asked = 0
  const tracker = await fakeHttpTracker(t, () => (asked++ === 1 ? 'silence' : OK), '::')
  haveBothFamilies(t)
  const { setTimeout } = globalThis
  t.mock.method(globalThis, 'setTimeout', (callback: () => void, ms: number) => {
    if (ms !== 10_000) return setTimeout(callback, ms)
    void tracker.count(2).then(callback)
    return setTimeout(() => {}, 0)
  })
  const { announcer, until } = announce(t, { tiers: [[tracker.url.replace('[::]', 'tracker.example')]] })
  assert.equal((await until(isDone)).state, 'working')
  await announcer.stop()
  assert.deepEqual(tracker.values('event'), ['started', 'started', 'stopped'])
})

test('[40] peers as dictionaries are accepted though compact was asked for', async (t) => {
  const tracker = await fakeHttpTracker(t, () => ({
    body: encodeBencode({ interval: 1800, peers: [{ ip: '10.0.0.1', port: 6881 }] }),
  }))
  const { found, until } = announce(t, { tiers: [[tracker.url]] })
  await until(isDone)
  assert.deepEqual(found, [{ ip: '10.0.0.1', port: 6881 }])
})

test('[41] a last partial entry and port 0 are ignored', async (t) => {
  const peers = Buffer.from('0a0000011ae1 0a0000020000 0a00'.replaceAll(' ', ''), 'hex')
  const tracker = await fakeHttpTracker(t, () => ({ body: encodeBencode({ interval: 1800, peers }) }))
  const { found, until } = announce(t, { tiers: [[tracker.url]] })
  await until(isDone)
  assert.deepEqual(found, [{ ip: '10.0.0.1', port: 6881 }])
})

test('[42] no address of ours is sent', async (t) => {
  const tracker = await fakeHttpTracker(t, () => OK)
  await announce(t, { tiers: [[tracker.url]] }).until(isDone)
  for (const name of ['ip', 'ipv4', 'ipv6']) assert.deepEqual(tracker.values(name), [''])
})

test('[64] the next tracker is asked when the first refuses the connection', async (t) => {
  const [bad, good] = [await fakeHttpTracker(t, () => ({ status: 404, body: '' })), await fakeHttpTracker(t, () => OK)]
  const { announcer, found, until } = announce(t, { tiers: [[bad.url], [good.url]] })
  await until(() => announcer.status()[1]?.nextAnnounceMs !== undefined)
  assert.deepEqual(
    announcer.status().map(({ state, tier }) => [state, tier]),
    [
      ['failed', 0],
      ['working', 1],
    ],
  )
  assert.equal(found.length, 1)
})

test('[65] a tracker of an unknown kind is shown as such and skipped', async (t) => {
  const tracker = await fakeHttpTracker(t, () => OK)
  const { announcer, until } = announce(t, { tiers: [['wss://tracker.example'], [tracker.url]] })
  await until(() => announcer.status()[1]?.state === 'working')
  assert.match(announcer.status()[0]?.message ?? '', /supported/)
})

test('[85] a private torrent has one tracker at a time, even if all tiers were asked for', async (t) => {
  const [first, second] = [await fakeHttpTracker(t, () => OK), await fakeHttpTracker(t, () => OK)]
  const options = { tiers: [[first.url], [second.url]], isAnnouncingToAllTiers: true }
  await announce(t, { ...options, isPrivate: true }).until(isDone)
  assert.equal(second.asked.length, 0)
  announce(t, options)
  await second.count(1)
})

test('[87] a scrape asks where announce becomes scrape, for all hashes; its failure is no failure', async (t) => {
  const counts = (path: string): { body: Uint8Array } => {
    const files = { [Buffer.from(V2).toString('latin1')]: { complete: 5, downloaded: 7, incomplete: 6 } }
    const isScrape = path.startsWith('/scrape')
    return { body: isScrape ? encodeBencode({ files }) : encodeBencode({ interval: 1800, complete: 1, incomplete: 1 }) }
  }
  const tracker = await fakeHttpTracker(t, (path) => (path.startsWith('/x/scrape') ? { body: 'no' } : counts(path)))
  const { announcer, until } = announce(t, { tiers: [[tracker.url]], infoHashes: [V1, V2] })
  await until(isDone)
  assert.deepEqual(await announcer.scrape(), [
    { trackerUrl: tracker.url, infoHash: V2, seeders: 5, leechers: 6, completed: 7 },
  ])
  assert.match(tracker.asked.at(-1) ?? '', /^\/scrape\?info_hash=%00.*&info_hash=2{20}$/)
  assert.deepEqual([announcer.status()[0]?.seeders, announcer.status()[0]?.state], [5, 'working'])
  const other = announce(t, { tiers: [[tracker.url.replace('/announce', '/x/announce')]] })
  await other.until(isDone)
  assert.deepEqual(await other.announcer.scrape(), [])
  assert.equal(other.announcer.status()[0]?.state, 'working')
})

test('[112] both hashes of a hybrid torrent are announced, each with its own events', async (t) => {
  const tracker = await fakeHttpTracker(t, () => OK)
  const { announcer, until } = announce(t, { tiers: [[tracker.url]], infoHashes: [V1, V2] })
  await until(isDone)
  await announcer.stop()
  const hashes = tracker.values('info_hash').map((hash) => (hash.startsWith('%00') ? 'v1' : 'v2'))
  const said = tracker.values('event').map((event, i) => `${hashes[i]} ${event}`)
  assert.deepEqual(new Set(said), new Set(['v1 started', 'v2 started', 'v1 stopped', 'v2 stopped']))
  assert.equal(said.length, 4)
})

test('[126] an answer that comes after stop does nothing', async (t) => {
  const tracker = await fakeUdpTracker(t, () => undefined)
  const { announcer, found } = announce(t, { tiers: [[tracker.url.href]] })
  await tracker.count(1)
  await announcer.stop()
  tracker.send(packet(0, tracker.asked[0]?.readUInt32BE(12) ?? 0, Buffer.alloc(8)), 0)
  assert.deepEqual(found, [])
  assert.equal(announcer.status()[0]?.state, 'stopped')
  assert.deepEqual(await announcer.scrape(), [])
})

test('[129] a tracker that is silent at stopped holds us up for 5 s and no longer', async (t) => {
  let isSilent = false
  const tracker = await fakeHttpTracker(t, () => (isSilent ? 'silence' : OK))
  const { announcer, until } = announce(t, { tiers: [[tracker.url]] })
  await until(isDone)
  isSilent = true
  const { setTimeout } = globalThis
  t.mock.method(globalThis, 'setTimeout', (callback: () => void, ms: number) => {
    if (ms !== 5_000) return setTimeout(callback, ms)
    void tracker.count(2).then(callback)
    return setTimeout(() => {}, 0)
  })
  await announcer.stop()
  assert.deepEqual(tracker.values('event'), ['started', 'stopped'])
})

test('BEP 24: the address that the tracker sees is handed on; warnings are shown; the tracker id goes back', async (t) => {
  const ip = Uint8Array.of(203, 0, 113, 9)
  const answer = { 'external ip': ip, interval: 1800, 'tracker id': 'a b', 'warning message': 'soon over' }
  const tracker = await fakeHttpTracker(t, () => ({ body: encodeBencode(answer) }))
  const { announcer, externalIps, until } = announce(t, { tiers: [[tracker.url]] })
  const status = await until(isDone)
  assert.deepEqual([status.state, status.message], ['working', 'soon over'])
  assert.deepEqual(externalIps, ['203.0.113.9'])
  await announcer.stop()
  assert.deepEqual(tracker.values('trackerid'), ['', 'a%20b'])
})

test('a UDP tracker is announced to, told stopped over the same connection id, and scraped', async (t) => {
  const tracker = await fakeUdpTracker(t, (datagram) => {
    const transaction = datagram.readUInt32BE(12)
    const action = datagram.readUInt32BE(8)
    if (action === 0) return packet(0, transaction, 1, 2)
    return action === 1
      ? packet(1, transaction, 1800, 4, 3, 0x0a000001, Buffer.of(0x1a, 0xe1))
      : packet(2, transaction, 9, 8, 7)
  })
  const { announcer, found, until } = announce(t, { tiers: [[tracker.url.href]] })
  const status = await until(isDone)
  assert.deepEqual([status.state, status.seeders, status.leechers], ['working', 3, 4])
  assert.deepEqual(found, [{ ip: '10.0.0.1', port: 6881 }])
  assert.equal((await announcer.scrape())[0]?.completed, 8)
  await announcer.stop()
  assert.deepEqual(
    tracker.asked.map((datagram) => datagram.readUInt32BE(8)),
    [0, 1, 2, 1],
  )
  assert.equal(tracker.asked[3]?.readUInt32BE(80), 3)
})

test('a name that is not known, a refused connection and a page that is no tracker are told in one sentence', async (t) => {
  const page = await fakeHttpTracker(t, () => ({ body: '<html>' }))
  const closed = await fakeHttpTracker(t, () => 'silence')
  const cases = [
    ['http://nowhere.invalid/announce', /nowhere\.invalid/],
    [page.url, /not that of a tracker/],
    [page.url.replace('announce', 'admin'), /this machine/],
    [closed.url.replace(/:\d+/, ':1'), /refused the connection/],
  ] as const
  for (const [url, message] of cases) {
    const status = await announce(t, { tiers: [[url]] }).until(isDone)
    assert.equal(status.state, 'failed')
    assert.match(status.message ?? '', message)
  }
})

test('trackers that come later are asked at once if the others failed', async (t) => {
  const [bad, good] = [await fakeHttpTracker(t, () => ({ status: 404, body: '' })), await fakeHttpTracker(t, () => OK)]
  const { announcer, until } = announce(t, { tiers: [[bad.url]] })
  await until(isDone)
  announcer.addTrackers([[bad.url, good.url]])
  await good.count(1)
  assert.equal(announcer.status().length, 2)
  assert.equal(bad.asked.length, 1)
})

test('what is asked for before its first announce was due does not keep it from beginning', async (t) => {
  const tracker = await fakeHttpTracker(t, () => OK)
  const { announcer, until } = announce(t, { tiers: [[tracker.url]] })
  announcer.announceNow()
  await tracker.count(1)
  await until(isDone)
  assert.equal(tracker.asked.length, 1)
})

test('who wants no peers asks for none', async (t) => {
  const tracker = await fakeHttpTracker(t, () => OK)
  await announce(t, { tiers: [[tracker.url]] }, false).until(isDone)
  assert.deepEqual(tracker.values('numwant'), ['0'])
})
