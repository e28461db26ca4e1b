import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concatBytes, fromLatin1 } from '../../../src/core/bytes.ts'
import { isFailure, MAX_SCRAPE_HASHES } from '../../../src/core/tracker/announce.ts'
import {
  MAX_SDP_BYTES,
  MAX_WS_OFFERS,
  readWsRequest,
  toInfoHash,
  type WsAnnounce,
  type WsAnswer,
  writeWsAnswer,
  writeWsCounts,
  writeWsFailure,
  readWsMessage,
  type WsText,
  writeWsAbout,
  writeWsOffer,
  writeWsScrape,
} from '../../../src/core/tracker/ws-announce.ts'
import { asRecord } from '../../support/json.ts'

const HASH = '\x00\x7f\x80\xff{hash of bytes}.'
const ALICE = '-WW0000-alicealiceal'
const BOB = '-WW0000-bobbobbobbob'
const OFFER_ID = '\xff\xfe\x00 the offer id...1'
const ANNOUNCE = { action: 'announce', info_hash: HASH, peer_id: ALICE, left: 5 }
const ENCODER = new TextEncoder()
const ANSWER = { ...ANNOUNCE, to_peer_id: BOB, offer_id: OFFER_ID, answer: { type: 'answer', sdp: 'v=0' } }

function offer(sdp: unknown = 'v=0', type = 'offer', offerId: unknown = OFFER_ID): unknown {
  return { offer_id: offerId, offer: { type, sdp, extra: 'not for others' }, extra: 'not for others' }
}

function announceOf(message: object): WsAnnounce {
  const request = readWsRequest(message)
  assert(!isFailure(request) && request.kind === 'announce', JSON.stringify(request))
  return request
}

function answerOf(message: object): WsAnswer {
  const request = readWsRequest(message)
  assert(!isFailure(request) && request.kind === 'answer', JSON.stringify(request))
  return request
}

function failureOf(message: unknown): string {
  const request = readWsRequest(message)
  assert(isFailure(request), JSON.stringify(request))
  return request.failure
}

test('an announce is read: who, of what, whether it has all', () => {
  assert.deepEqual(announceOf({ ...ANNOUNCE, uploaded: 1, key: 'x', trackerid: 'y' }), {
    kind: 'announce',
    infoHash: HASH,
    peerId: ALICE,
    isSeed: false,
    event: 'none',
    offers: [],
  })
  assert.deepEqual(toInfoHash(announceOf(ANNOUNCE).infoHash), fromLatin1(HASH))
  assert.equal(announceOf({ ...ANNOUNCE, left: 0 }).isSeed, true)
  assert.equal(announceOf({ ...ANNOUNCE, event: 'completed' }).isSeed, true)
  assert.equal(announceOf({ ...ANNOUNCE, left: undefined }).isSeed, false) // whoever does not say is no seed
  assert.equal(announceOf({ ...ANNOUNCE, event: 'stopped' }).event, 'stopped')
  assert.equal(announceOf({ ...ANNOUNCE, event: 'update' }).event, 'none')
})

test('an answer is read, and what lacks a part of it is refused with the hash', () => {
  assert.deepEqual(answerOf(ANSWER), {
    kind: 'answer',
    infoHash: HASH,
    peerId: ALICE,
    toPeerId: BOB,
    offerId: OFFER_ID,
    sdp: jsonOf('v=0'),
  })
  assert.deepEqual(readWsRequest({ ...ANSWER, to_peer_id: 'short' }), {
    failure: 'to_peer_id is missing or not 20 bytes long',
    infoHash: HASH,
  })
  assert.match(failureOf({ ...ANSWER, offer_id: 7 }), /offer_id/)
  for (const answer of ['v=0', {}, { type: 'offer', sdp: 'v=0' }, { type: 'answer', sdp: 7 }]) {
    assert.match(failureOf({ ...ANSWER, answer }), /the answer is none/)
  }
  const long = 'x'.repeat(MAX_SDP_BYTES)
  assert.equal(answerOf({ ...ANSWER, answer: { type: 'answer', sdp: long } }).sdp.length, MAX_SDP_BYTES + 2)
  assert.match(failureOf({ ...ANSWER, answer: { type: 'answer', sdp: `${long}x` } }), /too long/)
})

test('offers that make no sense are left out, and so are those over the bound', () => {
  const bad = [null, 7, [], {}, offer(7), offer('v=0', 'answer'), offer('v=0', 'offer', 'short')]
  const long = offer('x'.repeat(MAX_SDP_BYTES + 1))
  const { offers } = announceOf({ ...ANNOUNCE, offers: [...bad, long, offer('good')] })
  assert.deepEqual(offers, [{ offerId: OFFER_ID, sdp: jsonOf('good') }])
  const many = Array.from({ length: 50 }, () => offer())
  assert.equal(announceOf({ ...ANNOUNCE, offers: many }).offers.length, MAX_WS_OFFERS)
  assert.deepEqual(announceOf({ ...ANNOUNCE, offers: { length: 3 } }).offers, [])
})

