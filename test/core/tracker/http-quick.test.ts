import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromLatin1, readU16, toHex, toLatin1 } from '../../../src/core/bytes.ts'
import { isFailure } from '../../../src/core/tracker/announce.ts'
import { parseAnnounceQuery, writeAnnounceAnswer } from '../../../src/core/tracker/http-announce.ts'
import { HttpQuick, putNumber, writeHttpQuick } from '../../../src/core/tracker/http-quick.ts'
import { SwarmCall } from '../../../src/core/tracker/swarm-call.ts'

const CALLER = Uint8Array.of(10, 0, 0, 7)

/** Undefined: for the slow way. */
function readQuickly(query: string): { call: SwarmCall; numWant: number | undefined } | undefined {
  const [quick, call, bytes] = [new HttpQuick(), new SwarmCall(), fromLatin1(query)]
  if (!quick.read(bytes, 0, bytes.length, call)) return undefined
  quick.setCaller(call, CALLER)
  return { call, numWant: quick.numWant }
}

const twenty = fc.uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => toHex(bytes).replace(/../g, '%$&'))
const odd = fc.constantFrom('', 'x', '-1', '1.5', '99999999999999999999', '%', '%4', '%zz', 'stopped', '0', '70000')
const value = fc.oneof(odd, twenty, fc.nat().map(String), fc.constantFrom('started', 'completed', 'paused', 'none'))
const name = fc.constantFrom(
  'info_hash',
  'peer_id',
  'port',
  'left',
  'event',
  'compact',
  'numwant',
  'uploaded',
  'pear',
  '',
)
const wild = fc.array(
  fc.tuple(name, value).map((pair) => pair.join('=')),
  { maxLength: 6 },
)
const usual = fc.record({
  hash: twenty,
  id: twenty,
  port: fc.nat({ max: 65_535 }),
  left: fc.nat(),
  event: fc.nat({ max: 5 }),
})

test('what is read quickly is what is read slowly, whatever the query', () => {
  fc.assert(
    fc.property(fc.option(usual), wild, (fields, more) => {
      const events = ['', 'started', 'stopped', 'completed', 'paused', 'bogus']
      const known =
        fields === null
          ? []
          : [
              `info_hash=${fields.hash}`,
              `peer_id=${fields.id}`,
              `port=${fields.port}`,
              `left=${fields.left}`,
              `event=${events[fields.event]}`,
            ]
      const query = [...known, ...more].join('&')
      const quick = readQuickly(query)
      if (quick === undefined) return
      const slow = parseAnnounceQuery(query)
      assert(!isFailure(slow), query)
      const { call, numWant } = quick
      assert.deepEqual(call.infoHash, Uint8Array.from(slow.infoHash))
      assert.deepEqual(call.address.slice(0, 4), CALLER)
      assert.equal(readU16(call.address, 4), slow.port)
      assert.equal(call.isSeed, slow.left === 0)
      assert.equal(call.isStopped, slow.event === 'stopped')
      assert.equal(call.hasCompleted, slow.event === 'completed')
      assert.equal(call.isSeedWelcome, slow.left !== 0 && slow.event !== 'paused')
      assert.equal(numWant, slow.numWant)
      assert.equal(slow.compact, true)
    }),
    { numRuns: 3000 },
  )
})

test('the query of every client that we know goes the quick way', () => {
  const hash = 'info_hash=%12%34Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A'
  for (const query of [
    `${hash}&peer_id=-TR3000-0123456789ab&port=51413&uploaded=0&downloaded=0&left=100&numwant=80&key=1a2b3c4d&compact=1&supportcrypto=1&event=started`,
    `${hash}&peer_id=-lt0D80-0123456789ab&port=6881&uploaded=0&downloaded=0&left=0&corrupt=0&key=ABCDEF01&event=completed&numwant=200&compact=1&no_peer_id=1&supportcrypto=1&redundant=0`,
    `${hash}&peer_id=A2-1-36-0-0123456789&uploaded=0&downloaded=0&left=5&compact=1&key=xyz&numwant=50&no_peer_id=1&port=6901&event=stopped&supportcrypto=1`,
  ]) {
    assert.notEqual(readQuickly(query), undefined, query)
  }
})

test('the answer is the same, byte by byte', () => {
  const compact = (size: number): fc.Arbitrary<Uint8Array> =>
    fc.nat({ max: 3 }).chain((count) => fc.uint8Array({ minLength: count * size, maxLength: count * size }))
  fc.assert(
    fc.property(fc.nat(), fc.nat(), fc.nat(), compact(6), compact(18), fc.boolean(), (a, b, c, peers4, peers6, is6) => {
      const ip = is6 ? new Uint8Array(16).fill(9) : CALLER
      const call = new SwarmCall()
      Object.assign(call, { seeders: a, leechers: b, completed: c })
      call.peers4.set(peers4)
      call.peers6.set(peers6)
      call.peers4Count = peers4.length / 6
      call.peers6Count = peers6.length / 18
      const out = new Uint8Array(1000)
      const end = writeHttpQuick(call, 901, 60, ip, out, 10)
      const counts = { seeders: a, leechers: b, completed: c }
      const reply = { intervalSec: 901, minIntervalSec: 60, counts, peers4, peers6, externalIp: ip }
      assert.deepEqual(out.slice(10, end), writeAnnounceAnswer(reply, true))
    }),
  )
})

test('numbers are written as they are read', () => {
  fc.assert(
    fc.property(fc.nat({ max: Number.MAX_SAFE_INTEGER }), (number) => {
      const out = new Uint8Array(20)
      const end = putNumber(out, 0, number)
      assert.equal(toLatin1(out.subarray(0, end)), String(number))
    }),
  )
})
