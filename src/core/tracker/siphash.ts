// SipHash-2-4 (Aumasson and Bernstein, 2012): 64 bits that nobody can predict without the 16-byte key. Made for short
// inputs: UDP trackers need one or two for every packet.
import { readU8 } from '../bytes.ts'

/** The 8 bytes of the hash, least significant first. `key` is 16 bytes. */
export function sipHash(key: Uint8Array, message: Uint8Array): Uint8Array {
  const [k0, k1] = [readWord(key, 0), readWord(key, 8)]
  // The constants of the paper: "somepseudorandomlygeneratedbytes".
  const v: State = [
    { low: k0.low ^ 0x70736575, high: k0.high ^ 0x736f6d65 },
    { low: k1.low ^ 0x6e646f6d, high: k1.high ^ 0x646f7261 },
    { low: k0.low ^ 0x6e657261, high: k0.high ^ 0x6c796765 },
    { low: k1.low ^ 0x79746573, high: k1.high ^ 0x74656462 },
  ]
  const whole = message.length & ~7
  for (let at = 0; at < whole; at += 8) compress(v, readWord(message, at))
  // The last word is what is left over, with the length modulo 256 in its highest byte.
  const rest = new Uint8Array(8)
  rest.set(message.subarray(whole))
  rest[7] = message.length
  compress(v, readWord(rest, 0))
  v[2].low ^= 0xff
  for (let i = 0; i < 4; i++) round(v)
  const hash = new Uint8Array(8)
  for (const word of v) {
    for (let i = 0; i < 4; i++) {
      hash[i] = readU8(hash, i) ^ (word.low >>> (8 * i))
      hash[i + 4] = readU8(hash, i + 4) ^ (word.high >>> (8 * i))
    }
  }
  return hash
}

/** 64 bits in two halves: bigints are many times slower. */
interface Word {
  low: number
  high: number
}
type State = readonly [Word, Word, Word, Word]

function compress(v: State, word: Word): void {
  xor(v[3], word)
  round(v)
  round(v)
  xor(v[0], word)
}

function round([v0, v1, v2, v3]: State): void {
  halfRound(v0, v1, 13, v2, v3, 16)
  halfRound(v2, v1, 17, v0, v3, 21)
}

/** a += b, b <<<= rotateB, b ^= a, a <<<= 32; c += d, d <<<= rotateD, d ^= c. */
function halfRound(a: Word, b: Word, rotateB: number, c: Word, d: Word, rotateD: number): void {
  add(a, b)
  rotate(b, rotateB)
  xor(b, a)
  const { low } = a
  a.low = a.high
  a.high = low
  add(c, d)
  rotate(d, rotateD)
  xor(d, c)
}

function add(to: Word, from: Word): void {
  const low = (to.low >>> 0) + (from.low >>> 0)
  to.high = (to.high + from.high + (low > 0xffffffff ? 1 : 0)) | 0
  to.low = low | 0
}

function xor(to: Word, from: Word): void {
  to.low ^= from.low
  to.high ^= from.high
}

/** To the left, by less than 32. */
function rotate(word: Word, bits: number): void {
  const { low, high } = word
  word.low = (low << bits) | (high >>> (32 - bits))
  word.high = (high << bits) | (low >>> (32 - bits))
}

/** Least significant byte first. */
function readWord(buf: Uint8Array, at: number): Word {
  const half = (from: number): number =>
    readU8(buf, from) | (readU8(buf, from + 1) << 8) | (readU8(buf, from + 2) << 16) | (readU8(buf, from + 3) << 24)
  return { low: half(at), high: half(at + 4) }
}
