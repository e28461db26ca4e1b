import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutLongStrings, longString } from '../../../src/core/tracker/long-strings.ts'

const ENCODER = new TextEncoder()
const LONG = 'long, and of any byte. '.repeat(20)

/** The same bytes where words of four begin elsewhere. */
function shifted(bytes: Uint8Array, by: number): Uint8Array {
  const place = new Uint8Array(bytes.length + by)
  place.set(bytes, by)
  return place.subarray(by)
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

test('every byte, at every place in a word, is what JSON takes it for', () => {
  for (let byte = 0; byte < 0x80; byte++) {
    for (let at = 0; at < 8; at++) {
      const inside = LONG.slice(0, at) + String.fromCharCode(byte) + LONG.slice(at)
      const text = `["${inside}"]`
      const bytes = ENCODER.encode(text)
      for (let by = 0; by < 4; by++) {
        const cut = cutLongStrings(shifted(bytes, by))
        const isCut = cut?.long.length === 1 && cut.rest === '["\\u0000long 0"]'
        // A quote ends it: then what follows is no JSON, or a string without an end.
        assert.equal(isCut, isJson(text), `${byte} at ${at}`)
        if (isCut) assert.deepEqual(Buffer.from(cut.long[0] ?? []).toString(), `"${inside}"`)
      }
    }
  }
})

test('characters of several bytes and escapes beside each other stay as they are', () => {
  const inside = `${LONG}\\r\\n\\"\\\\\\u00e9\u00e9\u20ac\u{1f41f}\x7f${LONG}`
  for (let by = 0; by < 4; by++) {
    const cut = cutLongStrings(shifted(ENCODER.encode(`{"sdp":"${inside}","left":1}`), by))
    assert(cut !== undefined)
    assert.equal(cut.rest, '{"sdp":"\\u0000long 0","left":1}')
    const json = longString(cut, '\0long 0')
    assert.equal(Buffer.from(json ?? []).toString(), `"${inside}"`)
  }
})

test('a text without long strings that is longer than most comes back whole', () => {
  const text = JSON.stringify(Array.from({ length: 5000 }, (_, n) => `text ${n}`))
  assert.deepEqual(cutLongStrings(ENCODER.encode(text)), { rest: text, long: [] })
})
