// Announces over WebSocket, as WebTorrent's browser clients speak them: one JSON text a message. The tracker does not
// name peers here but carries their WebRTC offers and answers: A announces with offers, the tracker gives each to another
// member, whose answer names A. Of what a stranger sent only checked fields go on to others.
import { fromLatin1 } from '../bytes.ts'
import { type InfoHash, infoHash } from '../ids.ts'
import { type AnnounceEvent, MAX_SCRAPE_HASHES, type SwarmCounts, type TrackerFailure } from './announce.ts'
import { type CutJson, cutLongStrings, longString } from './long-strings.ts'

/** 20 bytes (info-hash, peer id, offer id) as a text of one character each: so JSON carries them and maps hold them. */
export type BinaryText = string & { readonly kind: 'BinaryText' }

/** A JSON text of a string, in UTF-8 and with its quotes: what is passed on goes in the bytes in which it came. */
export type JsonString = Uint8Array

export interface WsOffer {
  readonly offerId: BinaryText
  readonly sdp: JsonString
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
  readonly sdp: JsonString
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
/** In JSON, without its quotes. Of a data channel with all its candidates: 1 to 3 kB. */
export const MAX_SDP_BYTES = 16_384

const ENCODER = new TextEncoder()
const EVENTS: readonly AnnounceEvent[] = ['started', 'completed', 'stopped', 'paused']

/** A text that one client is sent: JSON, of which the middle may be somebody else's bytes. */
export type WsText = string | { readonly before: string; readonly sdp: JsonString; readonly behind: string }

/** One message as it came, in UTF-8. Parts of the answer are parts of `bytes`. */
export function readWsMessage(bytes: Uint8Array): WsRequest {
  const cut = cutLongStrings(bytes)
  return readWsRequest(cut === undefined ? undefined : parse(cut.rest), cut)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // the caller refuses what is nothing
  }
}

/** `message` is what JSON.parse made of it, or `undefined`. Offers that make no sense are left out. */
export function readWsRequest(message: unknown, cut?: CutJson): WsRequest {
  if (!isObject(message)) return { failure: 'the message is no JSON object' }
  const { action, info_hash: hash } = message
  if (action === 'scrape') return readScrape(hash)
  if (action !== 'announce') return { failure: 'action is neither announce nor scrape' }
  if (!isBinaryText(hash)) return { failure: 'info_hash is missing or not 20 bytes long' }
  const { peer_id: peerId, answer, left, event } = message
  if (!isBinaryText(peerId)) return { failure: 'peer_id is missing or not 20 bytes long', infoHash: hash }
  if (answer !== undefined && answer !== null) return readAnswer(message, hash, peerId, cut)
  return {
    kind: 'announce',
    infoHash: hash,
    peerId,
    isSeed: left === 0 || event === 'completed',
    event: EVENTS.find((one) => one === event) ?? 'none',
    offers: readOffers(message['offers'], cut),
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

const BEFORE_OFFER = '{"action":"announce","offer":{"type":"offer","sdp":'
const BEFORE_ANSWER = '{"action":"announce","answer":{"type":"answer","sdp":'

/** For another peer, that may answer it. `about` is the same for all offers of an announce. */
export function writeWsOffer({ offerId, sdp }: WsOffer, about: string): WsText {
  return { before: BEFORE_OFFER, sdp, behind: `},"offer_id":${JSON.stringify(offerId)},${about}` }
}

/** For the peer that made the offer. */
export function writeWsAnswer(answer: WsAnswer): WsText {
  const { offerId, sdp } = answer
  return { before: BEFORE_ANSWER, sdp, behind: `},"offer_id":${JSON.stringify(offerId)},${writeWsAbout(answer)}` }
}

/** Who speaks, and of what: the end of what others are sent. */
export function writeWsAbout({ infoHash: hash, peerId }: Pick<WsAnnounce, 'infoHash' | 'peerId'>): string {
  return `"peer_id":${JSON.stringify(peerId)},"info_hash":${JSON.stringify(hash)}}`
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

function readAnswer(
  message: JsonObject,
  hash: BinaryText,
  peerId: BinaryText,
  cut: CutJson | undefined,
): WsAnswer | WsFailure {
  const { to_peer_id: toPeerId, offer_id: offerId, answer } = message
  if (!isBinaryText(toPeerId)) return { failure: 'to_peer_id is missing or not 20 bytes long', infoHash: hash }
  if (!isBinaryText(offerId)) return { failure: 'offer_id is missing or not 20 bytes long', infoHash: hash }
  const sdp = readSdp(answer, 'answer', cut)
  if (sdp === undefined) return { failure: 'the answer is none, or too long', infoHash: hash }
  return { kind: 'answer', infoHash: hash, peerId, toPeerId, offerId, sdp }
}

function readOffers(value: unknown, cut: CutJson | undefined): readonly WsOffer[] {
  if (!Array.isArray(value)) return []
  const offers: WsOffer[] = []
  for (let i = 0; i < value.length && i < MAX_WS_OFFERS; i++) {
    const one: unknown = value[i]
    if (!isObject(one)) continue
    const { offer_id: offerId, offer } = one
    const sdp = readSdp(offer, 'offer', cut)
    if (sdp !== undefined && isBinaryText(offerId)) offers.push({ offerId, sdp })
  }
  return offers
}

function readSdp(value: unknown, type: 'offer' | 'answer', cut: CutJson | undefined): JsonString | undefined {
  if (!isObject(value) || value['type'] !== type) return undefined
  const { sdp } = value
  if (typeof sdp !== 'string' || sdp.length > MAX_SDP_BYTES) return undefined
  const json = (cut && longString(cut, sdp)) ?? ENCODER.encode(JSON.stringify(sdp))
  return json.length - 2 <= MAX_SDP_BYTES ? json : undefined
}

type JsonObject = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isBinaryText(value: unknown): value is BinaryText {
  return typeof value === 'string' && /^[\0-\xff]{20}$/.test(value)
}
