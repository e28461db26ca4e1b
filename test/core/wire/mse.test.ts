import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concatBytes, fromLatin1, toHex, writeU16, writeU32 } from '../../../src/core/bytes.ts'
import {
  CIPHER,
  MAX_PAD_BYTES,
  MSE_KEY_BYTES,
  MSE_PRIME,
  type MseAgreement,
  type MseCrypto,
  MseHandshake,
  obfuscatedHash,
} from '../../../src/core/wire/mse.ts'
import { Rc4 } from '../../../src/core/wire/rc4.ts'
import { nodeMseCrypto } from '../../../src/io/mse-crypto.ts'
import { bytes } from './recorder.ts'

const HASH = new Uint8Array(20).fill(0xaa)
const PAYLOAD = fromLatin1('\x13BitTorrent protocol and so on')

/** What one side has said and not yet been read, and what it concluded. */
interface Side {
  readonly said: Uint8Array[]
  readonly handshake: MseHandshake
  /** How many bytes it was given before it was over. */
  read?: number
}

interface Wishes {
  readonly dialPlain?: boolean
  readonly answerPlain?: boolean
  readonly dialPad?: number
  readonly answerPad?: number
  readonly payload?: Uint8Array
  readonly knows?: Uint8Array
}

function cryptoWith(pad: number): MseCrypto {
  return { ...nodeMseCrypto, padLength: () => pad }
}

function dialler({ dialPlain = true, dialPad = 0, payload = PAYLOAD }: Wishes = {}): Side {
  const said: Uint8Array[] = []
  const options = { infoHash: HASH, payload, allowsPlaintext: dialPlain }
  return { said, handshake: MseHandshake.dial(cryptoWith(dialPad), (sent) => said.push(sent), options) }
}

function answerer({ answerPlain = true, answerPad = 0, knows = HASH }: Wishes = {}): Side {
  const said: Uint8Array[] = []
  const name = toHex(obfuscatedHash(nodeMseCrypto, knows))
  const find = (asked: Uint8Array): Uint8Array | undefined => (toHex(asked) === name ? knows : undefined)
  const options = { find, allowsPlaintext: answerPlain }
  return { said, handshake: MseHandshake.answer(cryptoWith(answerPad), (sent) => said.push(sent), options) }
}

/** Carries what is said to the other side, in parts of at most `cut` bytes, until nobody has anything to say. */
function talk(a: Side, b: Side, cut = Number.POSITIVE_INFINITY): void {
  while (a.said.length + b.said.length > 0) {
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const message = concatBytes(from.said.splice(0))
      for (let at = 0; at < message.length; at += cut) {
        to.handshake.push(message, at, Math.min(message.length, at + cut))
      }
    }
  }
}

function agreed({ handshake }: Side): MseAgreement {
  const { outcome } = handshake
  assert.ok(typeof outcome === 'object', typeof outcome === 'string' ? outcome : 'it waits for more')
  return outcome
}

/** What one side encrypts the other decrypts, both ways. */
function assertUnderstand(a: MseAgreement, b: MseAgreement): void {
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const text = fromLatin1('a block of sixteen kibibytes')
    const sent = text.slice()
    from.ciphers?.outgoing.apply(sent, 0, sent.length)
    assert.notDeepEqual(sent, text)
    to.ciphers?.incoming.apply(sent, 0, sent.length)
    assert.deepEqual(sent, text)
  }
}

test('RC4 gives the key streams of RFC 6229, wherever it is cut', () => {
  const key = bytes('0102030405060708090a0b0c0d0e0f10')
  const at = (skip: number, length: number, cut: number): string => {
    const stream = new Uint8Array(length)
    const cipher = new Rc4(key, skip)
    for (let from = 0; from < length; from += cut) cipher.apply(stream, from, Math.min(length, from + cut))
    return toHex(stream)
  }
  const begin = '9ac7cc9a609d1ef7b2932899cde41b975248c4959014126a6e8a84f11d1a9e1c'
  for (const cut of [1, 7, 32]) assert.equal(at(0, 32, cut), begin)
  assert.equal(at(1024, 16, 16), 'bdf0324e6083dcc6d3cedd3ca8c53c16')
  const short = new Uint8Array(16)
  new Rc4(bytes('0102030405'), 0).apply(short, 0, 16)
  assert.equal(toHex(short), 'b2396305f03dc027ccc3524a0a1118a8')
})

test('keys and secrets have 96 bytes, and both sides find the same secret', () => {
  for (let n = 0; n < 50; n++) {
    const [a, b] = [nodeMseCrypto.newKeys(), nodeMseCrypto.newKeys()]
    assert.equal(a.publicKey.length, MSE_KEY_BYTES)
    const secret = a.secretWith(b.publicKey)
    assert.equal(secret.length, MSE_KEY_BYTES)
    assert.deepEqual(b.secretWith(a.publicKey), secret)
  }
})

