import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isFailure } from '../../../src/core/tracker/announce.ts'
import {
  MAX_SDP_BYTES,
  MAX_WS_OFFERS,
  readWsRequest,
  type WsAnnounce,
  type WsAnswer,
  type WsOffer,
} from '../../../src/core/tracker/ws-announce.ts'
import { MAX_RELAYED_BYTES, readRelayed, writeRelayed } from '../../../src/core/tracker/ws-relayed.ts'

const HASH = '\x00\x7f\x80\xff{hash of bytes}.'
const ALICE = '-WW0000-alicealiceal'
const BOB = '-WW0000-bobbobbobbob'
const ABOUT = { action: 'announce', info_hash: HASH, peer_id: ALICE }

function relayable(message: object): WsAnnounce | WsAnswer {
  const request = readWsRequest(message)
  assert(!isFailure(request) && request.kind !== 'scrape', JSON.stringify(request))
  return request
}

function announceOf(sdps: readonly string[], more: object = {}): WsAnnounce {
  const offers = sdps.map((sdp, n) => ({ offer_id: `offer ${n}`.padEnd(20, '.'), offer: { type: 'offer', sdp } }))
  const request = relayable({ ...ABOUT, left: 1, ...more, offers })
  assert(request.kind === 'announce')
  return request
}

function answerOf(sdp: string): WsAnswer {
  const offerId = '\xff\xfe\x00 the offer id...1'
  const request = relayable({ ...ABOUT, to_peer_id: BOB, offer_id: offerId, answer: { type: 'answer', sdp } })
  assert(request.kind === 'answer')
  return request
}

/** All that comes out of the texts, each of which is checked to be short enough. */
function passOn(message: WsAnnounce | WsAnswer): (WsAnnounce | WsAnswer)[] {
  return writeRelayed('one tracker', message).map((text) => {
    assert.ok(Buffer.byteLength(text) <= MAX_RELAYED_BYTES, `${Buffer.byteLength(text)} bytes`)
    const { from, message: heard } = readRelayed(JSON.parse(text)) ?? assert.fail(text.slice(0, 200))
    assert.equal(from, 'one tracker')
    return heard
  })
}

function offersIn(messages: readonly (WsAnnounce | WsAnswer)[]): WsOffer[] {
  return messages.flatMap((one) => (one.kind === 'announce' ? one.offers : []))
}

test('what is written is read again: ten usual offers in one text, an answer in one', () => {
  const announce = announceOf(Array.from({ length: MAX_WS_OFFERS }, () => 'v=0\r\n'.repeat(600)))
  assert.deepEqual(passOn(announce), [announce])
  const seed = announceOf(['v=0'], { event: 'completed' })
  assert.deepEqual(passOn(seed), [seed])
  assert.deepEqual(passOn(answerOf('v=0')), [answerOf('v=0')])
})

test('the longest offers go in several texts, whole and in their order', () => {
  const announce = announceOf(Array.from({ length: MAX_WS_OFFERS }, (_, n) => `${n}`.repeat(MAX_SDP_BYTES)))
  const parts = passOn(announce)
  assert.ok(parts.length > 1)
  assert.deepEqual(offersIn(parts), announce.offers)
})

test('no single offer or answer is too long', () => {
  const long = '\x01'.repeat(Math.floor(MAX_SDP_BYTES / 6)) // six bytes each
  assert.equal(offersIn(passOn(announceOf([long, 'a']))).length, 2)
  assert.deepEqual(passOn(answerOf(long)), [answerOf(long)])
  assert.deepEqual(announceOf([`${long}${long}`]).offers, [])
  assert.deepEqual(writeRelayed('one tracker', announceOf([])), [])
})

test('what has nothing to pass on, or comes from nobody, is not read', () => {
  const offers = [{ offer_id: 'o'.repeat(20), offer: { type: 'offer', sdp: 'v=0' } }]
  const good = { from: 'one', ...ABOUT, offers }
  assert.equal(readRelayed(good)?.from, 'one')
  const { from: _, ...fromNobody } = good
  const bad = [
    undefined,
    null,
    7,
    'text',
    [],
    [good],
    {},
    fromNobody,
    { ...good, from: 7 },
    { ...good, offers: [] },
    { ...good, offers: [{ offer_id: 'short', offer: { type: 'offer', sdp: 'v=0' } }] },
    { ...good, event: 'stopped' },
    { ...good, action: 'scrape' },
    { ...good, info_hash: 'short' },
    { ...good, peer_id: undefined },
    { ...good, answer: { type: 'answer', sdp: 'v=0' } },
  ]
  for (const value of bad) assert.equal(readRelayed(value), undefined, JSON.stringify(value))
})

test('whatever peers send: texts are short, and no offer changes, is missing or comes twice', () => {
  const unit = fc.constantFrom('a', '\x01', 'é', '€', '😀', '\ud800')
  const sdp = fc.tuple(unit, fc.integer({ min: 0, max: MAX_SDP_BYTES / 2 })).map(([one, times]) => one.repeat(times))
  const announce = fc
    .tuple(fc.array(sdp, { maxLength: MAX_WS_OFFERS }), fc.constantFrom('started', 'completed', 'paused', 'other'))
    .map(([sdps, event]) => announceOf(sdps, { event }))
  fc.assert(
    fc.property(announce, (message) => {
      const parts = passOn(message)
      assert.deepEqual(offersIn(parts), message.offers)
      for (const part of parts) assert.deepEqual({ ...part, offers: message.offers }, message)
    }),
    { numRuns: 200 },
  )
})

test('any JSON is read or not, and what is read can be passed on', () => {
  const binary = fc.constantFrom(HASH, ALICE, BOB)
  const anything = fc.oneof(fc.jsonValue(), fc.constantFrom('short', '__proto__'))
  const mostly = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
    fc.oneof({ weight: 9, arbitrary }, { weight: 1, arbitrary: anything })
  const session = fc.record({ type: fc.constantFrom('offer', 'answer'), sdp: mostly(fc.string()) })
  const offer = mostly(fc.record({ offer_id: mostly(binary), offer: mostly(session) }))
  const message = fc.record(
    {
      from: mostly(fc.string()),
      action: mostly(fc.constantFrom('announce', 'announce', 'scrape')),
      info_hash: mostly(binary),
      peer_id: mostly(binary),
      to_peer_id: mostly(binary),
      offer_id: mostly(binary),
      event: mostly(fc.constantFrom('started', 'stopped', 'completed')),
      left: mostly(fc.nat(1)),
      offers: mostly(fc.array(offer)),
      answer: mostly(session),
    },
    { requiredKeys: ['from', 'action', 'info_hash', 'peer_id'] },
  )
  const readable = { announce: 0, answer: 0 }
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), message), (value) => {
      const heard = readRelayed(value)
      if (heard === undefined) return
      readable[heard.message.kind]++
      const [text = assert.fail()] = writeRelayed(heard.from, heard.message)
      assert.deepEqual(readRelayed(JSON.parse(text)), heard)
    }),
    { numRuns: 3000 },
  )
  assert.ok(readable.announce > 0 && readable.answer > 0, JSON.stringify(readable))
})
