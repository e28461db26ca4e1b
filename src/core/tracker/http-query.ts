// Query strings of HTTP trackers: raw bytes in percent-encoding. `URLSearchParams` and `decodeURIComponent` know text
// only, and an info-hash is none.

const ENCODED: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  // RFC 3986, "unreserved": everything else is escaped, so that no program on the way takes it for its own.
  return /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
})

export function percentEncode(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += ENCODED[byte]
  return text
}

/** The bytes of `text`, one per character or `%XX`. A `+` is a plus, and a `%` without two hex digits is itself. */
export function percentDecode(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    const byte = code === 0x25 ? hexByte(text.charCodeAt(at + 1), text.charCodeAt(at + 2)) : -1
    if (byte >= 0) at += 2
    bytes[length++] = byte >= 0 ? byte : code
  }
  return bytes.subarray(0, length)
}

/** Calls `field` for every `name=value`, in order; values are still encoded. No field has an empty name. */
export function eachField(query: string, field: (name: string, value: string) => void): void {
  for (let start = 0; start < query.length; ) {
    const ampersand = query.indexOf('&', start)
    const end = ampersand === -1 ? query.length : ampersand
    const equals = query.indexOf('=', start)
    if (equals > start && equals < end) field(query.slice(start, equals), query.slice(equals + 1, end))
    start = end + 1
  }
}

/** An unsigned whole number that a double holds exactly, else `undefined`. */
export function numberField(value: string | undefined): number | undefined {
  return value !== undefined && /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined
}

/** Appends a query to a URL that may have one already (BEP 3 leaves this open; every tracker with a passkey needs it). */
export function withQuery(url: string, query: string): string {
  const hash = url.indexOf('#')
  const base = hash === -1 ? url : url.slice(0, hash)
  if (!base.includes('?')) return `${base}?${query}`
  return base.endsWith('?') || base.endsWith('&') ? base + query : `${base}&${query}`
}

/** Of the codes of two hex digits; -1 if one is none. */
export function hexByte(high: number, low: number): number {
  const [first, second] = [hexDigit(high), hexDigit(low)]
  return first < 0 || second < 0 ? -1 : first * 16 + second
}

/** -1 for anything else, also for the NaN of a character past the end. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const lower = code | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1
}
