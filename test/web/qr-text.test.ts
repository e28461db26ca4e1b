// What a QR code of a link says.
import assert from 'node:assert/strict'
import test from 'node:test'
import { encode } from 'uqr'
import { MOST_BYTES, qrPath, qrText } from '../../src/web/share/qr-text.ts'

const HASH = `xt=urn:btih:${'ab'.repeat(20)}`

test('a link that has room is told whole', () => {
  const link = `magnet:?${HASH}&dn=photos`
  assert.deepEqual(qrText(link), { text: link, isShort: false })
})

test('of a long link only what finds the torrent is told', () => {
  const link = `magnet:?${HASH}&dn=photos${'&tr=http%3A%2F%2Ftracker.example%2Fannounce'.repeat(40)}`
  assert.deepEqual(qrText(link), { text: `magnet:?${HASH}`, isShort: true })
})

test('what has no short form is told by no code', () => {
  assert.equal(qrText(`http://192.0.2.1/${'x'.repeat(MOST_BYTES)}`), undefined)
  assert.equal(qrText(`magnet:?dn=${'x'.repeat(MOST_BYTES)}`), undefined)
})

test('the longest text still becomes a code, with a square for each dark module', () => {
  const { data, size } = encode('x'.repeat(MOST_BYTES), { ecc: 'L', border: 4 })
  assert.equal(data.length, size)
  const dark = data.flat().filter(Boolean).length
  assert.equal(qrPath(data).split('z').length - 1, dark)
  assert.equal(qrPath([[false, true]]), 'M1 0h1v1h-1z')
})
