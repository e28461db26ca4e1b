// SipHash-2-4 (Aumasson and Bernstein, 2012): 64 bits that nobody can predict without the 16-byte key. Made for short
// inputs: UDP trackers need one for every packet. 64-bit words stand in halves, low before high: bigints are many times
// slower.
import { readU8 } from '../bytes.ts'

export class SipHash {
  /** Halves of the last hash. */
  low = 0
  high = 0
  readonly #key: Int32Array
  readonly #v: Int32Array

  /** `key` is 16 bytes. */
  constructor(key: Uint8Array) {
    this.#key = Int32Array.from({ length: 4 }, (_, i) => readHalf(key, i * 4, 16))
    this.#v = new Int32Array(8)
  }

  hash(message: Uint8Array): void {
    const [v, key] = [this.#v, this.#key]
    const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = key
    // The constants of the paper: "somepseudorandomlygeneratedbytes".
    v[0] = k0 ^ 0x70736575
    v[1] = k1 ^ 0x736f6d65
    v[2] = k2 ^ 0x6e646f6d
    v[3] = k3 ^ 0x646f7261
    v[4] = k0 ^ 0x6e657261
    v[5] = k1 ^ 0x6c796765
    v[6] = k2 ^ 0x79746573
    v[7] = k3 ^ 0x74656462
    const { length } = message
    // The last word is what is left over, with the length modulo 256 in its highest byte.
    for (let at = 0; at <= length; at += 8) {
      const high = readHalf(message, at + 4, length)
      compress(v, readHalf(message, at, length), at + 8 > length ? high | (length << 24) : high)
    }
    v[4] = (v[4] ?? 0) ^ 0xff
    for (let i = 0; i < 4; i++) round(v)
    this.low = (v[0] ?? 0) ^ (v[2] ?? 0) ^ (v[4] ?? 0) ^ (v[6] ?? 0)
    this.high = (v[1] ?? 0) ^ (v[3] ?? 0) ^ (v[5] ?? 0) ^ (v[7] ?? 0)
  }
}

function compress(v: Int32Array, low: number, high: number): void {
  v[6] = (v[6] ?? 0) ^ low
  v[7] = (v[7] ?? 0) ^ high
  round(v)
  round(v)
  v[0] = (v[0] ?? 0) ^ low
  v[1] = (v[1] ?? 0) ^ high
}

/** Words a, b, c, d: a += b, b <<<= 13, b ^= a, a <<<= 32, c += d, and so on, as the paper draws it. */
function round(v: Int32Array): void {
  let [aL = 0, aH = 0, bL = 0, bH = 0] = [v[0], v[1], v[2], v[3]]
  let [cL = 0, cH = 0, dL = 0, dH = 0] = [v[4], v[5], v[6], v[7]]
  let low = (aL >>> 0) + (bL >>> 0)
  aH = (aH + bH + (low > 0xffffffff ? 1 : 0)) | 0
  aL = low | 0
  let turned = (bL << 13) | (bH >>> 19)
  bH = ((bH << 13) | (bL >>> 19)) ^ aH
  bL = turned ^ aL
  low = (cL >>> 0) + (dL >>> 0)
  cH = (cH + dH + (low > 0xffffffff ? 1 : 0)) | 0
  cL = low | 0
  turned = (dL << 16) | (dH >>> 16)
  dH = ((dH << 16) | (dL >>> 16)) ^ cH
  dL = turned ^ cL
  // `a` has been turned by 32: its halves change places.
  low = (aH >>> 0) + (dL >>> 0)
  aL = (aL + dH + (low > 0xffffffff ? 1 : 0)) | 0
  aH = low | 0
  turned = (dL << 21) | (dH >>> 11)
  dH = ((dH << 21) | (dL >>> 11)) ^ aL
  dL = turned ^ aH
  low = (cL >>> 0) + (bL >>> 0)
  cH = (cH + bH + (low > 0xffffffff ? 1 : 0)) | 0
  cL = low | 0
  turned = (bL << 17) | (bH >>> 15)
  bH = ((bH << 17) | (bL >>> 15)) ^ cH
  bL = turned ^ cL
  v[0] = aH
  v[1] = aL
  v[2] = bL
  v[3] = bH
  v[4] = cH // and so has `c`
  v[5] = cL
  v[6] = dL
  v[7] = dH
}

/** Four bytes, least significant first; those from `end` on are zeros. */
function readHalf(bytes: Uint8Array, at: number, end: number): number {
  let half = 0
  for (let i = 0; i < 4 && at + i < end; i++) half |= readU8(bytes, at + i) << (8 * i)
  return half
}
