import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeBencode } from '../../../src/core/bencode.ts'
import { fromHex, fromLatin1, toLatin1 } from '../../../src/core/bytes.ts'
import { infoHash, peerId } from '../../../src/core/ids.ts'
import { type AnnounceRequest, isFailure } from '../../../src/core/tracker/announce.ts'
import {
  announceQuery,
  parseAnnounceQuery,
  readAnnounceAnswer,
  writeAnnounceAnswer,
  writeFailure,
} from '../../../src/core/tracker/http-announce.ts'
import { percentDecode, withQuery } from '../../../src/core/tracker/http-query.ts'

const HASH = infoHash(fromHex('0020262bff2530417e2d5f2e3d3f2f5c225b5d0a') ?? new Uint8Array())
const ID = peerId(fromLatin1('-SH0100-\xff\x00 %+&=#?/z\x80'))
assert(HASH !== undefined && ID !== undefined)

const REQUEST: AnnounceRequest = {
  infoHash: HASH,
  peerId: ID,
  port: 6881,
  uploaded: 1,
  downloaded: 2 ** 40,
  left: 0,
  event: 'started',
  numWant: 50,
  key: 0xab,
}

function answer(text: string): ReturnType<typeof readAnnounceAnswer> {
  return readAnnounceAnswer(fromLatin1(text))
}

function goodAnswer(text: string): Exclude<ReturnType<typeof answer>, { failure: string }> {
  const read = answer(text)
  assert(!isFailure(read), `${JSON.stringify(read)} is no failure`)
  return read
}

test('[16] info_hash and peer_id are percent-encoded byte by byte, with every field of BEP 3', () => {
  assert.equal(
    announceQuery(REQUEST),
    'info_hash=%00%20%26%2B%FF%250A~-_.%3D%3F%2F%5C%22%5B%5D%0A' +
      '&peer_id=-SH0100-%FF%00%20%25%2B%26%3D%23%3F%2Fz%80' +
      '&port=6881&uploaded=1&downloaded=1099511627776&left=0&compact=1&numwant=50&key=000000AB&event=started',
  )
})

test('[42] no address of our own is sent', () => {
  assert.doesNotMatch(announceQuery(REQUEST), /ip=|ipv4=|ipv6=/)
})

test('what the client writes is what the tracker reads', () => {
  assert.deepEqual(parseAnnounceQuery(announceQuery(REQUEST)), { ...REQUEST, compact: true })
  const bare: AnnounceRequest = { ...REQUEST, event: 'none', numWant: undefined, key: undefined }
  assert.deepEqual(parseAnnounceQuery(announceQuery(bare, fromLatin1('a&b'))), { ...bare, compact: true })
})

test('[19] a query goes behind ? or &, and before a fragment', () => {
  assert.equal(withQuery('http://t/announce', 'a=1'), 'http://t/announce?a=1')
  assert.equal(withQuery('http://t/announce?passkey=x', 'a=1'), 'http://t/announce?passkey=x&a=1')
  assert.equal(withQuery('http://t/announce?', 'a=1'), 'http://t/announce?a=1')
  assert.equal(withQuery('http://t/announce?x&#top', 'a=1'), 'http://t/announce?x&a=1')
})

test('[125] broken percent signs stay as they are and nothing is thrown', () => {
  assert.equal(toLatin1(percentDecode('%zz%4%41%')), '%zz%4A%')
  assert.equal(toLatin1(percentDecode('a+b%2b')), 'a+b+')
})

test('the tracker says what is wrong with a request', () => {
  const good = announceQuery(REQUEST)
  const failure = (query: string): string => {
    const read = parseAnnounceQuery(query)
    assert(isFailure(read))
    return read.failure
  }
  assert.match(failure(''), /info_hash is missing/)
  assert.match(failure(good.replace('%00', '')), /info_hash .* not 20 bytes/)
  assert.match(failure(good.replace('peer_id=', 'peerid=')), /peer_id is missing/)
  assert.match(failure(good.replace('port=6881', 'port=')), /port is missing/)
  assert.match(failure(good.replace('port=6881', 'port=65536')), /port is missing/)
  assert.match(failure(good.replace('port=6881', 'port=0x10')), /port is missing/)
})

test('a field that makes no sense counts as left out', () => {
  const query = announceQuery(REQUEST)
    .replace('left=0', 'left=-5')
    .replace('uploaded=1', 'uploaded=1e9')
    .replace('numwant=50', 'numwant=-1')
    .replace('event=started', 'event=exploded')
    .replace('key=000000AB', 'key=not-hex')
  const read = parseAnnounceQuery(query)
  assert(!isFailure(read))
  assert.deepEqual([read.left, read.uploaded, read.numWant, read.event, read.key], [1, 0, undefined, 'none', undefined])
})

