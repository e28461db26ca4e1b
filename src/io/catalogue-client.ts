// Talks to the catalogue of an HTTP tracker: lists a torrent there, takes it off again, searches, fetches the .torrent.
import { AppError } from '../core/errors.ts'
import {
  type FoundTorrents,
  type ListedAs,
  readFound,
  readListedAs,
  readRefusal,
} from '../core/tracker/catalogue-answer.ts'
import { type HttpAnswer, httpGet } from './http-client.ts'
import { version } from './version.ts'

export interface Catalogue {
  /** As `catalogueBase` makes it. */
  readonly base: string
  readonly signal: AbortSignal
}

/** Longer ones no catalogue takes, and none is believed to send. */
export const MAX_LISTED_TORRENT_BYTES = 2 * 1024 * 1024
/** A hundred torrents take 100 kB, if their names are long. */
const MAX_FOUND_BYTES = 1024 * 1024
/** One sentence, or one name. */
const MAX_REPLY_BYTES = 64 * 1024
const MAX_HEADER_BYTES = 16 * 1024
const FETCH_MS = 30_000
/** Nobody waits for this: a tracker that is slower is left alone. */
const LIST_MS = 5000
const UNLIST_MS = 20_000

/** What a tracker said to a torrent that was to be listed; `undefined` if it has no catalogue, as most. */
export type ListReply = ListedAs | { readonly refusal: string } | undefined

/** Sends the .torrent, once; throws AppError if the tracker cannot be reached in five seconds. */
export async function listTorrent(
  catalogue: Catalogue,
  torrent: Uint8Array,
  hash: string,
  ownerKey: string,
): Promise<ListReply> {
  const { status, body } = await send(catalogue, '', {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-bittorrent', 'Shoal-Owner-Key': ownerKey },
    content: torrent,
    totalMs: LIST_MS,
  })
  if (status === 200 || status === 201) return readListedAs(body, hash)
  const refusal = status === 404 ? undefined : readRefusal(body)
  return refusal === undefined ? undefined : { refusal }
}

/** Throws AppError: 'not-found' if it is not listed, 'tracker' if it is another's. */
export async function unlistTorrent(catalogue: Catalogue, hash: string, ownerKey: string): Promise<void> {
  const answer = await send(catalogue, `/${hash}`, {
    method: 'DELETE',
    headers: { 'Shoal-Owner-Key': ownerKey },
    content: new Uint8Array(),
    totalMs: UNLIST_MS,
  })
  if (answer.status === 403) {
    const who = 'somebody else listed it, or you did with another state folder (--state-dir)'
    throw new AppError('tracker', `${hostOf(catalogue)} keeps ${hash}: ${who}`)
  }
  checkStatus(answer, catalogue, `${hostOf(catalogue)} does not list ${hash}`)
}

/** The newest if there are no `words`. At most MAX_FOUND. */
export async function searchCatalogue(catalogue: Catalogue, words: string, limit: number): Promise<FoundTorrents> {
  const query = new URLSearchParams({ ...(words !== '' && { q: words }), limit: String(limit) })
  const answer = await get(catalogue, `?${query.toString()}`, MAX_FOUND_BYTES)
  checkStatus(answer, catalogue, `${hostOf(catalogue)} has no catalogue of torrents`)
  const found = readFound(answer.body)
  if (found !== undefined) return found
  throw new AppError('bad-answer', `${hostOf(catalogue)} answers with something that is no list of torrents`)
}

/** The .torrent, as it came: whether it is the right one is the caller's to see. */
export async function fetchListed(catalogue: Catalogue, hash: string): Promise<Uint8Array> {
  const answer = await get(catalogue, `/${hash}.torrent`, MAX_LISTED_TORRENT_BYTES)
  checkStatus(answer, catalogue, `${hostOf(catalogue)} does not list ${hash}`)
  return answer.body
}

function get({ base, signal }: Catalogue, rest: string, maxBytes: number): Promise<HttpAnswer> {
  return httpGet(new URL(`${base}/catalogue${rest}`), {
    userAgent: `shoal/${version()}`,
    signal,
    limits: { bodyBytes: maxBytes, inflatedBytes: maxBytes, totalMs: FETCH_MS },
  })
}

function hostOf({ base }: Catalogue): string {
  return new URL(base).host
}

function checkStatus({ status, body }: HttpAnswer, catalogue: Catalogue, notFound: string): void {
  if (status >= 200 && status < 300) return
  if (status === 404) throw new AppError('not-found', notFound)
  const words = readRefusal(body) ?? `it answers with HTTP status ${status}`
  throw new AppError('tracker', `${hostOf(catalogue)} refuses: ${words}`)
}

interface Sent {
  readonly method: 'POST' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly content: Uint8Array
  readonly totalMs: number
}

/** Follows no redirect: the owner's key is for this tracker alone. */
async function send(catalogue: Catalogue, rest: string, sent: Sent): Promise<HttpAnswer> {
  const host = hostOf(catalogue)
  const late = AbortSignal.timeout(sent.totalMs)
  const signal = AbortSignal.any([catalogue.signal, late])
  try {
    return await sendOnce(new URL(`${catalogue.base}/catalogue${rest}`), sent, signal)
  } catch (cause) {
    if (catalogue.signal.aborted) throw new AppError('interrupted', `the request to ${host} was interrupted`)
    if (late.aborted) throw new AppError('timeout', `${host} gave no answer within ${sent.totalMs / 1000} seconds`)
    if (cause instanceof AppError) throw cause
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    throw new AppError('network', `the request to ${host} failed (${reason})`, { cause })
  }
}

function sendOnce(url: URL, { method, headers, content }: Sent, signal: AbortSignal): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>()
  // As in http-client.ts: loaded when needed, and without all of Node's web client.
  const { request: open } = process.getBuiltinModule(url.protocol === 'https:' ? 'node:https' : 'node:http')
  const request = open(url, {
    method,
    agent: false,
    signal,
    maxHeaderSize: MAX_HEADER_BYTES,
    headers: { ...headers, 'User-Agent': `shoal/${version()}`, 'Content-Length': content.length },
  })
  request.on('error', reject)
  request.on('close', () => reject(new AppError('network', `${url.host} closed the connection without an answer`)))
  request.on('response', (response) => {
    const chunks: Buffer[] = []
    let length = 0
    response.on('error', reject)
    response.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length <= MAX_REPLY_BYTES) return chunks.push(chunk)
      reject(new AppError('bad-answer', `${url.host} answers with more than ${MAX_REPLY_BYTES} bytes`))
      return request.destroy()
    })
    response.on('end', () => {
      resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) })
      request.destroy() // it may have answered before it had all that we send
    })
  })
  request.end(content)
  return promise
}
