// What trackers on several machines tell each other about WebSocket peers: the messages that these send themselves, which
// the same reader checks, and with them who passes them on. tracker/redis-relay.ts carries them.
import { isFailure } from './announce.ts'
import { type JsonString, readWsRequest, type WsAnnounce, type WsAnswer } from './ws-announce.ts'

/** Of UTF-8. Ten offers of 3 kB fit into one, and one of any length. */
export const MAX_RELAYED_BYTES = 64 * 1024

const UTF8 = new TextEncoder()
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })

export interface RelayedFrom {
  /** The tracker that it comes from, by its own word. */
  readonly from: string
  readonly message: WsAnnounce | WsAnswer
}

/** As JSON texts that are short enough, each with some of the offers; none for what has no offers. */
export function writeRelayed(from: string, message: WsAnnounce | WsAnswer): readonly string[] {
  const { infoHash, peerId } = message
  const about = { from, action: 'announce', info_hash: infoHash, peer_id: peerId }
  if (message.kind === 'answer') {
    const { toPeerId, offerId, sdp } = message
    const answer = { type: 'answer', sdp: textOf(sdp) }
    return [JSON.stringify({ ...about, to_peer_id: toPeerId, offer_id: offerId, answer })]
  }
  const { event, isSeed, offers } = message
  if (offers.length === 0) return []
  const list = offers.map(({ offerId, sdp }) => ({ offer_id: offerId, offer: { type: 'offer', sdp: textOf(sdp) } }))
  const text = JSON.stringify({ ...about, left: isSeed ? 0 : 1, event, offers: list })
  if (UTF8.encode(text).length <= MAX_RELAYED_BYTES) return [text]
  const half = Math.ceil(offers.length / 2)
  const parts = [offers.slice(0, half), offers.slice(half)]
  return parts.flatMap((part) => writeRelayed(from, { ...message, offers: part }))
}

/** `value` is what JSON.parse made of a text, or `undefined`. Nothing comes of what has nothing to pass on. */
export function readRelayed(value: unknown): RelayedFrom | undefined {
  if (typeof value !== 'object' || value === null || !('from' in value)) return undefined
  const { from } = value
  const message = readWsRequest(value)
  if (typeof from !== 'string' || isFailure(message) || message.kind === 'scrape') return undefined
  if (message.kind === 'announce' && (message.offers.length === 0 || message.event === 'stopped')) return undefined
  return { from, message }
}

function textOf(json: JsonString): unknown {
  return JSON.parse(DECODER.decode(json))
}