const REPLY = {
  intervalSec: 1800,
  minIntervalSec: 60,
  counts: { seeders: 3, leechers: 4, completed: 5 },
  peers4: Uint8Array.of(1, 2, 3, 4, 0x1a, 0xe1),
  peers6: Uint8Array.of(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 80),
  externalIp: Uint8Array.of(9, 8, 7, 6),
}

test('[38] an answer carries peers and peers6 together, and the address of who asked (BEP 24)', () => {
  const bytes = writeAnnounceAnswer(REPLY, true)
  assert.deepEqual(readAnnounceAnswer(bytes), {
    intervalSec: 1800,
    minIntervalSec: 60,
    seeders: 3,
    leechers: 4,
    peers: [
      { ip: '1.2.3.4', port: 6881 },
      { ip: '2001:db8::1', port: 80 },
    ],
    warning: undefined,
    trackerId: undefined,
    externalIp: '9.8.7.6',
  })
  assert.match(toLatin1(bytes), /11:external ip4:\x09\x08\x07\x06/)
})

test('compact=0 gets dictionaries that read the same', () => {
  const [long, short] = [
    readAnnounceAnswer(writeAnnounceAnswer(REPLY, false)),
    readAnnounceAnswer(writeAnnounceAnswer(REPLY, true)),
  ]
  assert.deepEqual(long, short)
  assert.match(toLatin1(writeAnnounceAnswer(REPLY, false)), /5:peersld2:ip7:1\.2\.3\.44:porti6881ee/)
})

test('[40] peers as dictionaries are read, with their peer ids; those without a usable address are left out', () => {
  const bytes = encodeBencode({
    interval: 60,
    peers: [
      { ip: '1.2.3.4', port: 5, 'peer id': 'a'.repeat(20) },
      { ip: '::1', port: 6 },
      { ip: 'tracker.example', port: 7 },
      { ip: '1.2.3.4', port: 0 },
      { ip: '1.2.3.4', port: 65536 },
      { port: 1 },
      'nonsense',
    ],
  })
  const read = readAnnounceAnswer(bytes)
  assert(!isFailure(read))
  assert.deepEqual(read.peers, [
    { ip: '1.2.3.4', port: 5, peerId: fromLatin1('a'.repeat(20)) },
    { ip: '::1', port: 6 },
  ])
})

test('[41] compact peers are read to the last whole one, without port 0', () => {
  assert.deepEqual(goodAnswer('d5:peers16:\x01\x02\x03\x04\x00\x05\x01\x02\x03\x04\x00\x00\x01\x02\x03\x04e').peers, [
    { ip: '1.2.3.4', port: 5 },
  ])
})

test('[20] a failure reason is the answer, whatever else is there', () => {
  assert.deepEqual(answer('d14:failure reason9:not yours8:intervali9ee'), { failure: 'not yours' })
  assert.deepEqual(answer('d14:failure reasoni1ee'), { failure: 'the tracker refused and gave no reason' })
  assert.deepEqual(readAnnounceAnswer(writeFailure('full')), { failure: 'full' })
})

test('[129] texts are cut to 1,000 characters and lose control characters; a long tracker id is dropped', () => {
  const read = answer(`d14:failure reason2010:\x1b[2J\r\nred\x7f${'x'.repeat(2000)}e`)
  assert(isFailure(read))
  assert.equal(read.failure, `[2J red ${'x'.repeat(992)}`)
  assert.equal(goodAnswer('d15:warning message4:a\x1b\nbe').warning, 'a b')
  assert.equal(goodAnswer(`d10:tracker id1025:${'x'.repeat(1025)}e`).trackerId, undefined)
  assert.deepEqual(goodAnswer('d10:tracker id2:\x00\xffe').trackerId, Uint8Array.of(0, 255))
})

test('[129] of an endless list 3,000 peers are read', () => {
  assert.equal(goodAnswer(`d5:peers24000:${'\x01'.repeat(24_000)}e`).peers.length, 3000)
})

test('[53] fields of a wrong type count as left out', () => {
  assert.deepEqual(
    goodAnswer('d8:interval1:x12:min intervali-5e5:peersi1e6:peers6le8:completed0:0:e11:external ip3:abce\n'),
    {
      intervalSec: undefined,
      minIntervalSec: undefined,
      seeders: undefined,
      leechers: undefined,
      peers: [],
      warning: undefined,
      trackerId: undefined,
      externalIp: undefined,
    },
  )
})

test('what is no bencoded dictionary is a failure in one sentence', () => {
  for (const text of ['', '<html>404</html>', 'i1e', 'd8:interval']) {
    const read = answer(text)
    assert(isFailure(read))
    assert.match(read.failure, /^the answer is not that of a tracker: /)
  }
})
