import assert from 'node:assert/strict'
import test from 'node:test'
import { encodeBencode, type Encodable } from '../../../src/core/bencode.ts'
import { fromLatin1, toLatin1 } from '../../../src/core/bytes.ts'
import {
  type ExtendedHandshake,
  ExtensionIds,
  OUR_EXTENSION_IDS,
  readExtendedHandshake,
  writeExtendedHandshake,
} from '../../../src/core/ext/extended.ts'

function read(value: Encodable): ExtendedHandshake {
  const handshake = readExtendedHandshake(encodeBencode(value))
  assert.ok(typeof handshake !== 'string')
  return handshake
}

test('our handshake is a canonical dictionary of what we say', () => {
  const body = writeExtendedHandshake({
    m: new Map([['ut_metadata', OUR_EXTENSION_IDS.ut_metadata]]),
    p: 6881,
    v: 'Shoal 0.1',
    yourip: '1.2.3.4',
    reqq: 500,
    metadataSize: 31_235,
    uploadOnly: true,
  })
  assert.equal(
    toLatin1(body),
    'd1:md11:ut_metadatai1ee13:metadata_sizei31235e1:pi6881e4:reqqi500e11:upload_onlyi1e1:v9:Shoal 0.16:yourip4:\x01\x02\x03\x04e',
  )
})

test('what is not said is not written, and reads as not said', () => {
  const body = writeExtendedHandshake({ m: new Map() })
  assert.equal(toLatin1(body), 'd1:mdee')
  const { m, ...rest } = read(new Map())
  assert.equal(m.size, 0)
  assert.deepEqual(new Set(Object.values(rest)), new Set([undefined]))
})

test('[53] values of the wrong type count as not said, and the others are read', () => {
  const handshake = read({ m: 7, p: 'x', v: 5, yourip: 'abc', reqq: [], metadata_size: new Map(), upload_only: '1' })
  assert.deepEqual(handshake, read(new Map()))
  assert.equal(read({ m: [], p: 6881 }).p, 6881)
  assert.equal(read({ m: { ut_metadata: '3', lt_donthave: 4 } }).m.get('lt_donthave'), 4)
})

const bounds: readonly [string, 'p' | 'reqq' | 'metadata_size', number | bigint, number | undefined][] = [
  ['port 0', 'p', 0, undefined],
  ['port 65536', 'p', 65_536, undefined],
  ['a negative port', 'p', -1, undefined],
  ['reqq 0', 'reqq', 0, undefined],
  ['reqq 1', 'reqq', 1, 1],
  ['a huge reqq', 'reqq', 1_000_000, 4096],
  ['[46] a metadata size of 0', 'metadata_size', 0, undefined],
  ['[46] a negative metadata size', 'metadata_size', -5, undefined],
  ['[46] a metadata size of 10 MiB', 'metadata_size', 10_485_760, 10_485_760],
  ['[46] a metadata size above 10 MiB', 'metadata_size', 10_485_761, undefined],
  ['[46] a metadata size beyond 2^53', 'metadata_size', 2n ** 60n, undefined],
]
for (const [what, key, value, expected] of bounds) {
  test(`[53] ${what} reads as ${expected ?? 'not said'}`, () => {
    const { p, reqq, metadataSize } = read({ [key]: value })
    assert.deepEqual({ p, reqq, metadata_size: metadataSize }[key], expected)
  })
}

test('[84] upload_only is a number, and any but 0 means yes', () => {
  assert.equal(read({ upload_only: 1 }).uploadOnly, true)
  assert.equal(read({ upload_only: 0 }).uploadOnly, false)
  assert.equal(read({ upload_only: 2 }).uploadOnly, true)
})

test('yourip is 4 or 16 bytes, and a mapped IPv4 address is an IPv4 address', () => {
  assert.equal(read({ yourip: Uint8Array.of(1, 2, 3, 4) }).yourip, '1.2.3.4')
  assert.equal(read({ yourip: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 1, 2, 3, 4) }).yourip, '1.2.3.4')
  const v6 = writeExtendedHandshake({ m: new Map(), yourip: '2001:db8::1' })
  const handshake = readExtendedHandshake(v6)
  assert.ok(typeof handshake !== 'string')
  assert.equal(handshake.yourip, '2001:db8::1')
})

test('the client name is cleaned and cut, also if it is no UTF-8', () => {
  assert.equal(read({ v: '\x1b[2Jµ\u202e' }).v, '[2Jµ')
  assert.equal(read({ v: 'x'.repeat(10_000) }).v?.length, 48)
  assert.equal(read({ v: fromLatin1('\xb5Torrent') }).v, '\ufffdTorrent')
  assert.equal(read({ v: '\n' }).v, undefined)
})

test('[54] unknown names are ignored, also those that JavaScript objects have', () => {
  const { m } = read({
    m: new Map<string, number>([
      ['__proto__', 1],
      ['toString', 2],
      ['ut_pex', 3],
      ['ut_metadata', 4],
    ]),
    zz: 1,
  })
  assert.deepEqual([...m], [['ut_metadata', 4]])
})

test('numbers that no byte holds are ignored', () => {
  assert.equal(read({ m: { ut_metadata: 256, lt_donthave: -1 } }).m.size, 0)
})

test('bytes after the dictionary are ignored; what is no dictionary is a violation', () => {
  assert.ok(typeof readExtendedHandshake(fromLatin1('de\0\0')) !== 'string')
  for (const text of ['', 'i1e', 'le', 'd', '4:abcd', `${'l'.repeat(50)}${'e'.repeat(50)}`, 'd1:m']) {
    assert.equal(readExtendedHandshake(fromLatin1(text)), 'bad-extended')
  }
})

test('[52] later handshakes add to earlier ones, and 0 switches off', () => {
  const ids = new ExtensionIds()
  assert.equal(ids.idOf('ut_metadata'), undefined)
  ids.update(read({ m: { ut_metadata: 9 } }))
  ids.update(read({ m: { lt_donthave: 7 } }))
  assert.deepEqual([ids.idOf('ut_metadata'), ids.idOf('lt_donthave'), ids.idOf('upload_only')], [9, 7, undefined])
  ids.update(read({ m: { ut_metadata: 0, lt_donthave: 8 } }))
  assert.deepEqual([ids.idOf('ut_metadata'), ids.idOf('lt_donthave')], [undefined, 8])
})
