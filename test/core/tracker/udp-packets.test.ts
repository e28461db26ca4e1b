import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatBytes, fromHex, fromLatin1, toHex } from '../../../src/core/bytes.ts'
import { infoHash, peerId } from '../../../src/core/ids.ts'
import type { AnnounceEvent, AnnounceRequest } from '../../../src/core/tracker/announce.ts'
import {
  readUdpAnswer,
  readUdpRequest,
  writeAnnounceRequest,
  writeConnectAnswer,
  writeConnectRequest,
  writeErrorAnswer,
  writeScrapeRequest,
  writeUdpAnnounceAnswer,
  writeUdpScrapeAnswer,
} from '../../../src/core/tracker/udp-packets.ts'

function bytes(hex: string): Uint8Array {
  const read = fromHex(hex.replaceAll(' ', ''))
  assert(read !== undefined)
  return read
}

const HASH = infoHash(bytes('aa'.repeat(20)))
const ID = peerId(bytes('bb'.repeat(20)))
assert(HASH !== undefined && ID !== undefined)
const CONNECTION = bytes('0102030405060708')

const REQUEST: AnnounceRequest = {
  infoHash: HASH,
  peerId: ID,
  port: 6881,
  uploaded: 3,
  downloaded: 2 ** 33 + 1,
  left: 2,
  event: 'started',
  numWant: undefined,
  key: 0xdeadbeef,
}

const ANNOUNCE_HEX =
  '0102030405060708 00000001 cafebabe' +
  'aa'.repeat(20) +
  'bb'.repeat(20) +
  '0000000200000001 0000000000000002 0000000000000003 00000002 00000000 deadbeef ffffffff 1ae1'

const REPLY = {
  intervalSec: 1800,
  minIntervalSec: 60,
  counts: { seeders: 3, leechers: 4, completed: 5 },
  peers4: new Uint8Array(),
  peers6: new Uint8Array(),
  externalIp: Uint8Array.of(1, 2, 3, 4),
}

test('[70] a connect request is the protocol id 0x41727101980, action 0 and the transaction id', () => {
  const packet = writeConnectRequest(0xcafebabe)
  assert.equal(toHex(packet), '0000041727101980' + '00000000' + 'cafebabe')
  assert.deepEqual(readUdpRequest(packet), { kind: 'connect', transactionId: 0xcafebabe })
})

test('a connect without the protocol id is no request', () => {
  assert.equal(readUdpRequest(bytes('0000041727101981 00000000 cafebabe')), undefined)
})

test('an announce request is 98 bytes and reads as it was written', () => {
  const packet = writeAnnounceRequest(CONNECTION, 0xcafebabe, REQUEST)
  assert.equal(toHex(packet), ANNOUNCE_HEX.replaceAll(' ', ''))
  assert.deepEqual(readUdpRequest(packet), {
    kind: 'announce',
    connectionId: CONNECTION,
    transactionId: 0xcafebabe,
    announce: REQUEST,
  })
})

test('[73] events are 0 none, 1 completed, 2 started, 3 stopped; unknown numbers are none', () => {
  const events: readonly AnnounceEvent[] = ['none', 'completed', 'started', 'stopped']
  events.forEach((event, number) => {
    assert.equal(writeAnnounceRequest(CONNECTION, 1, { ...REQUEST, event })[83], number)
  })
  const odd = bytes(ANNOUNCE_HEX)
  odd[83] = 99
  const read = readUdpRequest(odd)
  assert(read?.kind === 'announce')
  assert.equal(read.announce.event, 'none')
})

test('path and query of the URL follow as options of BEP 41, long ones in several', () => {
  const short = writeAnnounceRequest(CONNECTION, 1, REQUEST, '/a?k=1')
  assert.equal(toHex(short.subarray(98)), `0206${toHex(fromLatin1('/a?k=1'))}`)
  const long = writeAnnounceRequest(CONNECTION, 1, REQUEST, 'x'.repeat(300))
  assert.equal(long.length, 98 + 2 + 255 + 2 + 45)
  assert.deepEqual([long[98], long[99], long[98 + 257], long[99 + 257]], [2, 255, 2, 45])
  assert.equal(readUdpRequest(long)?.kind, 'announce')
})

