import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readU16, writeU32 } from '../../../src/core/bytes.ts'
import { SwarmCall } from '../../../src/core/tracker/swarm-call.ts'
import { isUdpAnnounce, readUdpAnnounce, readUrlData } from '../../../src/core/tracker/udp-announce.ts'
import { readUdpRequest, writeAnnounceRequest } from '../../../src/core/tracker/udp-packets.ts'
import { makeRequest } from '../../support/tracker-asker.ts'

test('an announce is read quickly as it is read slowly, whatever its bytes', () => {
  const bytes = fc.uint8Array({ minLength: 90, maxLength: 130 })
  const few = fc.nat({ max: 6 })
  const ips = fc.constantFrom(4, 16).map((length) => new Uint8Array(length).fill(7))
  fc.assert(
    fc.property(bytes, fc.constantFrom(0, 1, 2, 3), few, fc.boolean(), ips, (packet, action, event, isSeed, ip) => {
      writeU32(packet, 8, action)
      writeU32(packet, 80, event)
      if (isSeed) packet.fill(0, 64, 72)
      const slow = readUdpRequest(packet)
      assert.equal(isUdpAnnounce(packet, packet.length), slow?.kind === 'announce')
      if (slow?.kind !== 'announce') return
      const call = new SwarmCall()
      const wanted = readUdpAnnounce(packet, ip, call)
      const { announce } = slow
      assert.equal(wanted, announce.numWant)
      assert.deepEqual(call.infoHash, Uint8Array.from(announce.infoHash))
      assert.deepEqual(call.address.slice(0, ip.length), ip)
      assert.equal(readU16(call.address, ip.length), announce.port)
      assert.equal(call.isSeed, announce.left === 0)
      assert.equal(call.isStopped, announce.event === 'stopped')
      assert.equal(call.hasCompleted, announce.event === 'completed')
      assert.equal(call.isSeedWelcome, announce.left !== 0 && announce.event !== 'paused')
    }),
    { numRuns: 2000 },
  )
})

test('the announce URL of BEP 41 is read as it was written, and garbage behind an announce does no harm', () => {
  const text = fc.string({ unit: 'binary-ascii', maxLength: 400 })
  fc.assert(
    fc.property(text, fc.uint8Array({ maxLength: 60 }), (url, garbage) => {
      const packet = writeAnnounceRequest(new Uint8Array(8), 1, makeRequest(), url)
      assert.equal(readUrlData(packet, packet.length), url)
      const odd = Uint8Array.of(...packet.subarray(0, 98), ...garbage)
      assert.equal(typeof readUrlData(odd, odd.length), 'string')
    }),
  )
})
