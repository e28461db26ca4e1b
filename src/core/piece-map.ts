// Sets of pieces as a page can draw them: cut into parts of nearly equal length, a byte a part. Two million pieces
// become two thousand bytes; they are counted byte by byte of their sets, which takes a millisecond.
import type { Bitfield } from './bitfield.ts'
import { readU8 } from './bytes.ts'

/** More than a page has pixels in a row. */
export const MAX_PARTS = 2_048
/** What a byte can say. */
const ALL = 255

/** So many parts has a torrent of so many pieces: one for each while they are few. */
export function partCount(pieces: number): number {
  return Math.min(pieces, MAX_PARTS)
}

/** The first piece of a part; of the one after the last, the number of pieces. */
export function partStart(part: number, pieces: number): number {
  return Math.floor((part * pieces) / partCount(pieces))
}

/** The part that a piece is in. */
export function partOf(piece: number, pieces: number): number {
  return Math.ceil(((piece + 1) * partCount(pieces)) / pieces) - 1
}

/** How much of each part is in the set: 0 for nothing only, 255 for all only. */
export function shareByPart(set: Bitfield): Uint8Array {
  const parts = new Uint8Array(partCount(set.length))
  let start = 0
  for (let part = 0; part < parts.length; part++) {
    const end = partStart(part + 1, set.length)
    parts[part] = shareOf(countBetween(set.bytes, start, end), end - start)
    start = end
  }
  return parts
}

function shareOf(count: number, of: number): number {
  if (count === 0 || count === of) return count === 0 ? 0 : ALL
  return Math.min(Math.max(1, Math.round((count * ALL) / of)), ALL - 1)
}

/** The least of what `numberOf` says of the pieces of each part; 255 stands for more, too. */
export function leastByPart(pieces: number, numberOf: (piece: number) => number): Uint8Array {
  const parts = new Uint8Array(partCount(pieces))
  let piece = 0
  for (let part = 0; part < parts.length; part++) {
    const end = partStart(part + 1, pieces)
    let least = ALL
    // Nothing is less than 0.
    for (; piece < end && least > 0; piece++) {
      const number = numberOf(piece)
      if (number < least) least = number
    }
    piece = end
    parts[part] = least
  }
  return parts
}

/** 1 for each part that has one of these pieces. */
export function marksByPart(pieces: number, marked: Iterable<{ readonly piece: number }>): Uint8Array {
  const parts = new Uint8Array(partCount(pieces))
  for (const { piece } of marked) parts[partOf(piece, pieces)] = 1
  return parts
}

/** Bits that are set from one piece up to another. */
function countBetween(bytes: Uint8Array, from: number, to: number): number {
  let count = 0
  let at = from
  for (; at < to && (at & 7) !== 0; at++) count += bitAt(bytes, at)
  for (; at + 8 <= to; at += 8) count += onesOf(readU8(bytes, at >> 3))
  for (; at < to; at++) count += bitAt(bytes, at)
  return count
}

function bitAt(bytes: Uint8Array, at: number): number {
  return (readU8(bytes, at >> 3) >> (7 - (at & 7))) & 1
}

/** Pairs of bits, then fours, then the whole byte: no loop. */
function onesOf(byte: number): number {
  const pairs = byte - ((byte >> 1) & 0x55)
  const fours = (pairs & 0x33) + ((pairs >> 2) & 0x33)
  return (fours + (fours >> 4)) & 0x0f
}
