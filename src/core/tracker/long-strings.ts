// JSON without its long strings: a tracker passes them on in the very bytes in which they came, so they need not become
// strings, which for kilobytes of SDP in each message is most of its work (bench/tracker). They are checked here, the rest is JSON.parse's.
import { readU8 } from '../bytes.ts'

export interface CutJson {
  /** The text, with a short string in the place of each that was cut out: see `longString`. */
  readonly rest: string
  /** With their quotes: JSON texts in UTF-8, parts of the bytes they came in. */
  readonly long: readonly Uint8Array[]
}

/** Of a string with its quotes. What is shorter is not worth it. */
const LONG_BYTES = 256
/** In the place of a long string. One who writes that himself gets another of his own strings, which is as good as any. */
const MARK = '\0long '
const MARKS = Array.from({ length: 16 }, (_, n) => new TextEncoder().encode(JSON.stringify(`${MARK}${n}`)))
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })
const [QUOTE, BACKSLASH, SPACE, LETTER_U] = [0x22, 0x5c, 0x20, 0x75] as const
/** By what stands behind a backslash: so many bytes follow it; -1: it may not stand there. */
const BEHIND_BACKSLASH = new Int8Array(256).fill(-1)
for (const sign of '"\\/bfnrt') BEHIND_BACKSLASH[sign.charCodeAt(0)] = 0
BEHIND_BACKSLASH[LETTER_U] = 4
const HEX = new Uint8Array(256)
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = 1

/** For what is left of a message. Memory of its own for each took 2 % of a tracker's time (bench/tracker). */
const scratch = new Uint8Array(16_384)

/** `bytes` are UTF-8. `undefined`: some string in them is none, so it is no JSON. */
export function cutLongStrings(bytes: Uint8Array): CutJson | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const rest = bytes.length <= scratch.length ? scratch : new Uint8Array(bytes.length)
  const long: Uint8Array[] = []
  let restEnd = 0
  let at = 0
  while (at < bytes.length) {
    const byte = readU8(bytes, at)
    if (byte !== QUOTE) {
      rest[restEnd++] = byte
      at++
      continue
    }
    const end = endOfString(bytes, view, at)
    if (end === -1) return undefined
    const mark = MARKS[long.length]
    if (end - at >= LONG_BYTES && mark !== undefined) {
      long.push(bytes.subarray(at, end))
      for (let i = 0; i < mark.length; i++) rest[restEnd++] = readU8(mark, i)
    } else for (let i = at; i < end; i++) rest[restEnd++] = readU8(bytes, i)
    at = end
  }
  return { rest: DECODER.decode(rest.subarray(0, restEnd)), long }
}

/** What was cut out where JSON.parse found `text`. */
export function longString({ long }: CutJson, text: string): Uint8Array | undefined {
  return text.startsWith(MARK) ? long[Number(text.slice(MARK.length))] : undefined
}

/** -1: it has no end, or holds what JSON does not allow. */
function endOfString(bytes: Uint8Array, view: DataView, start: number): number {
  const { length } = bytes
  let at = start + 1
  while (at < length) {
    while (at + 4 <= length) {
      const special = specialOf(view.getInt32(at, true))
      if (special === 0) at += 4
      else {
        at += (31 - Math.clz32(special & -special)) >> 3 // the first of them
        break
      }
    }
    if (at === length) break
    const byte = readU8(bytes, at++)
    if (byte === QUOTE) return at
    if (byte < SPACE) return -1
    if (byte !== BACKSLASH) continue
    if (at === length) return -1
    const more = BEHIND_BACKSLASH[readU8(bytes, at++)] ?? -1
    if (more === -1 || !areHex(bytes, at, at + more)) return -1
    at += more
  }
  return -1
}

/**
 * Of four bytes at once, in 0.6 of the time that a table for each byte took: the highest bit of the first that is a control
 * character, a quote or a backslash is set, and perhaps bits above that; 0: all mean themselves. `(w - n) & ~w` has the highest
 * bit of a byte set where one is less than n. With bit 1 turned over a quote follows upon the control characters, and a space
 * does not.
 */
function specialOf(word: number): number {
  const turned = word ^ 0x02020202
  const slashes = word ^ 0x5c5c5c5c
  return (((turned - 0x21212121) & ~turned) | ((slashes - 0x01010101) & ~slashes)) & 0x80808080
}

function areHex(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (HEX[bytes[at] ?? 0] !== 1) return false
  return true
}
