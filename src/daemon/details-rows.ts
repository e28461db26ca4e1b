// Peers, trackers and facts of a torrent as `GET /events/torrent` tells them.
import { printAddress } from '../core/address.ts'
import { NORMAL_PRIORITY } from '../core/pick/piece-order.ts'
import { tiersOf } from '../engine/torrent-announce.ts'
import { peersOf } from '../engine/torrent-details.ts'
import type { Torrent } from '../engine/torrent.ts'
import type { TorrentStatus, TrackerStatus } from '../engine/torrent-status.ts'
import { hashesOf, type ListedTorrent } from './listed-torrent.ts'
import type { FileDetail, PeerDetail, TorrentFacts, TrackerDetail } from './rpc/page-types.ts'
import { magnetLink, peerFlags } from './rpc/torrent-fields.ts'
import { GOAL_MODE, type Wishes } from './wishes.ts'

/** Whoever made the torrent wrote it, and it is told with every change of the facts. */
const MAX_COMMENT_CHARACTERS = 4_096
/** `seed_ratio`: it gives without end. */
const NO_RATIO = -1

/** What changes at once only: names, lengths, priorities. */
export function fileRows({ onDisk: info, priorities }: Torrent): Omit<FileDetail, 'done_bytes'>[] {
  return (info?.files ?? []).map((file, n) => ({
    path: file.path.join('/'),
    length: file.length,
    priority: priorityName(priorities?.[n] ?? NORMAL_PRIORITY),
  }))
}

function priorityName(priority: number): FileDetail['priority'] {
  if (priority === NORMAL_PRIORITY) return 'normal'
  if (priority > NORMAL_PRIORITY) return 'high'
  return priority === 0 ? 'unwanted' : 'low'
}

export function peerRows(torrent: Torrent): PeerDetail[] {
  return peersOf(torrent).map((peer) => ({
    address: printAddress(peer),
    client: peer.client,
    flags: peerFlags(peer),
    progress: peer.progress,
    rate_download: Math.round(peer.downloadBytesPerSec),
    rate_upload: Math.round(peer.uploadBytesPerSec),
    downloaded_bytes: peer.downloadedBytes,
    uploaded_bytes: peer.uploadedBytes,
  }))
}

/** `before`: the rows of the look before this one. */
export function trackerRows(
  torrent: Torrent,
  status: TorrentStatus,
  before: readonly TrackerDetail[],
): TrackerDetail[] {
  const known = new Map(status.trackers.map((tracker) => [tracker.url, tracker]))
  const told = new Map(before.map((row) => [row.url, row.next_at]))
  const now = Date.now()
  return tiersOf(torrent).flatMap((urls, tier) =>
    urls.map((url) => {
      const tracker = known.get(url)
      return {
        url,
        tier,
        state: tracker?.state ?? 'stopped',
        message: tracker?.message ?? '',
        seeders: tracker?.seeders ?? null,
        leechers: tracker?.leechers ?? null,
        peers: tracker?.peersReceived ?? 0,
        next_at: nextAt(tracker, now, told.get(url) ?? null),
      }
    }),
  )
}

/** Two clocks are added, which drift and are rounded: a second more or less is the date that was told before. */
function nextAt(tracker: TrackerStatus | undefined, now: number, before: number | null): number | null {
  if (tracker?.nextAnnounceMs === undefined) return null
  const next = Math.round((now + tracker.nextAnnounceMs) / 1000)
  return before !== null && Math.abs(next - before) <= 1 ? before : next
}

export function factsOf({ torrent, wishes }: ListedTorrent, status: TorrentStatus): TorrentFacts {
  const { metainfo, info } = torrent
  return {
    dir: torrent.dir,
    magnet: magnetLink(torrent),
    comment: (metainfo?.comment ?? '').slice(0, MAX_COMMENT_CHARACTERS),
    created_by: (metainfo?.createdBy ?? '').slice(0, MAX_COMMENT_CHARACTERS),
    created_at: metainfo?.createdAt ?? 0,
    is_private: info?.isPrivate ?? false,
    is_sequential: wishes.isSequential,
    hashes: hashesOf(torrent),
    down_limit: wishes.isDownloadLimited ? wishes.downloadLimit : null,
    up_limit: wishes.isUploadLimited ? wishes.uploadLimit : null,
    seed_ratio: seedRatio(wishes),
    wasted_bytes: status.wastedBytes,
  }
}

function seedRatio({ seedRatioMode, seedRatio: own }: Wishes): number | null {
  if (seedRatioMode === GOAL_MODE.none) return NO_RATIO
  return seedRatioMode === GOAL_MODE.own ? own : null
}
