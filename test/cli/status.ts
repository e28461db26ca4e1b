// A torrent's status for tests that look at one or two of its fields.
import type { TorrentStatus } from '../../src/engine/torrent-status.ts'

export function statusWith(fields: Partial<TorrentStatus>): TorrentStatus {
  return {
    state: 'downloading',
    error: undefined,
    name: 'photos',
    infoHashV1: 'aa'.repeat(20),
    infoHashV2: undefined,
    totalBytes: 1000,
    wantedBytes: 1000,
    doneBytes: 0,
    checkedBytes: 0,
    pieceCount: 10,
    pieceHaveCount: 0,
    downloadBytesPerSec: 0,
    uploadBytesPerSec: 0,
    downloadedBytes: 0,
    uploadedBytes: 0,
    totalDownloadedBytes: 0,
    totalUploadedBytes: 0,
    wastedBytes: 0,
    seedingMs: 0,
    peerCount: 0,
    seedCount: 0,
    etaMs: undefined,
    trackers: [],
    ...fields,
  }
}
