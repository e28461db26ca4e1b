// Extension messages (BEP 10): the handshake, metadata both ways (BEP 9), lt_donthave (BEP 54), upload_only (BEP 21).
import { readDontHave, readUploadOnly } from '../core/ext/donthave.ts'
import { EXTENDED_HANDSHAKE_ID, OUR_EXTENSION_IDS, readExtendedHandshake } from '../core/ext/extended.ts'
import { readMetadataMessage } from '../core/ext/metadata-message.ts'
import type { Violation } from '../core/wire/violation.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'
import { dropIfUseless } from './torrent-finish.ts'
import { updateInterest } from './torrent-interest.ts'
import { refillHungry } from './torrent-requests.ts'

/** `payload` begins with our number for the extension, and is borrowed. Numbers that we never gave are ignored. */
export function onExtended(torrent: Torrent, peer: Peer, payload: Uint8Array): Violation | undefined {
  const [id] = payload
  if (id === undefined) return 'bad-extended'
  const body = payload.subarray(1)
  switch (id) {
    case EXTENDED_HANDSHAKE_ID:
      return onHandshake(torrent, peer, body)
    case OUR_EXTENSION_IDS.ut_metadata:
      return onMetadata(torrent, peer, body)
    case OUR_EXTENSION_IDS.lt_donthave:
      return onDontHave(torrent, peer, body)
    case OUR_EXTENSION_IDS.upload_only:
      return onUploadOnly(torrent, peer, readUploadOnly(body))
    default:
      return undefined
  }
}

function onHandshake(torrent: Torrent, peer: Peer, body: Uint8Array): Violation | undefined {
  const handshake = readExtendedHandshake(body)
  if (typeof handshake === 'string') return handshake
  peer.extensions.update(handshake)
  if (handshake.v !== undefined) peer.client = handshake.v
  if (handshake.reqq !== undefined) peer.window.setLimit(handshake.reqq)
  if (handshake.p !== undefined) rememberListener(torrent, peer, handshake.p)
  const canTell = peer.extensions.idOf('ut_metadata') !== undefined && handshake.metadataSize !== undefined
  if (canTell) torrent.metadata?.peerJoined(peer.slot, handshake.metadataSize, monotonicMs())
  return handshake.uploadOnly === undefined ? undefined : onUploadOnly(torrent, peer, handshake.uploadOnly)
}

/** A peer that came to us says where it listens: it can be dialled when the connection is lost. */
function rememberListener(torrent: Torrent, peer: Peer, port: number): void {
  if (peer.candidate !== undefined) return
  const address = { ip: peer.address.ip, port }
  const candidate = torrent.candidates.add(address, 'incoming') ?? torrent.candidates.get(address)
  if (candidate?.state !== 'idle') return
  candidate.state = 'connected'
  peer.candidate = candidate
}

function onMetadata(torrent: Torrent, peer: Peer, body: Uint8Array): Violation | undefined {
  const message = readMetadataMessage(body)
  if (message === undefined || typeof message === 'string') return message
  const now = monotonicMs()
  switch (message.type) {
    case 'request': {
      const reply = peer.metadataUpload.onRequest(message.piece, torrent.info?.bytes, now)
      if (typeof reply === 'string') return reply
      const id = peer.extensions.idOf('ut_metadata')
      if (id !== undefined) peer.sendExtended(id, reply)
      return undefined
    }
    case 'data':
      return torrent.metadata?.onData(peer.slot, message.piece, message.totalSize, message.bytes, now)
    case 'reject':
      torrent.metadata?.onReject(peer.slot, message.piece, now)
      return undefined
  }
}

function onDontHave(torrent: Torrent, peer: Peer, body: Uint8Array): Violation | undefined {
  const index = readDontHave(body)
  if (typeof index === 'string') return index
  const { content } = torrent
  const piece = content?.geometry.pieceIndex(index)
  if (content === undefined || piece === undefined || peer.have === undefined) return undefined
  content.picker.peerLacks(peer.slot, piece, peer.supportsFast)
  updateInterest(torrent, peer)
  refillHungry(torrent.session)
  return undefined
}

function onUploadOnly(torrent: Torrent, peer: Peer, isUploadOnly: boolean | Violation): Violation | undefined {
  if (typeof isUploadOnly === 'string') return isUploadOnly
  peer.isUploadOnly = isUploadOnly
  dropIfUseless(torrent, peer)
  return undefined
}
