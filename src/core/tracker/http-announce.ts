// Announces over HTTP (BEP 3, 7, 21, 23, 24), both sides: the client writes a query and reads an answer, the tracker
// reads a query and writes an answer.
import { type Address, canonicalIp, parseCompact, printIp } from '../address.ts'
import {
  BencodeFault,
  type BDict,
  type BValue,
  bytesOf,
  decodeBencode,
  dictOf,
  encodeBencode,
  integerOf,
  listOf,
} from '../bencode.ts'
import { toLatin1 } from '../bytes.ts'
import { type InfoHash, type PeerId, infoHash, peerId } from '../ids.ts'
import {
  type AnnounceAnswer,
  type AnnounceEvent,
  type AnnounceReply,
  type AnnounceRequest,
  MAX_ANSWER_PEERS,
  type TrackerFailure,
  type TrackerPeer,
} from './announce.ts'
import { eachField, numberField, percentDecode, percentEncode } from './http-query.ts'
import { cleanTrackerText } from './tracker-text.ts'

/** A tracker id goes back with every announce; a longer one is dropped. */
const MAX_TRACKER_ID_BYTES = 1024
const EVENTS: readonly AnnounceEvent[] = ['started', 'completed', 'stopped', 'paused']

export interface HttpAnnounceRequest extends AnnounceRequest {
  /** Absent: compact, as BEP 23 advises. False asks for a list of dictionaries. */
  readonly compact: boolean
}

/** The query of an announce: join it to the URL with `withQuery`. `trackerId` is that of the last answer. */
export function announceQuery(request: AnnounceRequest, trackerId?: Uint8Array): string {
  const { numWant, event, key } = request
  const fields = [
    `info_hash=${percentEncode(request.infoHash)}`,
    `peer_id=${percentEncode(request.peerId)}`,
    `port=${request.port}`,
    `uploaded=${request.uploaded}`,
    `downloaded=${request.downloaded}`,
    `left=${request.left}`,
    'compact=1',
  ]
  if (numWant !== undefined) fields.push(`numwant=${numWant}`)
  if (key !== undefined) fields.push(`key=${key.toString(16).toUpperCase().padStart(8, '0')}`)
  if (trackerId !== undefined) fields.push(`trackerid=${percentEncode(trackerId)}`)
  if (event !== 'none') fields.push(`event=${event}`)
  return fields.join('&')
}

/** Reads a query without its `?`; `failure` is what to answer. Fields that name an address are ignored. */
export function parseAnnounceQuery(query: string): HttpAnnounceRequest | TrackerFailure {
  const fields = new Map<string, string>()
  let hash: InfoHash | undefined
  let id: PeerId | undefined
  eachField(query, (name, value) => {
    if (name === 'info_hash') hash ??= infoHash(percentDecode(value))
    else if (name === 'peer_id') id ??= peerId(percentDecode(value))
    else fields.set(name, value)
  })
  if (hash === undefined) return { failure: 'info_hash is missing or not 20 bytes long' }
  if (id === undefined) return { failure: 'peer_id is missing or not 20 bytes long' }
  const port = numberField(fields.get('port'))
  if (port === undefined || port > 65535) return { failure: 'port is missing or no port number' }
  const key = fields.get('key') ?? ''
  return {
    infoHash: hash,
    peerId: id,
    port,
    uploaded: numberField(fields.get('uploaded')) ?? 0,
    downloaded: numberField(fields.get('downloaded')) ?? 0,
    left: numberField(fields.get('left')) ?? 1, // whoever does not say is no seed
    event: EVENTS.find((event) => event === fields.get('event')) ?? 'none',
    numWant: numberField(fields.get('numwant')),
    key: /^[0-9a-fA-F]{1,8}$/.test(key) ? Number.parseInt(key, 16) : undefined,
    compact: fields.get('compact') !== '0',
  }
}

/**
 * Writes an answer. Without `compact` peers come as dictionaries with `ip` and `port`, both families in one list; they
 * never carry peer ids, which this tracker does not keep and clients do without.
 */
