// Announces over WebSocket, as WebTorrent's browser clients speak them: one JSON text a message. The tracker does not
// name peers here but carries their WebRTC offers and answers: A announces with offers, the tracker gives each to another
// member, whose answer names A. Of what a stranger sent only checked fields go on to others.
import { fromLatin1 } from '../bytes.ts'
import { type InfoHash, infoHash } from '../ids.ts'
import { type AnnounceEvent, isFailure, MAX_SCRAPE_HASHES, type SwarmCounts, type TrackerFailure } from './announce.ts'
import { elementsOf, memberOf } from './json-slices.ts'

/** 20 bytes (info-hash, peer id, offer id) as a text of one character each: so JSON carries them and maps hold them. */
export type BinaryText = string & { readonly kind: 'BinaryText' }

export interface WsOffer {
  readonly offerId: BinaryText
  readonly sdp: string
  /** As its sender wrote it in JSON, where that is known. */
  readonly json?: string
}

export interface WsAnnounce {
  readonly kind: 'announce'
  readonly infoHash: BinaryText
  readonly peerId: BinaryText
  readonly isSeed: boolean
  readonly event: AnnounceEvent
  readonly offers: readonly WsOffer[]
}

/** To be passed to `toPeerId` only, who made the offer. */
export interface WsAnswer {
  readonly kind: 'answer'
  readonly infoHash: BinaryText
  readonly peerId: BinaryText
  readonly toPeerId: BinaryText
  readonly offerId: BinaryText
  readonly sdp: string
}

export interface WsScrape {
  readonly kind: 'scrape'
  readonly infoHashes: readonly BinaryText[]
}

export interface WsFailure extends TrackerFailure {
  /** Of what it speaks, if that could be read. */
  readonly infoHash?: BinaryText | undefined
}

export type WsRequest = WsAnnounce | WsAnswer | WsScrape | WsFailure

/** Clients make 5 to 10; each one goes to one other peer. */
export const MAX_WS_OFFERS = 10
/** Of a data channel with all its candidates: 1 to 3 kB. */
export const MAX_SDP_CHARACTERS = 16_384

const EVENTS: readonly AnnounceEvent[] = ['started', 'completed', 'stopped', 'paused']

/** One message as it came. */
export function readWsText(text: string): WsRequest {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return readWsRequest(undefined)
  }
  const request = readWsRequest(message)
  if (isFailure(request) || request.kind !== 'announce' || request.offers.length === 0) return request
  const written = offersIn(text)
  // If some made no sense, it is not known which is which.
  if (written.length !== request.offers.length) return request
  return { ...request, offers: request.offers.map((offer, i) => ({ ...offer, json: written[i] ?? '' })) }
}

/** `message` is what JSON.parse made of it, or `undefined`. Offers that make no sense are left out. */
export function readWsRequest(message: unknown): WsRequest {
  if (!isObject(message)) return { failure: 'the message is no JSON object' }
  const { action, info_hash: hash } = message
  if (action === 'scrape') return readScrape(hash)
  if (action !== 'announce') return { failure: 'action is neither announce nor scrape' }
  if (!isBinaryText(hash)) return { failure: 'info_hash is missing or not 20 bytes long' }
  const { peer_id: peerId, answer, left, event } = message
  if (!isBinaryText(peerId)) return { failure: 'peer_id is missing or not 20 bytes long', infoHash: hash }
  if (answer !== undefined && answer !== null) return readAnswer(message, hash, peerId)
  return {
    kind: 'announce',
    infoHash: hash,
    peerId,
    isSeed: left === 0 || event === 'completed',
    event: EVENTS.find((one) => one === event) ?? 'none',
    offers: readOffers(message['offers']),
  }
}

/** For those who want bytes. */
export function toInfoHash(text: BinaryText): InfoHash {
  return infoHash(fromLatin1(text)) as InfoHash // a BinaryText has 20 characters
}

export function writeWsCounts(hash: BinaryText, intervalSec: number, { seeders, leechers }: SwarmCounts): string {
  return JSON.stringify({
    action: 'announce',
    interval: intervalSec,
    info_hash: hash,
    complete: seeders,
    incomplete: leechers,
  })
}

