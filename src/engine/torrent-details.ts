// What users see of the inside of a torrent now: its files, pieces and peers. See torrent-status.ts for the fields.
import type { Bitfield } from '../core/bitfield.ts'
import type { PieceIndex } from '../core/ids.ts'
import { NORMAL_PRIORITY } from '../core/pick/piece-order.ts'
import { leastByPart } from '../core/piece-map.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Content } from './content.ts'
import type { Peer } from './peer.ts'
import type { Torrent } from './torrent.ts'
import type { FileStatus, PeerStatus } from './torrent-status.ts'

/** In the order of the torrent, padding included, so that a number means the same everywhere. */
export function filesOf({ onDisk: info, content, kept, priorities }: Torrent): FileStatus[] {
  if (info === undefined) return []
  const have = content?.have ?? kept
  const done = have === undefined ? undefined : doneBytesByFile(have, info.geometry)
  return info.files.map((file, n) => {
    const pieces = info.geometry.piecesOfFile(n)
    return {
      path: file.path.join('/'),
      length: file.length,
      doneBytes: done?.[n] ?? 0,
      priority: priorities?.[n] ?? NORMAL_PRIORITY,
      beginPiece: pieces?.first ?? 0,
      endPiece: pieces === undefined ? 0 : pieces.last + 1,
    }
  })
}

/** Peers that have each piece; -1 for those that are here. */
export function availabilityOf({ content }: Torrent): number[] {
  if (content === undefined) return []
  const { have, picker } = content
  return Array.from({ length: have.length }, (_, n) => (have.has(n) ? -1 : picker.availability(n as PieceIndex)))
}

/** The same in parts, see core/piece-map.ts; of those that are here, too. */
export function availabilityByPart({ geometry, picker }: Content): Uint8Array {
  return leastByPart(geometry.pieceCount, (n) => picker.availability(n as PieceIndex))
}

export function peersOf(torrent: Torrent): PeerStatus[] {
  const now = monotonicMs()
  return Array.from(torrent.peers, (peer) => peerStatus(peer, now))
}

function peerStatus(peer: Peer, now: number): PeerStatus {
  return {
    ...peer.address,
    client: peer.client,
    source: peer.candidate?.source ?? 'incoming',
    progress: peer.have === undefined ? 0 : peer.have.count / Math.max(1, peer.have.length),
    isIncoming: peer.isIncoming,
    isEncrypted: peer.isEncrypted,
    downloadBytesPerSec: peer.downloadMeter.bytesPerSec(now),
    uploadBytesPerSec: peer.uploadMeter.bytesPerSec(now),
    isChokingUs: peer.isChoking,
    isInterestedInUs: peer.isInterested,
    isChokedByUs: peer.amChoking,
    isInterestingToUs: peer.amInterested,
    isSnubbed: peer.isSnubbed,
    downloadedBytes: peer.downloadedBytes,
    uploadedBytes: peer.uploadedBytes,
  }
}

function doneBytesByFile(have: Bitfield, geometry: NonNullable<Torrent['info']>['geometry']): number[] {
  const done = geometry.files.map(() => 0)
  for (let piece = 0; piece < have.length; piece++) {
    if (!have.has(piece)) continue
    geometry.spans(piece as PieceIndex, 0, geometry.pieceBytes(piece as PieceIndex), (file, _offset, length) => {
      done[file] = (done[file] ?? 0) + length
    })
  }
  return done
}
