// JSON without its long strings: a tracker passes them on in the very bytes in which they came, so they need not become
// strings, which for kilobytes of SDP in each message is most of its work (bench/tracker). They are checked here, the rest is JSON.parse's.
import { concatBytes, readU8 } from '../bytes.ts'

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
/** 1: nothing but itself in a string. */
const PLAIN = new Uint8Array(256).fill(1).fill(0, 0, SPACE)
PLAIN[QUOTE] = PLAIN[BACKSLASH] = 0
/** By what stands behind a backslash: so many bytes follow it; -1: it may not stand there. */
const BEHIND_BACKSLASH = new Int8Array(256).fill(-1)
for (const sign of '"\\/bfnrt') BEHIND_BACKSLASH[sign.charCodeAt(0)] = 0
BEHIND_BACKSLASH[LETTER_U] = 4
const HEX = new Uint8Array(256)
for (const digit of '0123456789abcdefABCDEF') HEX[digit.charCodeAt(0)] = 1

/** `bytes` are UTF-8. `undefined`: some string in them is none, so it is no JSON. */
export function cutLongStrings(bytes: Uint8Array): CutJson | undefined {
  const parts: Uint8Array[] = []
  const long: Uint8Array[] = []
  let from = 0
  let at = 0
  while (at < bytes.length) {
    if (readU8(bytes, at) !== QUOTE) {
      at++
      continue
    }
    const end = endOfString(bytes, at)
    if (end === -1) return undefined
    const mark = MARKS[long.length]
    if (end - at >= LONG_BYTES && mark !== undefined) {
      parts.push(bytes.subarray(from, at), mark)
      long.push(bytes.subarray(at, end))
      from = end
    }
    at = end
  }
  const rest = from === 0 ? bytes : concatBytes([...parts, bytes.subarray(from)])
  return { rest: DECODER.decode(rest), long }
}

/** What was cut out where JSON.parse found `text`. */
export function longString({ long }: CutJson, text: string): Uint8Array | undefined {
  return text.startsWith(MARK) ? long[Number(text.slice(MARK.length))] : undefined
}

/** -1: it has no end, or holds what JSON does not allow. */
function endOfString(bytes: Uint8Array, start: number): number {
  const { length } = bytes
  let at = start + 1
  while (at < length) {
    // Four at a time, as most are: twice as fast as one by one.
    while (
      at + 4 <= length &&
      (plain(bytes, at) & plain(bytes, at + 1) & plain(bytes, at + 2) & plain(bytes, at + 3)) === 1
    )
      at += 4
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

function plain(bytes: Uint8Array, at: number): number {
  return readU8(PLAIN, readU8(bytes, at))
}

function areHex(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (HEX[bytes[at] ?? 0] !== 1) return false
  return true
}
