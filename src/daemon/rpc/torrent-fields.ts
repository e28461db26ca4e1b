// Every field of Transmission's `torrent_get` (docs/rpc-spec.md there, section 3.3), one function each.
import { basename } from 'node:path'
import { magnetOf, printMagnet } from '../../core/metainfo/magnet.ts'
import { tiersOf } from '../../engine/torrent-announce.ts'
import { availabilityOf, filesOf, peersOf } from '../../engine/torrent-details.ts'
import type { Torrent } from '../../engine/torrent.ts'
import type { TorrentStatus } from '../../engine/torrent-status.ts'
import { haveBytes } from '../../engine/torrent-totals.ts'
import type { Daemon } from '../daemon.ts'
import { goalsOf } from '../goals.ts'
import { kindOf, type ListedState, type ListedTorrent, stateOf } from '../listed-torrent.ts'
import type { Json, JsonObject } from './method.ts'
import { trackers, trackerStats } from './tracker-fields.ts'
import { printTiers } from './tracker-changes.ts'

/** What fields are made of; the status is made once for all of them. */
export interface Look {
  readonly daemon: Daemon
  readonly listed: ListedTorrent
  readonly status: TorrentStatus
}

type Field = (look: Look) => Json

/** `tr_torrent_activity`. */
const STATUS: Readonly<Record<Exclude<ListedState, 'queued'>, number>> = {
  stopped: 0,
  failed: 0,
  checking: 2,
  metadata: 4,
  downloading: 4,
  seeding: 6,
}
const QUEUED = { download: 3, seed: 5 } as const
/** `tr_stat.error`: nothing, a tracker warned, a tracker failed, something here failed. */
const ERROR = { none: 0, trackerWarning: 1, trackerError: 2, local: 3 } as const
/** `eta`: not known. */
const UNKNOWN_ETA = -1

const seconds = (ms: number | undefined): number => (ms === undefined ? 0 : Math.floor(ms / 1000))
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)

/** As they stand for low, normal and high with Transmission. */
function priorityOf(priority: number): number {
  if (priority === 0 || priority === 4) return 0
  return priority < 4 ? -1 : 1
}

