import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Address, compactAddress } from '../../src/core/address.ts'
import { concatBytes, toLatin1 } from '../../src/core/bytes.ts'
import { type InfoHash, infoHash, type PeerId, peerId } from '../../src/core/ids.ts'
import { type AnnounceRequest, isFailure } from '../../src/core/tracker/announce.ts'
import {
  announceQuery,
  parseAnnounceQuery,
  readAnnounceAnswer,
  writeAnnounceAnswer,
} from '../../src/core/tracker/http-announce.ts'
import { percentDecode, percentEncode } from '../../src/core/tracker/http-query.ts'
import {
  parseScrapeQuery,
  readScrapeAnswer,
  scrapeQuery,
  scrapeUrl,
  writeScrapeAnswer,
} from '../../src/core/tracker/http-scrape.ts'
import {
  readUdpAnswer,
  readUdpRequest,
  writeAnnounceRequest,
  writeScrapeRequest,
  writeUdpAnnounceAnswer,
  writeUdpScrapeAnswer,
} from '../../src/core/tracker/udp-packets.ts'
import { cleanTrackerText } from '../../src/core/tracker/tracker-text.ts'
import { readCorpus } from './corpus.ts'
import { mutated } from './mutate.ts'

/** `deepEqual` tells objects without a prototype from others. */
const PLAIN = { noNullPrototype: true }
const bytesOf = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length })
const hash = bytesOf(20).map((bytes): InfoHash => infoHash(bytes) ?? assert.fail())
const id = bytesOf(20).map((bytes): PeerId => peerId(bytes) ?? assert.fail())
const u32 = fc.nat({ max: 0xffffffff })
const amount = fc.nat({ max: 999_999_999_999_999 })
const request: fc.Arbitrary<AnnounceRequest> = fc.record(
  {
    infoHash: hash,
    peerId: id,
    port: fc.nat({ max: 65_535 }),
    uploaded: amount,
    downloaded: amount,
    left: amount,
    event: fc.constantFrom('none', 'started', 'completed', 'stopped', 'paused'),
    numWant: fc.option(fc.nat({ max: 0x7fffffff }), { nil: undefined }),
    key: fc.option(u32, { nil: undefined }),
  },
  PLAIN,
)
const port = fc.integer({ min: 1, max: 65_535 })
const address4 = fc.record({ ip: fc.ipV4(), port }, PLAIN)
const address6 = fc.record(
  { ip: fc.constantFrom('2001:db8::1', '::1', 'fe80::ff:0:1', '1:2:3:4:5:6:7:8'), port },
  PLAIN,
)
const counts = fc.record({ seeders: u32, leechers: u32, completed: u32 }, PLAIN)
const reply = fc.record({
  intervalSec: u32,
  minIntervalSec: u32,
  counts,
  four: fc.array(address4, { maxLength: 5 }),
  six: fc.array(address6, { maxLength: 5 }),
  externalIp: bytesOf(4),
})

function compact(addresses: readonly Address[]): Uint8Array {
  return concatBytes(addresses.map(compactAddress))
}

test('tracker: reading an announce undoes writing it, over HTTP and UDP', () => {
  fc.assert(
    fc.property(request, bytesOf(8), u32, fc.string({ maxLength: 600 }), (original, connectionId, number, urlData) => {
      assert.deepEqual(parseAnnounceQuery(announceQuery(original)), { ...original, compact: true })
      assert.deepEqual(readUdpRequest(writeAnnounceRequest(connectionId, number, original, urlData)), {
        kind: 'announce',
        connectionId,
        transactionId: number,
        announce: { ...original, key: original.key ?? 0 },
      })
    }),
  )
})

test('tracker: reading an answer undoes writing it, over HTTP and UDP', () => {
  fc.assert(
    fc.property(reply, u32, fc.boolean(), ({ four, six, ...rest }, number, isCompact) => {
      const written = { ...rest, peers4: compact(four), peers6: compact(six) }
      const { intervalSec, minIntervalSec } = rest
      const { seeders, leechers } = rest.counts
      const over = { intervalSec, seeders, leechers, warning: undefined, trackerId: undefined }
      const http = { ...over, minIntervalSec, peers: [...four, ...six], externalIp: rest.externalIp.join('.') }
      assert.deepEqual(readAnnounceAnswer(writeAnnounceAnswer(written, isCompact)), http)
      const udp = { ...over, minIntervalSec: undefined, externalIp: undefined }
      for (const [peers, size] of [
        [four, 6],
        [six, 18],
      ] as const) {
        const packet = writeUdpAnnounceAnswer(number, written, compact(peers))
        assert.deepEqual(readUdpAnswer(packet, size), {
          kind: 'announce',
          transactionId: number,
          answer: { ...udp, peers },
        })
      }
    }),
  )
})

