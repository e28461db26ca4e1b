// Questions about sets of pieces that go byte by byte, so that two million pieces take a fraction of a millisecond.
import type { Bitfield } from '../bitfield.ts'
import { readU8 } from '../bytes.ts'

/** How many pieces are in both sets. Same length required. */
export function countCommon(a: Bitfield, b: Bitfield): number {
  let count = 0
  for (let at = 0; at < a.bytes.length; at++) {
    for (let bits = readU8(a.bytes, at) & readU8(b.bytes, at); bits !== 0; bits &= bits - 1) count++
  }
  return count
}

/** The first piece of a set from `from` on, -1 if there is none. */
export function nextPiece(set: Bitfield, from: number): number {
  const { bytes } = set
  let at = from >> 3
  if (at >= bytes.length) return -1
  let bits = readU8(bytes, at) & (0xff >> (from & 7))
  while (bits === 0) {
    if (++at === bytes.length) return -1
    bits = readU8(bytes, at)
  }
  return at * 8 + Math.clz32(bits) - 24
}
