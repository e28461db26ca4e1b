import assert from 'node:assert/strict'
import test from 'node:test'
import { fromLatin1 } from '../../../src/core/bytes.ts'
import { infoHash, peerId } from '../../../src/core/ids.ts'
import {
  HANDSHAKE_BYTES,
  type HandshakeFlags,
  readHandshake,
  writeHandshake,
} from '../../../src/core/wire/handshake.ts'
import { bytes } from './recorder.ts'

const hash = infoHash(new Uint8Array(20).fill(0xaa))
const id = peerId(fromLatin1('-SH0100-abcdefghijkl'))
assert.ok(hash !== undefined && id !== undefined)
const NONE: HandshakeFlags = { extended: false, fast: false, dht: false, v2: false }
const PROTOCOL = '13 426974546f7272656e742070726f746f636f6c'
const REST = `${'aa'.repeat(20)} 2d5348303130302d6162636465666768696a6b6c`

function written(flags: HandshakeFlags): Uint8Array {
  assert.ok(hash !== undefined && id !== undefined)
  const buf = new Uint8Array(HANDSHAKE_BYTES + 2).fill(0xee)
  assert.equal(writeHandshake(buf, 1, hash, id, flags), 1 + HANDSHAKE_BYTES)
  assert.deepEqual([buf[0], buf.at(-1)], [0xee, 0xee])
  return buf.slice(1, -1)
}

test('[6] a handshake is 19, the protocol, eight reserved bytes, info-hash and peer id', () => {
  assert.deepEqual(written(NONE), bytes(`${PROTOCOL} 0000000000000000 ${REST}`))
})

test('[51] [31] [27] [113] each flag is one bit, both ways', () => {
  const bits: [HandshakeFlags, string][] = [
    [{ ...NONE, extended: true }, '0000000000100000'],
    [{ ...NONE, fast: true }, '0000000000000004'],
    [{ ...NONE, dht: true }, '0000000000000001'],
    [{ ...NONE, v2: true }, '0000000000000010'],
    [{ extended: true, fast: true, dht: true, v2: true }, '0000000000100015'],
  ]
  for (const [flags, reserved] of bits) {
    const buf = written(flags)
    assert.deepEqual(buf, bytes(`${PROTOCOL} ${reserved} ${REST}`))
    assert.deepEqual(readHandshake(buf, 0, buf.length), { flags, infoHash: hash, peerId: id })
  }
})

test('reserved bits that we do not know change nothing', () => {
  const buf = bytes(`${PROTOCOL} ffffffffffefffea ${REST}`)
  assert.deepEqual(readHandshake(buf, 0, buf.length), { flags: NONE, infoHash: hash, peerId: id })
})

test('[6] the info-hash can be read before the peer id is there', () => {
  const buf = written(NONE)
  for (let end = 0; end < 48; end++) assert.equal(readHandshake(buf, 0, end), undefined)
  for (let end = 48; end < 68; end++) {
    assert.deepEqual(readHandshake(buf, 0, end), { flags: NONE, infoHash: hash, peerId: undefined })
  }
})

test('another protocol is refused at its first wrong byte', () => {
  const http = fromLatin1('GET / HTTP/1.1')
  assert.equal(readHandshake(http, 0, 1), 'bad-handshake')
  const almost = bytes(PROTOCOL)
  almost[19] = 0x4c
  assert.equal(readHandshake(almost, 0, 19), undefined)
  assert.equal(readHandshake(almost, 0, 20), 'bad-handshake')
})

test('what was read stays when the buffer is used again, and bytes after it are left alone', () => {
  const buf = new Uint8Array(80)
  buf.set(written(NONE), 5)
  const handshake = readHandshake(buf, 5, 80)
  buf.fill(0)
  assert.deepEqual(handshake, { flags: NONE, infoHash: hash, peerId: id })
})