test('[70] requests that are too short are none; longer ones are fine', () => {
  const longer = (packet: Uint8Array): Uint8Array => concatBytes([packet, new Uint8Array(9)])
  assert.equal(readUdpRequest(bytes(ANNOUNCE_HEX).subarray(0, 97)), undefined)
  assert.equal(readUdpRequest(writeConnectRequest(1).subarray(0, 15)), undefined)
  assert.equal(readUdpRequest(longer(bytes(ANNOUNCE_HEX)))?.kind, 'announce')
  assert.equal(readUdpRequest(longer(writeConnectRequest(1)))?.kind, 'connect')
  assert.equal(readUdpRequest(bytes('0102030405060708 00000007 00000001')), undefined)
})

test('[75] a scrape carries up to 74 hashes; a partial last one is left out', () => {
  const packet = writeScrapeRequest(CONNECTION, 9, Array(80).fill(HASH))
  const read = readUdpRequest(packet)
  assert(read?.kind === 'scrape')
  assert.equal(read.infoHashes.length, 74)
  const cut = readUdpRequest(packet.subarray(0, 16 + 20 + 19))
  assert(cut?.kind === 'scrape')
  assert.deepEqual(cut.infoHashes, [HASH])
})

test('connect, scrape and error answers read as they were written', () => {
  assert.deepEqual(readUdpAnswer(writeConnectAnswer(7, CONNECTION), 6), {
    kind: 'connect',
    transactionId: 7,
    connectionId: CONNECTION,
  })
  const packet = writeUdpScrapeAnswer(7, [{ seeders: 1, completed: 2, leechers: 3 }])
  assert.equal(toHex(packet), '00000002' + '00000007' + '00000001' + '00000002' + '00000003')
  assert.deepEqual(readUdpAnswer(concatBytes([packet, new Uint8Array(11)]), 6), {
    kind: 'scrape',
    transactionId: 7,
    counts: [{ seeders: 1, completed: 2, leechers: 3 }],
  })
  assert.deepEqual(readUdpAnswer(writeErrorAnswer(7, 'no'), 6), { kind: 'error', transactionId: 7, failure: 'no' })
})

test('[74] peers of an announce answer are 6 bytes on an IPv4 socket and 18 on an IPv6 socket', () => {
  const peers4 = bytes('01020304 1ae1')
  const peers6 = bytes('20010db8000000000000000000000001 0050')
  const packet = writeUdpAnnounceAnswer(7, REPLY, peers4)
  assert.equal(toHex(packet), '00000001' + '00000007' + '00000708' + '00000004' + '00000003' + '010203041ae1')
  const read4 = readUdpAnswer(packet, 6)
  const read6 = readUdpAnswer(writeUdpAnnounceAnswer(7, REPLY, peers6), 18)
  assert(read4?.kind === 'announce' && read6?.kind === 'announce')
  assert.deepEqual(read4.answer.peers, [{ ip: '1.2.3.4', port: 6881 }])
  assert.deepEqual(read6.answer.peers, [{ ip: '2001:db8::1', port: 80 }])
  assert.deepEqual([read4.answer.intervalSec, read4.answer.seeders, read4.answer.leechers], [1800, 3, 4])
})

test('[70] answers under 16, 20 and 8 bytes are none', () => {
  assert.equal(readUdpAnswer(writeConnectAnswer(7, CONNECTION).subarray(0, 15), 6), undefined)
  assert.equal(readUdpAnswer(writeUdpAnnounceAnswer(7, REPLY, new Uint8Array()).subarray(0, 19), 6), undefined)
  assert.equal(readUdpAnswer(writeUdpScrapeAnswer(7, []).subarray(0, 7), 6), undefined)
  assert.equal(readUdpAnswer(bytes('00000004 00000007 00000000'), 6), undefined)
})

test('[76] the text of an error answer is cut and loses control characters', () => {
  const read = readUdpAnswer(writeErrorAnswer(7, `\x1b[31m${'x'.repeat(2000)}`), 6)
  assert(read?.kind === 'error')
  assert.equal(read.failure, `[31m${'x'.repeat(996)}`)
})
