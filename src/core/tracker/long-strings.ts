// JSON without its long strings: a tracker passes them on in the very bytes in which they came, so they need not become
// strings, which for kilobytes of SDP in each message is most of its work (bench/tracker). They are checked here, the rest is JSON.parse's.
import { concatBytes } from '../bytes.ts'

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
const [QUOTE, BACKSLASH, SPACE, LETTER_U] = [0x22, 0x5c, 0x20, 0x75]
const ESCAPED = new Set(Array.from('"\\/bfnrt', (sign) => sign.charCodeAt(0)))
const ENCODER = new TextEncoder()
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })

/** `bytes` are UTF-8. `undefined`: some string in them is none, so it is no JSON. */
export function cutLongStrings(bytes: Uint8Array): CutJson | undefined {
  const parts: Uint8Array[] = []
  const long: Uint8Array[] = []
  let from = 0
  let at = 0
  while (at < bytes.length) {
    if (bytes[at] !== QUOTE) {
      at++
      continue
    }
    const end = endOfString(bytes, at)
    if (end === undefined) return undefined
    if (end - at >= LONG_BYTES) {
      parts.push(bytes.subarray(from, at), ENCODER.encode(JSON.stringify(`${MARK}${long.length}`)))
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

/** `undefined`: it has no end, or holds what JSON does not allow. */
function endOfString(bytes: Uint8Array, start: number): number | undefined {
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte === QUOTE) return at + 1
    if (byte < SPACE) return undefined
    if (byte !== BACKSLASH) continue
    const escaped = bytes[++at] ?? 0
    if (ESCAPED.has(escaped)) continue
    if (escaped !== LETTER_U || !areHex(bytes, at + 1, at + 5)) return undefined
    at += 4
  }
  return undefined
}

function areHex(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    if (!/^[0-9a-fA-F]$/.test(String.fromCharCode(bytes[at] ?? 0))) return false
  }
  return true
}
