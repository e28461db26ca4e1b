import assert from 'node:assert/strict'
import test from 'node:test'
import { toHex } from '../../../src/core/bytes.ts'
import { AppError } from '../../../src/core/errors.ts'
import { parseMagnet, printMagnet } from '../../../src/core/metainfo/magnet.ts'

const HEX = 'c12fe1c06bba254a9dc9f519b335aa7c1367a88a'
const HEX2 = 'caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e'
const XT = `xt=urn:btih:${HEX}`

test('[48] a v1 hash is 40 hex digits or 32 base32 digits, in either case', () => {
  for (const hash of [HEX, HEX.toUpperCase(), 'YEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK', 'yex6dqdlxisuvhoj6um3gnnkpqjwpkek']) {
    const { infoHashV1, infoHashV2 } = parseMagnet(`magnet:?xt=urn:btih:${hash}`)
    assert.equal(toHex(infoHashV1 ?? new Uint8Array(0)), HEX)
    assert.equal(infoHashV2, undefined)
  }
})

test('[48] a v2 hash is a multihash, and a hybrid link has both', () => {
  const { infoHashV1, infoHashV2 } = parseMagnet(`magnet:?${XT}&xt=urn:btmh:1220${HEX2}`)
  assert.equal(toHex(infoHashV1 ?? new Uint8Array(0)), HEX)
  assert.equal(toHex(infoHashV2 ?? new Uint8Array(0)), HEX2)
})

test('[48] the other keys: name, trackers, web seeds, peers of both families, size', () => {
  const link = `magnet:?${XT}&dn=a+b%20%C3%BC&tr=http%3A%2F%2Ft%2Fa%3Fk%3D1+2&tr.1=udp://u:1&ws=http://w/&xl=42`
  const magnet = parseMagnet(`${link}&x.pe=1.2.3.4:5&x.pe=%5B::1%5D:6&x.pe=host:7&x.pe=1.2.3.4:0`)
  assert.equal(magnet.name, 'a b ü')
  assert.deepEqual(magnet.trackers, ['http://t/a?k=1+2', 'udp://u:1'])
  assert.deepEqual(magnet.webSeeds, ['http://w/'])
  assert.deepEqual(magnet.peers, [
    { ip: '1.2.3.4', port: 5 },
    { ip: '::1', port: 6 },
  ])
  assert.equal(magnet.exactLength, 42)
})

test('a link is read whatever its case, order, numbering and surroundings', () => {
  const magnet = parseMagnet(` MAGNET:?dn=x&unknown&=&XT.1=URN:BTIH:${HEX}&xt=urn:sha1:abc\n`)
  assert.equal(magnet.name, 'x')
})

test('[116] so selects files; ranges merge, bad and huge parts are skipped', () => {
  const selected = (so: string): readonly number[] | undefined => parseMagnet(`magnet:?${XT}&so=${so}`).selectOnly
  assert.deepEqual(selected('0,2,4,6-8'), [0, 2, 4, 6, 7, 8])
  assert.deepEqual(selected('6-8,7-9,7,0&so=3'), [0, 3, 6, 7, 8, 9])
  assert.deepEqual(selected('x,-1,5-,9-7,1-99999999999,2-9000000,1e3, 4'), undefined)
  assert.equal(selected(''), undefined)
  assert.equal(selected('0-329999,'.repeat(5000))?.length, 330_000)
})

test('[125] a % that escapes nothing, and bytes that are no UTF-8, do no harm', () => {
  assert.equal(parseMagnet(`magnet:?${XT}&dn=100%`).name, '100%')
  assert.equal(parseMagnet(`magnet:?${XT}&dn=%E0%A4%A`).name, '\ufffd%A')
})

test('[138] the name is cleaned', () => {
  assert.equal(parseMagnet(`magnet:?${XT}&dn=..%2F..%2Fetc%1B`).name, '....etc_')
  assert.equal(parseMagnet(`magnet:?${XT}&dn=`).name, undefined)
})

const refused: readonly [link: string, why: RegExp][] = [
  ['', /does not begin/],
  ['http://x', /does not begin/],
  ['magnet:?dn=x', /no info-hash/],
  ['magnet:?xt=urn:sha1:abc', /no info-hash/],
  ['magnet:?xt=urn:btih:12', /neither 40 hex/],
  [`magnet:?xt=urn:btih:${HEX.slice(0, 39)}g`, /neither 40 hex/],
  [`magnet:?xt=urn:btih:${'1'.repeat(32)}`, /neither 40 hex/],
  [`magnet:?xt=urn:btmh:1320${HEX2}`, /v2 info-hash/],
  [`magnet:?xt=urn:btmh:1220${HEX2.slice(2)}`, /v2 info-hash/],
  [`magnet:?${XT}&xt=urn:btih:${'0'.repeat(40)}`, /two v1/],
  [`magnet:?${XT}&dn=${'x'.repeat(70_000)}`, /65536 characters/],
]
for (const [link, why] of refused) {
  test(`[125] refused: ${link.slice(0, 70) || 'nothing'}`, () => {
    assert.throws(
      () => parseMagnet(link),
      (error) => error instanceof AppError && error.code === 'bad-magnet' && why.test(error.message),
    )
  })
}

test('a printed link reads back as the same, and fits in single quotes', () => {
  const link =
    `magnet:?${XT}&xt=urn:btmh:1220${HEX2}&dn=it%27s%20(%C3%BC)&xl=7&tr=http%3A%2F%2Ft%2F%3Fa%3Db%26c` +
    '&ws=http%3A%2F%2Fw%2Fx%20y&x.pe=[::1]:6&so=0-2,9'
  const magnet = parseMagnet(link)
  const printed = printMagnet(magnet)
  assert.deepEqual(parseMagnet(printed), magnet)
  assert.ok(!printed.includes("'") && !printed.includes(' '))
})
