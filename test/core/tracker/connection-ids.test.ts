import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toHex, writeU32 } from '../../../src/core/bytes.ts'
import { ConnectionIds } from '../../../src/core/tracker/connection-ids.ts'
import { SipHash } from '../../../src/core/tracker/siphash.ts'

const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i)

test('SipHash-2-4 gives the values of its authors', () => {
  const sipHash = (key: Uint8Array, message: Uint8Array): Uint8Array => {
    const hash = new SipHash(key)
    hash.hash(message)
    const bytes = new Uint8Array(8)
    writeU32(bytes, 0, hash.high)
    writeU32(bytes, 4, hash.low)
    return bytes.reverse()
  }
  // From vectors_sip64 of the reference implementation: key 00 01 … 0f, message 00 01 … of that length.
  assert.equal(toHex(sipHash(counting(16), counting(0))), '310e0edd47db6f72')
  assert.equal(toHex(sipHash(counting(16), counting(1))), 'fd67dc93c539f874')
  assert.equal(toHex(sipHash(counting(16), counting(8))), '6224939a79f5f593')
  assert.equal(toHex(sipHash(counting(16), counting(15))), 'e545be4961ca29a1')
})

const ids = new ConnectionIds(counting(16))

function make(from: ConnectionIds, ip: Uint8Array, nowSec: number): Uint8Array {
  const id = new Uint8Array(8)
  from.write(ip, nowSec, id, 0)
  return id
}

const ALICE = Uint8Array.of(10, 0, 0, 1)
const BOB = Uint8Array.of(10, 0, 0, 2)

test('[71] a connection id is good for 120 seconds, and no longer than 180', () => {
  for (const madeAt of [0, 59, 60, 1000]) {
    const id = make(ids, ALICE, madeAt)
    for (const age of [0, 1, 60, 119, 120]) assert.equal(ids.isValid(id, ALICE, madeAt + age), true, `${madeAt}+${age}`)
    assert.equal(ids.isValid(id, ALICE, madeAt + 180), false)
  }
})

test('[77] a connection id is good for its address only', () => {
  assert.equal(ids.isValid(make(ids, ALICE, 5), BOB, 5), false)
  assert.equal(ids.isValid(make(ids, ALICE, 5), new Uint8Array(16), 5), false)
})

test('[77] a connection id of the last run is good for nothing', () => {
  assert.equal(new ConnectionIds(new Uint8Array(16)).isValid(make(ids, ALICE, 5), ALICE, 5), false)
})

test('no bit of an id may be another', () => {
  const id = make(ids, ALICE, 1000)
  for (let bit = 0; bit < 64; bit++) {
    const changed = id.slice()
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.equal(ids.isValid(changed, ALICE, 1000), false, `bit ${bit}`)
  }
})

test('an id from the future and one of the wrong length are refused', () => {
  assert.equal(ids.isValid(make(ids, ALICE, 65), ALICE, 5), false)
  assert.equal(ids.isValid(make(ids, ALICE, 5).subarray(0, 7), ALICE, 5), false)
})
