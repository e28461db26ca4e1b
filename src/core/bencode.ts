// Bencoding (BEP 3), strict: one way to write every value, and no other way is read. Used by metainfo, extension
// messages and tracker answers. Decoding never throws and never trusts a length: it returns a fault that says where.
import { readU8, toLatin1 } from './bytes.ts'

/** Keys are held one character per byte (latin1), so keys that are no UTF-8 survive and `__proto__` is just a key. */
export type BDict = Map<string, BValue>
/** Integers beyond 2^53 are `bigint`, so that nothing is rounded silently. */
export type BValue = number | bigint | Uint8Array | BValue[] | BDict

export class BencodeFault {
  /** Byte position of the first thing that is wrong. */
  readonly at: number
  /** Half a sentence: "a string ends after the data". */
  readonly reason: string

  constructor(at: number, reason: string) {
    this.at = at
    this.reason = reason
  }
}

export interface BencodeLimits {
  readonly maxDepth: number
  readonly maxTokens: number
  /** Accept dictionaries whose keys are out of order (never duplicates): what real peers and trackers send. */
  readonly allowUnsorted: boolean
  /** Accept bytes after the value; `end` of the result tells where it ended (BEP 9 data messages). */
  readonly allowTrailing: boolean
}

/** libtorrent's limits: nesting 100, 2,000,000 tokens. */
export const DEFAULT_BENCODE_LIMITS: BencodeLimits = {
  maxDepth: 100,
  maxTokens: 2_000_000,
  allowUnsorted: true,
  allowTrailing: false,
}

export interface Decoded {
  readonly value: BValue
  /** Position after the value. */
  readonly end: number
  /** Raw extent of each value of the outermost dictionary, as [start, end): the info-hash needs it. */
  readonly spans: ReadonlyMap<string, readonly [start: number, end: number]>
  /** Where the first dictionary with unsorted keys is, if any. */
  readonly unsortedAt: number | undefined
}

/** Reads one value; strings are views into `bytes`. */
export function decodeBencode(bytes: Uint8Array, limits: Partial<BencodeLimits> = {}): Decoded | BencodeFault {
  const reader = new Reader(bytes, { ...DEFAULT_BENCODE_LIMITS, ...limits })
  const value = reader.value(0)
  if (value === undefined) return reader.fault
  if (reader.at < bytes.length && !reader.limits.allowTrailing) {
    return new BencodeFault(reader.at, 'there are bytes after the end')
  }
  return { value, end: reader.at, spans: reader.spans, unsortedAt: reader.unsortedAt }
}

const COLON = 0x3a
const ZERO = 0x30
/** So many decimal digits always fit into a number. */
const SAFE_DIGITS = 15
/**
 * Keys that were read before, each at a place that its first byte and its length give: `length` and `path` of 20,000
 * files are not made into text again each time. Long ones are names of files, and not kept.
 */
const keptKeys: string[] = Array.from({ length: 64 }, () => '')
const MAX_KEPT_KEY_BYTES = 16
const [INT, LIST, DICT, END] = [0x69, 0x6c, 0x64, 0x65]

class Reader {
  at = 0
  fault: BencodeFault = new BencodeFault(0, 'there is no value')
  unsortedAt: number | undefined
  readonly limits: BencodeLimits
  readonly spans = new Map<string, readonly [number, number]>()
  readonly #bytes: Uint8Array
  #tokens = 0

  constructor(bytes: Uint8Array, limits: BencodeLimits) {
    this.#bytes = bytes
    this.limits = limits
  }