/** Each for another peer, that may answer it. */
export function writeWsOffers({ infoHash: hash, peerId }: WsAnnounce, offers: readonly WsOffer[]): readonly string[] {
  const from = `"peer_id":${JSON.stringify(peerId)},"info_hash":${JSON.stringify(hash)}}`
  return offers.map(({ offerId, sdp, json = JSON.stringify(sdp) }) => {
    return `{"action":"announce","offer":{"type":"offer","sdp":${json}},"offer_id":${JSON.stringify(offerId)},${from}`
  })
}

/** For the peer that made the offer. */
export function writeWsAnswer({ infoHash: hash, peerId, offerId, sdp }: WsAnswer): string {
  return JSON.stringify({
    action: 'announce',
    answer: { type: 'answer', sdp },
    offer_id: offerId,
    peer_id: peerId,
    info_hash: hash,
  })
}

export function writeWsScrape(
  hashes: readonly BinaryText[],
  counts: readonly SwarmCounts[],
  intervalSec: number,
): string {
  // A hash may be spelled like a property that every object has: fromEntries makes it the object's own.
  const files = Object.fromEntries(
    hashes.map((hash, i) => {
      const { seeders = 0, leechers = 0, completed = 0 } = counts[i] ?? {}
      return [hash, { complete: seeders, incomplete: leechers, downloaded: completed }]
    }),
  )
  return JSON.stringify({ action: 'scrape', files, flags: { min_request_interval: intervalSec } })
}

/** With a hash it is about that torrent; clients take a failure without one for the end of the connection. */
export function writeWsFailure({ failure, infoHash: hash }: WsFailure): string {
  const action = hash === undefined ? undefined : 'announce'
  return JSON.stringify({ action, 'failure reason': failure, info_hash: hash })
}

function readScrape(hash: unknown): WsScrape | WsFailure {
  const all: readonly unknown[] = Array.isArray(hash) ? hash.slice(0, MAX_SCRAPE_HASHES) : [hash]
  const infoHashes = all.filter(isBinaryText)
  if (infoHashes.length === 0 || infoHashes.length < all.length) {
    return { failure: 'info_hash is missing or not 20 bytes long' }
  }
  return { kind: 'scrape', infoHashes }
}

function readAnswer(message: JsonObject, hash: BinaryText, peerId: BinaryText): WsAnswer | WsFailure {
  const { to_peer_id: toPeerId, offer_id: offerId, answer } = message
  if (!isBinaryText(toPeerId)) return { failure: 'to_peer_id is missing or not 20 bytes long', infoHash: hash }
  if (!isBinaryText(offerId)) return { failure: 'offer_id is missing or not 20 bytes long', infoHash: hash }
  const sdp = readSdp(answer, 'answer')
  if (sdp === undefined) return { failure: 'the answer is none, or too long', infoHash: hash }
  return { kind: 'answer', infoHash: hash, peerId, toPeerId, offerId, sdp }
}

function readOffers(value: unknown): readonly WsOffer[] {
  if (!Array.isArray(value)) return []
  const all: readonly unknown[] = value.slice(0, MAX_WS_OFFERS)
  return all.flatMap((one) => {
    if (!isObject(one)) return []
    const { offer_id: offerId, offer } = one
    const sdp = readSdp(offer, 'offer')
    return sdp !== undefined && isBinaryText(offerId) ? [{ offerId, sdp }] : []
  })
}

/** The SDP of each offer, as it stands in the text of a request that has some. */
function offersIn(text: string): readonly string[] {
  const list = memberOf(text, 0, 'offers')
  if (list === undefined) return []
  return elementsOf(text, list.start, MAX_WS_OFFERS).flatMap(({ start }) => {
    const offer = memberOf(text, start, 'offer')
    const sdp = offer === undefined ? undefined : memberOf(text, offer.start, 'sdp')
    return sdp === undefined || text[sdp.start] !== '"' ? [] : [text.slice(sdp.start, sdp.end)]
  })
}

function readSdp(value: unknown, type: 'offer' | 'answer'): string | undefined {
  if (!isObject(value) || value['type'] !== type) return undefined
  const { sdp } = value
  return typeof sdp === 'string' && sdp.length <= MAX_SDP_CHARACTERS ? sdp : undefined
}

type JsonObject = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isBinaryText(value: unknown): value is BinaryText {
  return typeof value === 'string' && /^[\0-\xff]{20}$/.test(value)
}