test('both sides agree on RC4 and understand each other, with padding of every length at the edges', () => {
  const edges = [0, 1, 7, 8, 19, 20, 511, 512]
  for (const dialPad of edges) {
    for (const answerPad of edges) {
      const wishes = { dialPad, answerPad, answerPlain: false }
      const [a, b] = [dialler(wishes), answerer(wishes)]
      talk(a, b)
      assert.deepEqual(agreed(b).payload, PAYLOAD)
      assertUnderstand(agreed(a), agreed(b))
    }
  }
})

test('where the bytes are cut makes no difference', () => {
  for (const cut of [1, 2, 3, 95, 96, 97]) {
    const wishes = { dialPad: 300, answerPad: 200, answerPlain: false }
    const [a, b] = [dialler(wishes), answerer(wishes)]
    talk(a, b, cut)
    assertUnderstand(agreed(a), agreed(b))
  }
})

test('plaintext is chosen if both sides allow it, and else RC4', () => {
  for (const [dialPlain, answerPlain] of [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ] as const) {
    const wishes = { dialPlain, answerPlain }
    const [a, b] = [dialler(wishes), answerer(wishes)]
    talk(a, b)
    assert.equal(agreed(a).ciphers === undefined, dialPlain && answerPlain)
    assert.equal(agreed(b).ciphers === undefined, dialPlain && answerPlain)
    assert.deepEqual(agreed(b).payload, PAYLOAD)
  }
})

test('a payload may be absent, or as long as its length can be said', () => {
  for (const length of [0, 1, 65_535]) {
    const payload = new Uint8Array(length).fill(7)
    const [a, b] = [dialler({ payload }), answerer()]
    talk(a, b, 1_000)
    assert.deepEqual(agreed(b).payload, payload)
  }
})

test('it takes no byte of what comes after it', () => {
  const [a, b] = [dialler(), answerer()]
  b.handshake.push(concatBytes(a.said.splice(0)), 0, MSE_KEY_BYTES)
  a.handshake.push(concatBytes(b.said.splice(0)), 0, MSE_KEY_BYTES)
  const last = concatBytes([...a.said.splice(0), fromLatin1('more')])
  assert.equal(b.handshake.push(last, 0, last.length), last.length - 4)
  agreed(b)
  const answer = concatBytes([...b.said.splice(0), fromLatin1('more')])
  assert.equal(a.handshake.push(answer, 0, answer.length), answer.length - 4)
  agreed(a)
})

test('a public key with which anybody knows the secret is refused by both sides', () => {
  const last = MSE_PRIME.slice()
  last[MSE_KEY_BYTES - 1] = 0x62
  const [zero, one] = [new Uint8Array(MSE_KEY_BYTES), new Uint8Array(MSE_KEY_BYTES)]
  one[MSE_KEY_BYTES - 1] = 1
  for (const key of [zero, one, last, MSE_PRIME, new Uint8Array(MSE_KEY_BYTES).fill(0xff)]) {
    for (const side of [dialler(), answerer()]) {
      side.said.length = 0
      side.handshake.push(key, 0, key.length)
      assert.equal(side.handshake.outcome, 'bad-encryption')
      assert.deepEqual(side.said, [])
    }
  }
})

/** What a hand-made dialler says after the public keys; all of it right but for what is changed. */
interface Offer {
  readonly vc?: number
  readonly provide?: number
  readonly pad?: number
  readonly infoHash?: Uint8Array
}

function answerTo({ vc = 0, provide = CIPHER.rc4, pad = 0, infoHash = HASH }: Offer, wishes: Wishes = {}): Side {
  const side = answerer(wishes)
  const keys = nodeMseCrypto.newKeys()
  side.handshake.push(keys.publicKey, 0, MSE_KEY_BYTES)
  const secret = keys.secretWith(concatBytes(side.said.splice(0)).subarray(0, MSE_KEY_BYTES))
  const hashOf = (...parts: readonly Uint8Array[]): Uint8Array => nodeMseCrypto.sha1(concatBytes(parts))
  const named = obfuscatedHash(nodeMseCrypto, infoHash)
  const mask = hashOf(fromLatin1('req3'), secret)
  const offer = new Uint8Array(14 + pad + 2)
  offer[7] = vc
  writeU32(offer, 8, provide)
  writeU16(offer, 12, pad)
  new Rc4(hashOf(fromLatin1('keyA'), secret, infoHash), 1024).apply(offer, 0, offer.length)
  const message = concatBytes([hashOf(fromLatin1('req1'), secret), named.map((n, i) => n ^ (mask[i] ?? 0)), offer])
  // Byte by byte, to see how many it reads before it gives up.
  for (let at = 0; at < message.length && side.handshake.outcome === undefined; at++) {
    side.handshake.push(message, at, at + 1)
    side.read = at + 1
  }
  return side
}

