// The head of a request over HTTP/1 (RFC 9112), as far as a tracker's quick way needs it: announces and scrapes are told from
// everything else, which node:http reads.
import { fromLatin1, readU8 } from '../bytes.ts'

const [SPACE, SLASH, QUESTION, CR, LF] = [0x20, 0x2f, 0x3f, 0x0d, 0x0a]
const GET = fromLatin1('GET /')
const VERSION = fromLatin1('HTTP/1.')
const ANNOUNCE = fromLatin1('announce')
const SCRAPE = fromLatin1('scrape')
// Header names and words, in lower case.
const CONNECTION = fromLatin1('connection:')
const CLOSE = fromLatin1('close')
/** With any of these it is no plain question. */
const OTHERS = ['upgrade:', 'content-length:', 'transfer-encoding:', 'expect:'].map(fromLatin1)
const MIN_PASSKEY = 8
const MAX_PASSKEY = 64

/** `other`: it is none of ours, or nothing we understand. */
export type HttpHeadKind = 'announce' | 'scrape' | 'partial' | 'other'

export class HttpHead {
  /** Of the bytes that were read: the query, without its `?`. */
  queryStart = 0
  queryEnd = 0
  /** `/passkey/announce` has one. */
  passkeyStart = 0
  passkeyEnd = 0
  /** The connection stays for another request. */
  isKept = false
  /** Where the head ends, and the next may begin. */
  end = 0

  /** Reads the head that begins at `start`; `partial`: more of it has to come. */
  read(bytes: Uint8Array, start: number, length: number): HttpHeadKind {
    if (length - start < GET.length) return startsWith(bytes, start, length, GET, length - start) ? 'partial' : 'other'
    if (!startsWith(bytes, start, length, GET)) return 'other'
    let at = start + GET.length
    this.passkeyStart = this.passkeyEnd = 0
    const slash = indexOf(bytes, SLASH, at, Math.min(length, at + MAX_PASSKEY + 1))
    const question = indexOf(bytes, QUESTION, at, length)
    if (slash !== -1 && (question === -1 || slash < question)) {
      if (slash - at < MIN_PASSKEY) return 'other'
      this.passkeyStart = at
      this.passkeyEnd = slash
      at = slash + 1
    }
    const kind = startsWith(bytes, at, length, ANNOUNCE) ? 'announce' : 'scrape'
    const pathEnd = at + (kind === 'announce' ? ANNOUNCE.length : SCRAPE.length)
    if (kind === 'scrape' && !startsWith(bytes, at, length, SCRAPE)) return isCutPath(bytes, at, length)
    if (pathEnd >= length) return 'partial'
    if (bytes[pathEnd] !== QUESTION) return 'other'
    const space = indexOf(bytes, SPACE, pathEnd, length)
    const line = indexOf(bytes, LF, pathEnd, length)
    if (line === -1) return 'partial'
    if (space === -1 || space > line) return 'other'
    this.queryStart = pathEnd + 1
    this.queryEnd = space
    if (line - space !== VERSION.length + 3 || !startsWith(bytes, space + 1, length, VERSION)) return 'other'
    if (bytes[line - 1] !== CR) return 'other'
    this.isKept = bytes[line - 2] !== 0x30 // those of 1.0 do not stay
    return this.#readHeaders(bytes, line + 1, length) ?? kind
  }

  #readHeaders(bytes: Uint8Array, start: number, length: number): 'partial' | 'other' | undefined {
    for (let at = start; ; ) {
      const line = indexOf(bytes, LF, at, length)
      if (line === -1) return 'partial'
      if (bytes[line - 1] !== CR) return 'other'
      if (line === at + 1) {
        this.end = line + 1
        return undefined
      }
      if (startsWithWord(bytes, at, line, CONNECTION)) {
        if (hasWord(bytes, at, line, CLOSE)) this.isKept = false
      } else if (OTHERS.some((name) => startsWithWord(bytes, at, line, name))) return 'other'
      at = line + 1
    }
  }
}

/** Of what is neither yet: a path that has not ended may become one. */
function isCutPath(bytes: Uint8Array, at: number, length: number): 'partial' | 'other' {
  if (length - at > MAX_PASSKEY + 1 + ANNOUNCE.length) return 'other'
  const isCut = [SPACE, QUESTION, LF].every((byte) => indexOf(bytes, byte, at, length) === -1)
  return isCut ? 'partial' : 'other'
}

function indexOf(bytes: Uint8Array, byte: number, start: number, end: number): number {
  for (let at = start; at < end; at++) if (bytes[at] === byte) return at
  return -1
}

/** The first `count` bytes of `word`, all by default. */
function startsWith(bytes: Uint8Array, at: number, end: number, word: Uint8Array, count = word.length): boolean {
  if (at + count > end) return false
  for (let i = 0; i < count; i++) if (bytes[at + i] !== word[i]) return false
  return true
}

/** In whatever case. */
function startsWithWord(bytes: Uint8Array, at: number, end: number, word: Uint8Array): boolean {
  if (at + word.length > end) return false
  for (let i = 0; i < word.length; i++) if ((readU8(bytes, at + i) | 0x20) !== (readU8(word, i) | 0x20)) return false
  return true
}

function hasWord(bytes: Uint8Array, start: number, end: number, word: Uint8Array): boolean {
  for (let at = start; at + word.length <= end; at++) if (startsWithWord(bytes, at, end, word)) return true
  return false
}