test('of what one peer sends another, only the fields that are known go on', () => {
  const request = announceOf({ ...ANNOUNCE, extra: 'not for others', offers: [offer('sdp')] })
  const [first = assert.fail()] = request.offers.map((one) => writeWsOffer(one, writeWsAbout(request)))
  assert.deepEqual(parse(first), {
    action: 'announce',
    offer: { type: 'offer', sdp: 'sdp' },
    offer_id: OFFER_ID,
    peer_id: ALICE,
    info_hash: HASH,
  })
  const answer = { type: 'answer', sdp: 'sdp', extra: 'not for others' }
  assert.deepEqual(parse(writeWsAnswer(answerOf({ ...ANSWER, answer, extra: 1 }))), {
    action: 'announce',
    answer: { type: 'answer', sdp: 'sdp' },
    offer_id: OFFER_ID,
    peer_id: ALICE,
    info_hash: HASH,
  })
})

test('counts, scrapes and failures are written as clients read them', () => {
  const { infoHash } = announceOf(ANNOUNCE)
  const counts = { seeders: 2, leechers: 3, completed: 4 }
  assert.deepEqual(JSON.parse(writeWsCounts(infoHash, 120, counts)), {
    action: 'announce',
    interval: 120,
    info_hash: HASH,
    complete: 2,
    incomplete: 3,
  })
  assert.deepEqual(JSON.parse(writeWsScrape([infoHash], [counts], 120)), {
    action: 'scrape',
    files: { [HASH]: { complete: 2, incomplete: 3, downloaded: 4 } },
    flags: { min_request_interval: 120 },
  })
  assert.deepEqual(JSON.parse(writeWsFailure({ failure: 'no' })), { 'failure reason': 'no' })
  assert.deepEqual(JSON.parse(writeWsFailure({ failure: 'no', infoHash })), {
    action: 'announce',
    'failure reason': 'no',
    info_hash: HASH,
  })
})

test('a scrape names one torrent or some; none, or one that is no hash, is refused', () => {
  assert.deepEqual(readWsRequest({ action: 'scrape', info_hash: HASH }), { kind: 'scrape', infoHashes: [HASH] })
  const other = HASH.replace('hash', 'HASH')
  assert.deepEqual(readWsRequest({ action: 'scrape', info_hash: [HASH, other] }), {
    kind: 'scrape',
    infoHashes: [HASH, other],
  })
  for (const hash of [undefined, null, 'short', [], [HASH, 'short'], { 0: HASH }]) {
    assert.match(failureOf({ action: 'scrape', info_hash: hash }), /info_hash/)
  }
  const many = readWsRequest({ action: 'scrape', info_hash: Array.from({ length: 1000 }, () => HASH) })
  assert(!isFailure(many) && many.kind === 'scrape')
  assert.equal(many.infoHashes.length, MAX_SCRAPE_HASHES)
})

test('a hash and a peer id are 20 characters of one byte each', () => {
  assert.match(failureOf({ ...ANNOUNCE, info_hash: HASH.slice(1) }), /info_hash/)
  assert.match(failureOf({ ...ANNOUNCE, info_hash: `${HASH}x` }), /info_hash/)
  assert.match(failureOf({ ...ANNOUNCE, info_hash: `${HASH.slice(1)}\u0100` }), /info_hash/)
  assert.match(failureOf({ ...ANNOUNCE, info_hash: `${HASH}\n` }), /info_hash/)
  assert.deepEqual(readWsRequest({ ...ANNOUNCE, peer_id: 'short' }), {
    failure: 'peer_id is missing or not 20 bytes long',
    infoHash: HASH,
  })
})

test('what is no request is refused', () => {
  for (const value of [undefined, null, true, 7, 'announce', [], [ANNOUNCE]]) assert.match(failureOf(value), /no JSON/)
  for (const action of [undefined, 'connect', '__proto__', 0, {}]) assert.match(failureOf({ action }), /action/)
})