test('what is wrong in an offer ends it, and an unknown torrent does not show earlier than a wrong key', () => {
  agreed(answerTo({}))
  agreed(answerTo({ pad: MAX_PAD_BYTES, provide: 0xffffffff }))
  const wrongs = [{ vc: 1 }, { provide: 0 }, { provide: 4 }, { pad: 513 }, { infoHash: new Uint8Array(20) }]
  for (const offer of wrongs) {
    const side = answerTo(offer)
    assert.equal(side.handshake.outcome, 'bad-encryption')
    assert.deepEqual(side.said, [])
    assert.equal(side.read, 20 + 20 + 14)
  }
})

test('an offer of plaintext alone is refused where encryption is required', () => {
  assert.equal(agreed(answerTo({ provide: CIPHER.plaintext })).ciphers, undefined)
  assert.equal(answerTo({ provide: CIPHER.plaintext }, { answerPlain: false }).handshake.outcome, 'bad-encryption')
})

test('a choice that was not offered, padding too long or a wrong key end it for who dialled', () => {
  const outcomeOf = (selected: number, pad: number, dialPlain: boolean, infoHash = HASH): unknown => {
    const side = dialler({ dialPlain })
    const theirKey = concatBytes(side.said.splice(0)).subarray(0, MSE_KEY_BYTES)
    const keys = nodeMseCrypto.newKeys()
    const key = nodeMseCrypto.sha1(concatBytes([fromLatin1('keyB'), keys.secretWith(theirKey), infoHash]))
    const choice = new Uint8Array(14 + pad)
    writeU32(choice, 8, selected)
    writeU16(choice, 12, pad)
    new Rc4(key, 1024).apply(choice, 0, choice.length)
    const message = concatBytes([keys.publicKey, choice, new Uint8Array(600)])
    side.handshake.push(message, 0, message.length)
    return typeof side.handshake.outcome === 'object' ? 'agreed' : side.handshake.outcome
  }
  assert.equal(outcomeOf(CIPHER.rc4, 512, false), 'agreed')
  assert.equal(outcomeOf(CIPHER.plaintext, 0, true), 'agreed')
  assert.equal(outcomeOf(CIPHER.plaintext, 0, false), 'bad-encryption')
  for (const selected of [0, 3, 4, 0x80000002]) assert.equal(outcomeOf(selected, 0, true), 'bad-encryption')
  assert.equal(outcomeOf(CIPHER.rc4, 513, true), 'bad-encryption')
  assert.equal(outcomeOf(CIPHER.rc4, 0, true, new Uint8Array(20)), 'bad-encryption')
})

test('padding of 513 bytes is too long for either side to find its end', () => {
  const keys = nodeMseCrypto.newKeys()
  for (const [side, mark] of [
    [dialler(), 8],
    [answerer(), 20],
  ] as const) {
    const most = concatBytes([keys.publicKey, new Uint8Array(MAX_PAD_BYTES + mark + 1)])
    assert.equal(side.handshake.push(most, 0, most.length), most.length - 1)
    assert.equal(side.handshake.outcome, 'bad-encryption')
  }
})

test('random bytes never throw and are never taken for a handshake', () => {
  const key = nodeMseCrypto.newKeys().publicKey
  const garbage = fc.tuple(fc.boolean(), fc.uint8Array({ maxLength: 1_500 }), fc.integer({ min: 1, max: 1_500 }))
  fc.assert(
    fc.property(garbage, ([hasKey, random, cut]) => {
      const input = hasKey ? concatBytes([key, random]) : random
      for (const side of [dialler(), answerer()]) {
        for (let at = 0; at < input.length; at += cut) {
          side.handshake.push(input, at, Math.min(input.length, at + cut))
        }
        assert.notEqual(typeof side.handshake.outcome, 'object')
      }
    }),
    { numRuns: 200 },
  )
})

test('one changed bit of what counts is never taken for a handshake', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 8 * (MSE_KEY_BYTES + 20 + 20 + 8) - 1 }), (bit) => {
      const [a, b] = [dialler(), answerer()]
      const first = concatBytes(a.said.splice(0))
      if (bit < first.length * 8) flip(first, bit)
      b.handshake.push(first, 0, first.length)
      const key = concatBytes(b.said.splice(0))
      a.handshake.push(key, 0, key.length)
      const second = concatBytes(a.said.splice(0))
      if (bit >= first.length * 8) flip(second, bit - first.length * 8)
      b.handshake.push(second, 0, second.length)
      assert.notEqual(typeof b.handshake.outcome, 'object')
    }),
    { numRuns: 200 },
  )
})

function flip(buf: Uint8Array, bit: number): void {
  buf[bit >> 3] = (buf[bit >> 3] ?? 0) ^ (1 << (bit & 7))
}
