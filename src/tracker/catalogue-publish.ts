// How torrents come into the catalogue and go again: POST /catalogue and DELETE /catalogue/<info-hash>. Whoever has the
// key under which a torrent was published may delete it; of the key only a digest is kept.
import { createHash } from 'node:crypto'
import type http from 'node:http'
import { fromHex, toHex } from '../core/bytes.ts'
import type { InfoHash } from '../core/ids.ts'
import { isFailure } from '../core/tracker/announce.ts'
import type { Access, Refusal } from './access.ts'
import type { Catalogue } from './catalogue.ts'
import type { CataloguePolicy, CatalogueRefusal } from './catalogue-policy.ts'
import { TOO_LONG } from './catalogue-policy.ts'
import { MAX_CATALOGUE_TORRENT_BYTES, readCatalogueTorrent } from './catalogue-torrent.ts'
import type { HttpAnswer } from './http-front.ts'

export interface PublishParts {
  readonly catalogue: Catalogue
  readonly policy: CataloguePolicy
  readonly access: Access
  /** From the head of a call to the end of its body; 10,000 by default. */
  readonly bodyMs?: number
}

interface Caller {
  readonly passkey: string | undefined
  readonly ip: Uint8Array
}

const BODY_MS = 10_000
/** Bodies that are being read: together at most 64 MiB. */
const MAX_BODIES = 32
const OWNER_KEY_BYTES = 32

export class Publisher {
  readonly #parts: PublishParts
  #bodies = 0

  constructor(parts: PublishParts) {
    this.#parts = parts
  }

  /** The caller's passkey has been looked at. */
  async publish(request: http.IncomingMessage, caller: Caller): Promise<HttpAnswer> {
    const length = Number(request.headers['content-length'] ?? Number.NaN)
    if (Number.isNaN(length)) return refusedAs({ status: 411, error: 'the length of the torrent must be given' })
    if (length > MAX_CATALOGUE_TORRENT_BYTES) return refusedAs(TOO_LONG)
    const early = this.#parts.policy.refuseCall(caller.ip, true)
    if (early !== undefined) return this.refuse(request, early)
    const owner = ownerOf(request)
    if (owner === undefined) return this.refuse(request, NO_KEY)
    const body = await this.#read(request, length)
    return body instanceof Uint8Array ? this.#list(body, owner, caller) : refusedAs(body)
  }

  /** Reads what comes, and keeps nothing: a caller that still sends when we hang up would not see why. */
  async refuse(request: http.IncomingMessage, refusal: CatalogueRefusal): Promise<HttpAnswer> {
    // It takes none of the places for bodies: those whom nobody listens to could fill them.
    if (Number(request.headers['content-length']) <= MAX_CATALOGUE_TORRENT_BYTES) {
      await readBody(request, new Uint8Array(), this.#parts.bodyMs ?? BODY_MS)
    }
    return refusedAs(refusal)
  }

  delete(request: http.IncomingMessage, infoHash: InfoHash, { ip }: Caller): HttpAnswer {
    const owner = ownerOf(request)
    const early = this.#parts.policy.refuseCall(ip, false) ?? (owner === undefined ? NO_KEY : undefined)
    if (early !== undefined || owner === undefined) return refusedAs(early ?? NO_KEY)
    const isOwner = this.#parts.catalogue.isOwner(infoHash, owner)
    if (isOwner === undefined) return refusedAs(NOT_LISTED)
    if (!isOwner) return refusedAs({ status: 403, error: 'somebody else has published that torrent' })
    this.#parts.catalogue.remove(infoHash)
    return { status: 204, body: '' }
  }

  #list(body: Uint8Array, owner: Uint8Array, { passkey, ip }: Caller): HttpAnswer {
    const { catalogue, policy, access } = this.#parts
    const torrent = readCatalogueTorrent(body, !policy.hasPasskeys)
    if (isFailure(torrent)) return refusedAs({ status: 422, error: torrent.failure })
    const refusal = access.refuse([torrent.infoHash], passkey, ip)
    if (refusal !== undefined) return refusedAs(refusalOf(refusal))
    const unfit = policy.refusePrivate(torrent)
    if (unfit !== undefined) return refusedAs(unfit)
    const full = catalogue.find(torrent.infoHash) ? undefined : policy.refuseNew(torrent, owner, ip, catalogue)
    if (full !== undefined) return refusedAs(full)
    const isNew = catalogue.add(torrent, owner)
    const { name } = torrent // of equal info-hashes, equal names
    return jsonAnswer(isNew ? 201 : 200, { info_hash: toHex(torrent.infoHash), name, isNew })
  }

  /** The first `length` bytes. */
  async #read(request: http.IncomingMessage, length: number): Promise<Uint8Array | CatalogueRefusal> {
    if (this.#bodies >= MAX_BODIES) {
      return { status: 503, error: 'too many torrents come at once', retryAfterSec: 10 }
    }
    this.#bodies++
    try {
      // In one piece: a body that comes byte by byte would take a hundred times its length.
      const body = new Uint8Array(length)
      const isWhole = await readBody(request, body, this.#parts.bodyMs ?? BODY_MS)
      return isWhole ? body : { status: 408, error: 'the torrent came too slowly' }
    } finally {
      this.#bodies--
    }
  }
}

/** Fills `body`, and drops what does not fit. False if it did not end in time. */
export function readBody(request: http.IncomingMessage, body: Uint8Array, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    let at = 0
    const onData = (chunk: Uint8Array): void => {
      const part = chunk.subarray(0, body.length - at)
      body.set(part, at)
      at += part.length
    }
    const finish = (isWhole: boolean): void => {
      clearTimeout(timer)
      request.off('data', onData).resume()
      resolve(isWhole)
    }
    const timer = setTimeout(() => finish(false), timeoutMs)
    request.on('data', onData)
    request.on('end', () => finish(true))
    request.on('close', () => finish(false))
    request.on('error', () => {}) // "close" follows
  })
}

/** The digest of the caller's key: who reads the file of the catalogue can delete nothing with it. */
function ownerOf({ headers }: http.IncomingMessage): Uint8Array | undefined {
  const header = headers['shoal-owner-key']
  const key = typeof header === 'string' ? fromHex(header) : undefined
  return key?.length === OWNER_KEY_BYTES ? createHash('sha256').update(key).digest() : undefined
}

const NO_KEY: CatalogueRefusal = { status: 400, error: 'the header Shoal-Owner-Key must have 64 hex digits' }
export const NOT_LISTED: CatalogueRefusal = { status: 404, error: 'that torrent is not listed here' }

/** What the lists say, as HTTP has it. */
export function refusalOf({ failure, retryIn }: Refusal): CatalogueRefusal {
  return retryIn === 'never'
    ? { status: 403, error: failure }
    : { status: 429, error: failure, retryAfterSec: retryIn * 60 }
}

export function refusedAs({ status, error, retryAfterSec }: CatalogueRefusal): HttpAnswer {
  const answer = jsonAnswer(status, { error })
  return retryAfterSec === undefined
    ? answer
    : { ...answer, headers: { ...answer.headers, 'Retry-After': String(retryAfterSec) } }
}

/** Never kept: how many peers there are changes, and what is listed too. */
export function jsonAnswer(status: number, value: object): HttpAnswer {
  const headers = { 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }
  return { status, body: JSON.stringify(value), type: 'application/json', headers }
}