function base64(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

function peers({ listed: { torrent } }: Look): JsonObject[] {
  return peersOf(torrent).map((peer) => ({
    address: peer.ip,
    bytes_to_client: peer.downloadedBytes,
    bytes_to_peer: peer.uploadedBytes,
    client_is_choked: peer.isChokingUs,
    client_is_interested: peer.isInterestingToUs,
    client_name: peer.client,
    flag_str: peerFlags(peer),
    is_downloading_from: peer.downloadBytesPerSec > 0,
    is_encrypted: peer.isEncrypted,
    is_incoming: peer.isIncoming,
    is_uploading_to: peer.uploadBytesPerSec > 0,
    is_utp: false,
    peer_id: '',
    peer_is_choked: peer.isChokedByUs,
    peer_is_interested: peer.isInterestedInUs,
    port: peer.port,
    progress: peer.progress,
    rate_to_client: Math.round(peer.downloadBytesPerSec),
    rate_to_peer: Math.round(peer.uploadBytesPerSec),
  }))
}

/** Letters as Transmission has them: D, d: we take, we would; U, u: it takes, it would; K, ?: a choke that nobody minds; E: encrypted. */
export function peerFlags(peer: ReturnType<typeof peersOf>[number]): string {
  let text = ''
  if (peer.isInterestingToUs) text += peer.isChokingUs ? 'd' : 'D'
  else if (!peer.isChokingUs) text += 'K'
  if (peer.isInterestedInUs) text += peer.isChokedByUs ? 'u' : 'U'
  else if (!peer.isChokedByUs) text += '?'
  if (peer.isEncrypted) text += 'E'
  return peer.isIncoming ? `${text}I` : text
}

function peersFrom({ listed: { torrent } }: Look): JsonObject {
  const sources = peersOf(torrent).map(({ source }) => source)
  const from = (wanted: string): number => sources.filter((source) => source === wanted).length
  return {
    from_cache: from('user'),
    from_dht: 0,
    from_incoming: from('incoming'),
    from_lpd: 0,
    from_ltep: 0,
    from_pex: 0,
    from_tracker: from('tracker'),
  }
}

function errorOf({ status }: Look): readonly [code: number, sentence: string] {
  if (status.error !== undefined) return [ERROR.local, status.error.message]
  const failed = status.trackers.find(({ state }) => state === 'failed')
  if (failed !== undefined) return [ERROR.trackerError, failed.message ?? 'the tracker failed']
  const warned = status.trackers.find(({ message }) => message !== undefined)
  return warned === undefined ? [ERROR.none, ''] : [ERROR.trackerWarning, warned.message ?? '']
}

function statusOf({ listed }: Look): number {
  const state = stateOf(listed)
  return state === 'queued' ? QUEUED[kindOf(listed)] : STATUS[state]
}

function isFinished({ daemon, listed, status }: Look): boolean {
  const { ratio } = goalsOf(listed, daemon.settings)
  const isReached = ratio !== undefined && status.totalUploadedBytes >= ratio * status.doneBytes
  return status.state === 'stopped' && isReached && listed.doneAtMs !== undefined
}

export function magnetLink({ metainfo, origin }: Torrent): string {
  if (metainfo !== undefined) return printMagnet(magnetOf(metainfo))
  return origin.kind === 'magnet' ? printMagnet(origin.magnet) : ''
}

/** Bytes of wanted files that some connected peer has and we have not. */
function desiredAvailable({ listed: { torrent } }: Look): number {
  const { content } = torrent
  if (content === undefined) return 0
  const { geometry, picker, have } = content
  let bytes = 0
  for (let n = 0; n < have.length; n++) {
    const piece = geometry.pieceIndex(n)
    if (piece === undefined || have.has(n) || picker.availability(piece) === 0) continue
    bytes += geometry.dataBytes(piece)
  }
  return Math.min(bytes, content.wantedBytes - content.doneBytes)
}

const MIME_TYPE = 'application/octet-stream'

export const TORRENT_FIELDS: Readonly<Record<string, Field>> = {
  activity_date: ({ listed }) => seconds(listed.activeAtMs),
  added_date: ({ listed }) => seconds(listed.addedAtMs),
  availability: ({ listed }) => availabilityOf(listed.torrent),
  bandwidth_priority: () => 0,
  bytes_completed: ({ listed }) => filesOf(listed.torrent).map(({ doneBytes }) => doneBytes),
  comment: ({ listed }) => listed.torrent.metainfo?.comment ?? '',
  corrupt_ever: ({ status }) => status.wastedBytes,
  creator: ({ listed }) => listed.torrent.metainfo?.createdBy ?? '',
  date_created: ({ listed }) => listed.torrent.metainfo?.createdAt ?? 0,
  desired_available: desiredAvailable,
  done_date: ({ listed }) => seconds(listed.doneAtMs),
  download_dir: ({ listed }) => listed.torrent.dir,
  downloaded_ever: ({ status }) => status.totalDownloadedBytes,
  download_limit: ({ listed }) => listed.wishes.downloadLimit,
  download_limited: ({ listed }) => listed.wishes.isDownloadLimited,
  edit_date: () => 0,
  error: (look) => errorOf(look)[0],
  error_string: (look) => errorOf(look)[1],
  eta: ({ status }) => (status.etaMs === undefined ? UNKNOWN_ETA : seconds(status.etaMs)),
  eta_idle: () => UNKNOWN_ETA,
  file_count: ({ listed }) => listed.torrent.info?.files.length ?? 0,
  files: ({ listed }) =>
    filesOf(listed.torrent).map((file) => ({
      bytes_completed: file.doneBytes,
      length: file.length,
      name: file.path,
      begin_piece: file.beginPiece,
      end_piece: file.endPiece,
    })),
  file_stats: ({ listed }) =>
    filesOf(listed.torrent).map((file) => ({
      bytes_completed: file.doneBytes,
      wanted: file.priority > 0,
      priority: priorityOf(file.priority),
    })),
  group: ({ listed }) => listed.wishes.group,
  hash_string: ({ listed }) => listed.torrent.key,
  have_unchecked: () => 0,
  have_valid: ({ listed }) => haveBytes(listed.torrent),
  honors_session_limits: ({ listed }) => listed.wishes.honorsSessionLimits,
  id: ({ listed }) => listed.id,
  is_finished: isFinished,
  is_private: ({ listed }) => listed.torrent.info?.isPrivate ?? false,
  is_stalled: ({ status }) =>
    status.state === 'downloading' && status.downloadBytesPerSec === 0 && status.uploadBytesPerSec === 0,
  labels: ({ listed }) => listed.wishes.labels,
  left_until_done: ({ status }) => status.wantedBytes - status.doneBytes,
  magnet_link: ({ listed }) => magnetLink(listed.torrent),
  manual_announce_time: () => 0,
  max_connected_peers: ({ listed }) => listed.torrent.maxPeers,
  metadata_percent_complete: ({ listed }) => (listed.torrent.info === undefined ? 0 : 1),
  name: ({ status }) => status.name,
  peer_limit: ({ listed }) => listed.torrent.maxPeers,
  peers,
  peers_connected: ({ status }) => status.peerCount,
  peers_from: peersFrom,
  peers_getting_from_us: ({ listed }) =>
    [...listed.torrent.peers].filter((peer) => !peer.amChoking && peer.isInterested).length,
  peers_sending_to_us: ({ listed }) =>
    [...listed.torrent.peers].filter((peer) => !peer.isChoking && peer.amInterested).length,
  percent_complete: ({ listed, status }) => share(haveBytes(listed.torrent), status.totalBytes),
  percent_done: ({ status }) => share(status.doneBytes, status.wantedBytes),
  pieces: ({ listed }) => base64((listed.torrent.content?.have ?? listed.torrent.kept)?.bytes),
  piece_count: ({ status }) => status.pieceCount,
  piece_size: ({ listed }) => listed.torrent.info?.geometry.pieceLength ?? 0,
  priorities: ({ listed }) => filesOf(listed.torrent).map(({ priority }) => priorityOf(priority)),
  primary_mime_type: () => MIME_TYPE,
  queue_position: ({ daemon, listed }) => daemon.list.placeOf(listed),
  rate_download: ({ status }) => Math.round(status.downloadBytesPerSec),
  rate_upload: ({ status }) => Math.round(status.uploadBytesPerSec),
  recheck_progress: ({ status }) => share(status.checkedBytes, status.totalBytes),
  seconds_downloading: () => 0,
  seconds_seeding: ({ status }) => seconds(status.seedingMs),
  seed_idle_limit: ({ listed }) => listed.wishes.seedIdle,
  seed_idle_mode: ({ listed }) => listed.wishes.seedIdleMode,
  seed_ratio_limit: ({ listed }) => listed.wishes.seedRatio,
  seed_ratio_mode: ({ listed }) => listed.wishes.seedRatioMode,
  sequential_download: ({ listed }) => listed.wishes.isSequential,
  sequential_download_from_piece: () => 0,
  size_when_done: ({ status }) => status.wantedBytes,
  start_date: ({ listed }) => seconds(listed.startedAtMs),
  status: statusOf,
  torrent_file: ({ listed }) => `${basename(listed.torrent.key)}.torrent`,
  total_size: ({ status }) => status.totalBytes,
  trackers,
  tracker_list: ({ listed }) => printTiers(tiersOf(listed.torrent)),
  tracker_stats: trackerStats,
  uploaded_ever: ({ status }) => status.totalUploadedBytes,
  upload_limit: ({ listed }) => listed.wishes.uploadLimit,
  upload_limited: ({ listed }) => listed.wishes.isUploadLimited,
  upload_ratio: ({ status }) =>
    status.totalDownloadedBytes === 0
      ? share(status.totalUploadedBytes, status.doneBytes)
      : status.totalUploadedBytes / status.totalDownloadedBytes,
  wanted: ({ listed }) => filesOf(listed.torrent).map(({ priority }) => priority > 0),
  webseeds: ({ listed }) => listed.torrent.metainfo?.webSeeds ?? [],
  webseeds_ex: ({ listed }) =>
    (listed.torrent.metainfo?.webSeeds ?? []).map((url) => ({
      url,
      is_downloading: false,
      download_bytes_per_second: 0,
    })),
  webseeds_sending_to_us: () => 0,
}