test('tracker: reading a scrape and its answer undoes writing them, over HTTP and UDP', () => {
  const entries = fc.uniqueArray(fc.tuple(hash, counts), {
    minLength: 1,
    maxLength: 74,
    selector: ([h]) => toLatin1(h),
  })
  fc.assert(
    fc.property(entries, bytesOf(8), u32, (pairs, connectionId, transactionId) => {
      const infoHashes = pairs.map(([h]) => h)
      const all = pairs.map(([, count]) => count)
      assert.deepEqual(parseScrapeQuery(scrapeQuery(infoHashes)), { infoHashes })
      assert.deepEqual(readScrapeAnswer(writeScrapeAnswer(infoHashes, all), infoHashes), all)
      const packet = writeScrapeRequest(connectionId, transactionId, infoHashes)
      assert.deepEqual(readUdpRequest(packet), { kind: 'scrape', connectionId, transactionId, infoHashes })
      const answer = writeUdpScrapeAnswer(transactionId, all)
      assert.deepEqual(readUdpAnswer(answer, 6), { kind: 'scrape', transactionId, counts: all })
    }),
  )
})

test('tracker: percent-decoding undoes encoding', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(percentDecode(percentEncode(bytes)), bytes)))
})

test('tracker: any bytes are an answer or a failure in clean text of bounded length', () => {
  const corpus = readCorpus('tracker-answer').map(({ bytes }) => bytes)
  const anything = fc.oneof(mutated(corpus), fc.uint8Array({ maxLength: 60 }))
  fc.assert(fc.property(anything, readsCleanly), { numRuns: 3000 })
  corpus.forEach(readsCleanly)
})

function readsCleanly(bytes: Uint8Array): void {
  const answer = readAnnounceAnswer(bytes)
  const text = isFailure(answer) ? answer.failure : (answer.warning ?? '')
  assert.ok(text.length <= 1000)
  assert.doesNotMatch(text, /[\p{Cc}\p{Cf}]/u)
  if (!isFailure(answer)) {
    for (const peer of answer.peers) assert.ok(peer.port >= 1 && peer.port <= 65_535 && peer.ip !== '')
    assert.ok((answer.intervalSec ?? 0) >= 0)
  }
  readScrapeAnswer(bytes, [])
  cleanTrackerText(bytes)
}

test('tracker: any text is a query or a failure, any URL has a scrape URL or none', () => {
  const part = fc.constantFrom(
    'info_hash=',
    'peer_id=',
    'port=',
    '&',
    '=',
    '%',
    '%a',
    '%41',
    'a'.repeat(20),
    '6881',
    '\xff',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part, { maxLength: 30 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (query) => {
      const announce = parseAnnounceQuery(query)
      if (!isFailure(announce))
        assert.deepEqual(parseAnnounceQuery(announceQuery(announce)), { ...announce, compact: true })
      parseScrapeQuery(query)
      scrapeUrl(`http://${query}`)
    }),
    { numRuns: 3000 },
  )
})

test('tracker: any datagram is a request or none, an answer or none; bytes behind it change nothing', () => {
  const head = fc.constantFrom(
    [0, 0, 4, 0x17, 0x27, 0x10, 0x19, 0x80, 0, 0, 0, 0],
    [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 1],
    [1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 2],
    [0, 0, 0, 1],
    [0, 0, 0, 2],
    [0, 0, 0, 3],
    [],
  )
  const packet = fc
    .tuple(head, fc.uint8Array({ maxLength: 200, size: 'max' }))
    .map(([first, rest]) => Uint8Array.of(...first, ...rest))
  fc.assert(
    fc.property(packet, (bytes) => {
      const longer = concatBytes([bytes, new Uint8Array(5)])
      const [read, again] = [readUdpRequest(bytes), readUdpRequest(longer)]
      if (read !== undefined && read.kind !== 'scrape') assert.deepEqual(again, read)
      readUdpAnswer(bytes, 6)
      readUdpAnswer(bytes, 18)
    }),
    { numRuns: 3000 },
  )
})