export function writeAnnounceAnswer(reply: AnnounceReply, compact: boolean): Uint8Array {
  const { peers4, peers6 } = reply
  const list = (): { ip: string; port: number }[] => [...parseCompact(peers4, 6), ...parseCompact(peers6, 18)]
  return encodeBencode({
    complete: reply.counts.seeders,
    downloaded: reply.counts.completed,
    'external ip': reply.externalIp,
    incomplete: reply.counts.leechers,
    interval: reply.intervalSec,
    'min interval': reply.minIntervalSec,
    peers: compact ? peers4 : list().map(({ ip, port }) => ({ ip, port })),
    peers6: compact && peers6.length > 0 ? peers6 : undefined,
  })
}

/** The refusal of an announce or a scrape; `retryIn`: minutes until it may be asked again (BEP 31). */
export function writeFailure(failure: string, retryIn?: number | 'never'): Uint8Array {
  return encodeBencode({ 'failure reason': failure, 'retry in': retryIn })
}

/** Reads the body of an answer, whatever the HTTP status was: trackers send failures with any. */
export function readAnnounceAnswer(body: Uint8Array): AnnounceAnswer | TrackerFailure {
  const dict = readAnswerDict(body)
  if (!(dict instanceof Map)) return dict
  const warning = bytesOf(dict.get('warning message'))
  const trackerId = bytesOf(dict.get('tracker id'))
  const externalIp = bytesOf(dict.get('external ip'))
  const isIp = externalIp?.length === 4 || externalIp?.length === 16
  return {
    intervalSec: countOf(dict, 'interval'),
    minIntervalSec: countOf(dict, 'min interval'),
    seeders: countOf(dict, 'complete'),
    leechers: countOf(dict, 'incomplete'),
    peers: [...peersOf(dict.get('peers'), 6), ...peersOf(dict.get('peers6'), 18)],
    warning: warning === undefined ? undefined : cleanTrackerText(warning),
    trackerId: trackerId !== undefined && trackerId.length <= MAX_TRACKER_ID_BYTES ? trackerId.slice() : undefined,
    externalIp: isIp ? canonicalIp(printIp(externalIp)) : undefined,
  }
}

/** The dictionary of any tracker's answer, or the failure in it. Bytes behind it (a line break) are harmless. */
export function readAnswerDict(body: Uint8Array): BDict | TrackerFailure {
  const decoded = decodeBencode(body, { maxDepth: 10, maxTokens: 100_000, allowTrailing: true })
  if (decoded instanceof BencodeFault) return { failure: `the answer is not that of a tracker: ${decoded.reason}` }
  const dict = dictOf(decoded.value)
  if (dict === undefined) return { failure: 'the answer is not that of a tracker: it is no dictionary' }
  const failure = dict.get('failure reason')
  if (failure === undefined) return dict
  const text = cleanTrackerText(bytesOf(failure) ?? new Uint8Array())
  return { failure: text === '' ? 'the tracker refused and gave no reason' : text }
}

export function countOf(dict: BDict, key: string): number | undefined {
  const count = integerOf(dict.get(key))
  return count !== undefined && count >= 0 ? count : undefined
}

/** Compact, or dictionaries even if compact was asked for (BEP 23). */
function peersOf(value: BValue | undefined, size: 6 | 18): TrackerPeer[] {
  const compact = bytesOf(value)
  if (compact !== undefined) return parseCompact(compact.subarray(0, MAX_ANSWER_PEERS * size), size)
  const peers: TrackerPeer[] = []
  for (const item of (listOf(value) ?? []).slice(0, MAX_ANSWER_PEERS)) {
    const dict = dictOf(item)
    const address = dict === undefined ? undefined : addressOf(dict)
    if (dict === undefined || address === undefined) continue
    const id = peerId(bytesOf(dict.get('peer id')) ?? new Uint8Array())
    peers.push(id === undefined ? address : { ...address, peerId: id })
  }
  return peers
}

/** BEP 3 allows host names for `ip`; nobody sends them, and looking up names for a stranger is no good idea. */
function addressOf(dict: BDict): Address | undefined {
  const ip = canonicalIp(toLatin1(bytesOf(dict.get('ip')) ?? new Uint8Array()))
  const port = integerOf(dict.get('port'))
  return ip !== undefined && port !== undefined && port > 0 && port <= 65535 ? { ip, port } : undefined
}