  #fail(reason: string, at: number = this.at): undefined {
    this.fault = new BencodeFault(at, reason)
    return undefined
  }

  value(depth: number): BValue | undefined {
    if (this.at >= this.#bytes.length) return this.#fail('the data ends too early')
    if (depth > this.limits.maxDepth) return this.#fail('values are nested too deeply')
    if (++this.#tokens > this.limits.maxTokens) return this.#fail('there are too many values')
    const first = readU8(this.#bytes, this.at)
    if (first === INT) return this.#integer()
    if (first === LIST) return this.#list(depth)
    if (first === DICT) return this.#dict(depth)
    return this.#string()
  }

  #integer(): number | bigint | undefined {
    const start = this.at + 1
    const end = this.#bytes.indexOf(END, start)
    // 2^63 has 19 digits; nothing in the protocols is longer, and a cap keeps a hostile number from costing time.
    if (end === -1 || end - start > 20) return this.#fail('an integer has no end', start)
    const short = this.#shortInteger(start, end)
    if (short !== undefined) {
      this.at = end + 1
      return short
    }
    const text = toLatin1(this.#bytes.subarray(start, end))
    if (!/^(0|-?[1-9][0-9]*)$/.test(text)) return this.#fail(`"${text.replace(/[^0-9-]/g, '?')}" is no integer`, start)
    this.at = end + 1
    const number = Number(text)
    return Number.isSafeInteger(number) ? number : BigInt(text)
  }

  /** The usual one, without a text in between; `undefined` for what is long, negative or wrong. */
  #shortInteger(start: number, end: number): number | undefined {
    if (end === start || end - start > SAFE_DIGITS) return undefined
    if (readU8(this.#bytes, start) === ZERO && end - start > 1) return undefined
    let number = 0
    for (let at = start; at < end; at++) {
      const digit = readU8(this.#bytes, at) - ZERO
      if (digit < 0 || digit > 9) return undefined
      number = number * 10 + digit
    }
    return number
  }

  #string(): Uint8Array | undefined {
    const length = this.#stringLength()
    if (length === undefined) return undefined
    this.at += length
    return this.#bytes.subarray(this.at - length, this.at)
  }

  #key(): string | undefined {
    const length = this.#stringLength()
    if (length === undefined) return undefined
    const start = this.at
    this.at += length
    if (length === 0) return ''
    const place = (readU8(this.#bytes, start) + length) % keptKeys.length
    const kept = keptKeys[place]
    if (kept?.length === length && this.#isAt(start, kept)) return kept
    const key = toLatin1(this.#bytes.subarray(start, this.at))
    if (length <= MAX_KEPT_KEY_BYTES) keptKeys[place] = key
    return key
  }

  #isAt(start: number, text: string): boolean {
    for (let n = 0; n < text.length; n++) if (text.charCodeAt(n) !== this.#bytes[start + n]) return false
    return true
  }

  /** Goes to the first byte of a string. */
  #stringLength(): number | undefined {
    const bytes = this.#bytes
    const start = this.at
    let length = 0
    let at = start
    for (; at < bytes.length && bytes[at] !== COLON; at++) {
      const digit = readU8(bytes, at) - ZERO
      if (digit < 0 || digit > 9) return this.#fail('a value begins with an unknown character', start)
      if (at - start >= 10) return this.#fail('a string is too long', start)
      if (at > start && length === 0) return this.#fail('a string length begins with zero', start)
      length = length * 10 + digit
    }
    if (at === start || at >= bytes.length) return this.#fail('a string has no length', start)
    if (length > bytes.length - at - 1) return this.#fail('a string ends after the data', start)
    this.at = at + 1
    return length
  }

  #list(depth: number): BValue[] | undefined {
    const list: BValue[] = []
    this.at++
    while (this.#bytes[this.at] !== END) {
      const value = this.value(depth + 1)
      if (value === undefined) return undefined
      list.push(value)
    }
    this.at++
    return list
  }

  #dict(depth: number): BDict | undefined {
    const dict: BDict = new Map()
    let previous = ''
    this.at++
    while (this.#bytes[this.at] !== END) {
      const keyAt = this.at
      if (keyAt >= this.#bytes.length) return this.#fail('the data ends too early')
      if (++this.#tokens > this.limits.maxTokens) return this.#fail('there are too many values')
      const key = this.#key()
      if (key === undefined) return this.#fail(`in a dictionary key: ${this.fault.reason}`, keyAt)
      if (dict.has(key)) return this.#fail('a dictionary key occurs twice', keyAt)
      // Latin1 keys compare by code unit exactly as their bytes do.
      if (previous > key) {
        if (!this.limits.allowUnsorted) return this.#fail('dictionary keys are not sorted', keyAt)
        this.unsortedAt ??= keyAt
      }
      previous = key
      const start = this.at
      const value = this.value(depth + 1)
      if (value === undefined) return undefined
      if (depth === 0) this.spans.set(key, [start, this.at])
      dict.set(key, value)
    }
    this.at++
    return dict
  }
}

/** Plain form of what can be written; strings are written as UTF-8, object keys must be ASCII. */
export type Encodable = number | bigint | string | boolean | Uint8Array | readonly Encodable[] | BDict | EncodableObject
export interface EncodableObject {
  /** `undefined` leaves the key out. */
  readonly [key: string]: Encodable | undefined
}

/** The canonical form: keys sorted as raw bytes, whole numbers only. */
export function encodeBencode(value: Encodable): Uint8Array {
  const writer = new Writer()
  writer.value(value)
  return writer.finish()
}

const UTF8 = new TextEncoder()
const ASCII = /^[\x00-\x7f]*$/

class Writer {
  #buffer = new Uint8Array(1024)
  #at = 0

  finish(): Uint8Array {
    return this.#buffer.slice(0, this.#at)
  }

  value(value: Encodable): void {
    if (typeof value === 'boolean') this.#text(value ? 'i1e' : 'i0e')
    else if (typeof value === 'number' || typeof value === 'bigint') this.#integer(value)
    else if (typeof value === 'string') this.#string(value)
    else if (value instanceof Uint8Array) this.#bytes(value)
    else if (isList(value)) {
      this.#text('l')
      for (const item of value) this.value(item)
      this.#text('e')
    } else if (value instanceof Map) this.#dict([...value.keys()], (key) => value.get(key))
    else this.#dict(Object.keys(value), (key) => value[key])
  }

  #integer(value: number | bigint): void {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new Error(`${value} is no whole number`)
    this.#text(`i${value}e`)
  }

  #dict(keys: string[], valueOf: (key: string) => Encodable | undefined): void {
    this.#text('d')
    // Latin1 keys compare by code unit exactly as their bytes do.
    if (!isSorted(keys)) keys.sort()
    for (const key of keys) {
      const value = valueOf(key)
      if (value === undefined) continue
      this.#text(`${key.length}:`)
      this.#text(key)
      this.value(value)
    }
    this.#text('e')
  }

  #string(text: string): void {
    if (!ASCII.test(text)) return this.#bytes(UTF8.encode(text))
    this.#text(`${text.length}:`)
    this.#text(text)
  }

  /** Latin1. */
  #text(text: string): void {
    this.#makeRoom(text.length)
    for (let n = 0; n < text.length; n++) this.#buffer[this.#at++] = text.charCodeAt(n)
  }

  #bytes(bytes: Uint8Array): void {
    this.#text(`${bytes.length}:`)
    this.#makeRoom(bytes.length)
    this.#buffer.set(bytes, this.#at)
    this.#at += bytes.length
  }

  #makeRoom(length: number): void {
    if (this.#at + length <= this.#buffer.length) return
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#at + length))
    larger.set(this.#buffer)
    this.#buffer = larger
  }
}

/** Most are. Sorting all the same made 16 of the 134 MB of garbage that a torrent of 20,000 files took to make. */
function isSorted(keys: readonly string[]): boolean {
  for (let n = 1; n < keys.length; n++) if ((keys[n - 1] ?? '') > (keys[n] ?? '')) return false
  return true
}

function isList(value: Encodable): value is readonly Encodable[] {
  return Array.isArray(value)
}

// Small readers for dictionaries from outside: the value if it has the type, else undefined.

export function dictOf(value: BValue | undefined): BDict | undefined {
  return value instanceof Map ? value : undefined
}

export function listOf(value: BValue | undefined): readonly BValue[] | undefined {
  return Array.isArray(value) ? value : undefined
}

export function bytesOf(value: BValue | undefined): Uint8Array | undefined {
  return value instanceof Uint8Array ? value : undefined
}

/** Only integers that a number holds exactly. */
export function integerOf(value: BValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined
}

const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Strict UTF-8; `undefined` if the bytes are not. */
export function textOf(value: BValue | undefined): string | undefined {
  if (!(value instanceof Uint8Array)) return undefined
  try {
    return STRICT_UTF8.decode(value)
  } catch {
    return undefined // not UTF-8 is an answer here, not a failure
  }
}
