// What users see of a torrent now; torrent-status.ts says what each field means.
import { toHex } from '../core/bytes.ts'
import { monotonicMs } from '../io/clock.ts'
import { haveBytes } from './torrent-totals.ts'
import type { Torrent } from './torrent.ts'
import type { TorrentStatus } from './torrent-status.ts'

export function statusOf(torrent: Torrent): TorrentStatus {
  const { content, info, infoHashV1, infoHashV2, before, peers } = torrent
  const now = monotonicMs()
  const isRunning = torrent.state !== 'stopped' && torrent.state !== 'failed'
  const downloadBytesPerSec = isRunning ? torrent.downloadMeter.bytesPerSec(now) : 0
  const wantedBytes = content?.wantedBytes ?? info?.totalSize ?? 0
  const doneBytes = content?.doneBytes ?? Math.min(haveBytes(torrent), wantedBytes)
  const left = wantedBytes - doneBytes
  const seedingMs = torrent.seedingMs + (torrent.seedingSince === undefined ? 0 : now - torrent.seedingSince)
  return {
    state: torrent.state,
    error: torrent.error,
    name: torrent.name,
    infoHashV1: infoHashV1 && toHex(infoHashV1),
    infoHashV2: infoHashV2 && toHex(infoHashV2),
    totalBytes: info?.totalSize ?? 0,
    wantedBytes,
    doneBytes,
    checkedBytes: torrent.isChecking ? torrent.checkedBytes : 0,
    pieceCount: info?.geometry.pieceCount ?? 0,
    pieceHaveCount: (content?.have ?? torrent.kept)?.count ?? 0,
    downloadBytesPerSec,
    uploadBytesPerSec: isRunning ? torrent.uploadMeter.bytesPerSec(now) : 0,
    downloadedBytes: torrent.downloadedBytes,
    uploadedBytes: torrent.uploadedBytes,
    totalDownloadedBytes: before.downloaded + torrent.downloadedBytes,
    totalUploadedBytes: before.uploaded + torrent.uploadedBytes,
    wastedBytes: torrent.wastedBytes,
    seedingMs: before.seedingMs + seedingMs,
    peerCount: peers.size,
    seedCount: [...peers].filter((peer) => peer.isSeed).length,
    etaMs: left > 0 && downloadBytesPerSec > 0 ? (left / downloadBytesPerSec) * 1000 : undefined,
    trackers: torrent.announcer?.status() ?? [],
  }
}
