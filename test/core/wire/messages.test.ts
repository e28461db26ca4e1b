import assert from 'node:assert/strict'
import test from 'node:test'
import {
  MESSAGE,
  payloadLimit,
  writeBare,
  writeBlockHeader,
  writeBlockMessage,
  writeExtendedHeader,
  writeIndex,
  writeKeepAlive,
  writePayload,
  writePort,
} from '../../../src/core/wire/messages.ts'
import { bytes } from './recorder.ts'

const written: readonly [string, string, (buf: Uint8Array, at: number) => number][] = [
  ['a keep-alive', '00000000', (buf, at) => writeKeepAlive(buf, at)],
  ['choke', '00000001 00', (buf, at) => writeBare(buf, at, MESSAGE.choke)],
  ['have none', '00000001 0f', (buf, at) => writeBare(buf, at, MESSAGE.haveNone)],
  ['have', '00000005 04 01020304', (buf, at) => writeIndex(buf, at, MESSAGE.have, 0x01020304)],
  ['allowed fast', '00000005 11 00000009', (buf, at) => writeIndex(buf, at, MESSAGE.allowedFast, 9)],
  [
    'request',
    '0000000d 06 00000001 00004000 00002000',
    (buf, at) => writeBlockMessage(buf, at, MESSAGE.request, 1, 16384, 8192),
  ],
  [
    'reject',
    '0000000d 10 00000001 00004000 00002000',
    (buf, at) => writeBlockMessage(buf, at, MESSAGE.reject, 1, 16384, 8192),
  ],
  ['the head of a block', '00004009 07 00000001 00008000', (buf, at) => writeBlockHeader(buf, at, 1, 32768, 16384)],
  ['port', '00000003 09 1ae1', (buf, at) => writePort(buf, at, 6881)],
  ['bitfield', '00000003 05 ff80', (buf, at) => writePayload(buf, at, MESSAGE.bitfield, bytes('ff80'))],
  ['the head of an extension message', '00000005 14 03', (buf, at) => writeExtendedHeader(buf, at, 3, 3)],
]
for (const [name, hex, write] of written) {
  test(`${name} is written where it belongs, and nothing around it`, () => {
    const buf = new Uint8Array(40).fill(0xee)
    const end = write(buf, 2)
    assert.deepEqual(buf.subarray(2, end), bytes(hex))
    assert.ok(buf.every((byte, at) => (at >= 2 && at < end) || byte === 0xee))
  })
}

test('[130] the payload limit is the bitfield, or an extension message if that is larger', () => {
  assert.equal(payloadLimit(100), 32_768)
  assert.equal(payloadLimit(1_000_001), 125_001)
  assert.equal(payloadLimit(undefined), 262_144)
})
