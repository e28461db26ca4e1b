// A torrent of the daemon as the progress that bars and lines show.
import type { TorrentRow } from '../daemon/rpc/types.ts'
import { NOTHING_YET, type ProgressEvent } from './output/events.ts'

/** `status` of the API. */
const [STOPPED, CHECKING, SEEDING] = [0, 2, 6]

export function isComplete({ status, percent_done: done }: TorrentRow): boolean {
  return status === SEEDING && done === 1
}

/** Nothing more will happen to it by itself. */
export function isAtRest(torrent: TorrentRow): boolean {
  return torrent.status === STOPPED || isComplete(torrent)
}

export function progressOf(torrent: TorrentRow): ProgressEvent {
  const { status, size_when_done: total } = torrent
  return {
    ...NOTHING_YET,
    name: torrent.name,
    state: stateOf(torrent),
    done: Math.floor(torrent.percent_done * total),
    total,
    checked: status === CHECKING ? Math.floor(torrent.recheck_progress * total) : 0,
    downloadRate: torrent.rate_download,
    uploadRate: torrent.rate_upload,
    peers: torrent.peers_connected,
    ratio: Math.max(0, torrent.upload_ratio),
    eta: torrent.eta < 0 ? null : torrent.eta,
  }
}

function stateOf({ status, metadata_percent_complete: metadata }: TorrentRow): ProgressEvent['state'] {
  if (status === STOPPED) return 'stopped'
  if (status === CHECKING) return 'checking'
  if (status === SEEDING) return 'seeding'
  return metadata < 1 ? 'metadata' : 'downloading'
}
