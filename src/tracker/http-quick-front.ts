// Announces and scrapes over HTTP from bytes to bytes: what a network thread answers itself. The answers are those of
// http-front.ts, which gets everything else.
import { fromLatin1, toLatin1 } from '../core/bytes.ts'
import { isFailure } from '../core/tracker/announce.ts'
import { parseAnnounceQuery, writeAnnounceAnswer, writeFailure } from '../core/tracker/http-announce.ts'
import { HttpHead, type HttpHeadKind } from '../core/tracker/http-head.ts'
import { digitsOf, HttpQuick, putNumber, writeHttpQuick } from '../core/tracker/http-quick.ts'
import { parseScrapeQuery, writeScrapeAnswer } from '../core/tracker/http-scrape.ts'
import { SwarmCall } from '../core/tracker/swarm-call.ts'
import type { Access, Refusal } from './access.ts'
import type { TrackerLogic } from './logic.ts'
import type { ImmediateStore } from './store.ts'

/** The length is written into the spaces when it is known: white space before a value means nothing (RFC 9112, 5). */
const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length:       \r\n'
const KEPT_HEAD = fromLatin1(`${HEAD}\r\n`)
const CLOSED_HEAD = fromLatin1(`${HEAD}Connection: close\r\n\r\n`)
const LENGTH_AT = HEAD.length - 2 - 5

export class HttpQuickFront {
  /** Of the request that was looked at last. */
  readonly head: HttpHead = new HttpHead()
  readonly #logic: TrackerLogic
  readonly #store: ImmediateStore
  readonly #access: Access
  readonly #call: SwarmCall = new SwarmCall()
  readonly #quick: HttpQuick = new HttpQuick()

  constructor(logic: TrackerLogic, store: ImmediateStore, access: Access) {
    this.#logic = logic
    this.#store = store
    this.#access = access
  }

  look(bytes: Uint8Array, start: number, length: number): HttpHeadKind {
    return this.head.read(bytes, start, length)
  }

  /** Writes the answer to the request that was looked at last; returns how long it is. */
  answer(kind: 'announce' | 'scrape', bytes: Uint8Array, ip: Uint8Array, out: Uint8Array): number {
    const head = this.head.isKept ? KEPT_HEAD : CLOSED_HEAD
    for (let i = 0; i < head.length; i++) out[i] = head[i] ?? 0
    const end = this.#writeBody(kind, bytes, ip, out, head.length)
    const length = end - head.length
    putNumber(out, LENGTH_AT + 5 - digitsOf(length), length)
    return end
  }

  #writeBody(kind: 'announce' | 'scrape', bytes: Uint8Array, ip: Uint8Array, out: Uint8Array, at: number): number {
    const { queryStart, queryEnd } = this.head
    const [call, quick, logic] = [this.#call, this.#quick, this.#logic]
    if (kind === 'scrape') return put(out, at, this.#scrape(toLatin1(bytes.subarray(queryStart, queryEnd)), bytes, ip))
    if (!quick.read(bytes, queryStart, queryEnd, call)) {
      return put(out, at, this.#announceSlowly(toLatin1(bytes.subarray(queryStart, queryEnd)), bytes, ip))
    }
    const refusal = this.#access.isOpen ? undefined : this.#refuse([call.infoHash], bytes, ip)
    if (refusal !== undefined) return put(out, at, writeFailure(refusal.failure, refusal.retryIn))
    quick.setCaller(call, ip)
    const intervalSec = logic.answer(call, quick.numWant, 'http', this.#store)
    return writeHttpQuick(call, intervalSec, logic.minIntervalSec, ip, out, at)
  }

  /** What the quick way does not understand, or what is wrong with it. */
  #announceSlowly(query: string, bytes: Uint8Array, ip: Uint8Array): Uint8Array {
    const announce = parseAnnounceQuery(query)
    if (isFailure(announce)) return writeFailure(announce.failure)
    const refusal = this.#refuse([announce.infoHash], bytes, ip)
    if (refusal !== undefined) return writeFailure(refusal.failure, refusal.retryIn)
    return writeAnnounceAnswer(this.#logic.announceNow(announce, ip, 'http', this.#store), announce.compact)
  }

  #scrape(query: string, bytes: Uint8Array, ip: Uint8Array): Uint8Array {
    const scrape = parseScrapeQuery(query)
    if (isFailure(scrape)) return writeFailure(scrape.failure)
    const refusal = this.#refuse(scrape.infoHashes, bytes, ip)
    if (refusal !== undefined) return writeFailure(refusal.failure, refusal.retryIn)
    return writeScrapeAnswer(scrape.infoHashes, this.#logic.scrapeNow(scrape.infoHashes, this.#store))
  }

  #refuse(infoHashes: readonly Uint8Array[], bytes: Uint8Array, ip: Uint8Array): Refusal | undefined {
    const { passkeyStart, passkeyEnd } = this.head
    const passkey = toLatin1(bytes.subarray(passkeyStart, passkeyEnd))
    return this.#access.refuse(infoHashes, passkey === '' ? undefined : passkey, ip)
  }
}

function put(out: Uint8Array, at: number, body: Uint8Array): number {
  out.set(body, at)
  return at + body.length
}