test('any JSON is a request or a failure, and what is passed on is JSON of bounded length', () => {
  const binary = fc.constantFrom(HASH, ALICE, BOB, OFFER_ID, 'short', 'propertyIsEnumerable')
  const anything = fc.oneof(fc.jsonValue(), binary)
  const session = fc.oneof(
    anything,
    fc.record({ type: fc.constantFrom('offer', 'answer', 'x'), sdp: fc.oneof(anything, fc.string()) }),
  )
  const offers = fc.array(fc.oneof(anything, fc.record({ offer: session, offer_id: fc.oneof(anything, binary) })))
  const message = fc.record(
    {
      action: fc.oneof({ weight: 9, arbitrary: fc.constantFrom('announce', 'scrape') }, anything),
      info_hash: fc.oneof(binary, fc.array(binary), anything),
      peer_id: fc.oneof(binary, anything),
      to_peer_id: fc.oneof(binary, anything),
      offer_id: fc.oneof(binary, anything),
      left: anything,
      event: fc.oneof(fc.constantFrom('started', 'stopped', 'completed'), anything),
      offers: fc.oneof(offers, anything),
      answer: session,
    },
    { requiredKeys: ['action', 'info_hash'] },
  )
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), message), (value) => {
      const request = readWsRequest(value)
      for (const text of passedOn(request)) {
        assert.ok(toBytes(text).length < MAX_SDP_BYTES + 1000)
        assert.equal(Object.keys(Object(parse(text))).length, 5)
      }
      if (isFailure(request)) JSON.parse(writeWsFailure(request))
    }),
    { numRuns: 3000 },
  )
})

function passedOn(request: ReturnType<typeof readWsRequest>): readonly WsText[] {
  if (isFailure(request) || request.kind === 'scrape') return []
  if (request.kind === 'answer') return [writeWsAnswer(request)]
  return request.offers.map((one) => writeWsOffer(one, writeWsAbout(request)))
}

test('what is passed on as it came says the same as what is written anew, and its long strings are the very bytes', () => {
  const odd = fc.constantFrom(
    '"',
    '\\',
    '"\\"',
    '\\\\"',
    '{[',
    ']}',
    '"sdp":"x"',
    '\u2028',
    '\ud800',
    '\r\n',
    ' ',
    'long'.repeat(80),
  )
  const sdp = fc.array(fc.oneof(odd, fc.string({ unit: 'binary' }))).map((parts) => parts.join(''))
  const session = fc.oneof(
    { weight: 5, arbitrary: sdp.map((one) => ({ type: 'offer', more: [one, { sdp: one }], sdp: one })) },
    fc.jsonValue(),
  )
  const one = fc.oneof(
    { weight: 5, arbitrary: session.map((value) => ({ offer: value, offer_id: OFFER_ID, '"offer"': 1 })) },
    fc.jsonValue(),
  )
  const offers = fc.oneof({ weight: 9, arbitrary: fc.array(one) }, fc.jsonValue())
  const white = fc.constantFrom('', ' ', '\t', '  \n')
  fc.assert(
    fc.property(fc.jsonValue(), offers, sdp, white, (before, list, behind, space) => {
      const value = { [behind]: before, ...ANNOUNCE, offers: list, behind }
      const text = space + JSON.stringify(value, undefined, space) + space
      const bytes = ENCODER.encode(text)
      const [fast, slow] = [readWsMessage(bytes), readWsRequest(JSON.parse(text))]
      assert.deepEqual(passedOn(fast).map(parse), passedOn(slow).map(parse))
      if (isFailure(fast) || fast.kind !== 'announce') return
      for (const { sdp: part } of fast.offers) if (part.length >= 256) assert.equal(part.buffer, bytes.buffer)
    }),
  )
})

test('text that is no JSON is no request, also where its long strings are cut out', () => {
  const long = 'good '.repeat(100)
  const text = JSON.stringify({ ...ANNOUNCE, offers: [offer(long)] })
  const read = (one: string): unknown => readWsMessage(ENCODER.encode(one))
  const wrong = ['b\\ad', 'b\nad', '\\u00', '\\u00g0', '\0', '\\']
  for (const broken of ['', text.slice(0, -1), `${text}"`, ...wrong.map((one) => text.replace('good', one))]) {
    assert.deepEqual(read(broken), readWsRequest(undefined), broken)
  }
  const escaped = readWsMessage(
    ENCODER.encode(text.replace('"offers"', '"\\u006fffers"').replace('good', '\\u0067ood')),
  )
  assert.deepEqual(passedOn(escaped).map(parse), passedOn(readWsMessage(ENCODER.encode(text))).map(parse))
})

test('who writes what stands for a cut string gets another string of his own, or his own words', () => {
  const long = 'x'.repeat(300)
  const mark = offer('\0long 1')
  const request = readWsMessage(
    ENCODER.encode(JSON.stringify({ ...ANNOUNCE, offers: [offer(long), mark, offer('\0long 7')] })),
  )
  const sdps = passedOn(request).map((text) => asRecord(asRecord(parse(text))['offer'])['sdp'])
  assert.deepEqual(sdps, [long, '\0long 1', '\0long 7'])
})

function parse(text: WsText): unknown {
  return JSON.parse(new TextDecoder().decode(toBytes(text)))
}

function toBytes(text: WsText): Uint8Array {
  if (typeof text === 'string') return ENCODER.encode(text)
  return concatBytes([ENCODER.encode(text.before), text.sdp, ENCODER.encode(text.behind)])
}

function jsonOf(text: string): Uint8Array {
  return ENCODER.encode(JSON.stringify(text))
}
