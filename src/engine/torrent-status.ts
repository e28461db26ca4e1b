// What users see of a torrent at one moment. Plain data: the command line prints it, --json and the API carry it.
import type { AppError } from '../core/errors.ts'

export type TorrentState = 'metadata' | 'checking' | 'downloading' | 'seeding' | 'stopped' | 'failed'

export interface TrackerStatus {
  readonly url: string
  readonly tier: number
  readonly state: 'waiting' | 'announcing' | 'working' | 'failed' | 'stopped'
  readonly seeders: number | undefined
  readonly leechers: number | undefined
  readonly peersReceived: number
  /** Milliseconds since it last answered, or failed to; undefined before that. */
  readonly lastAnnounceMs: number | undefined
  /** One sentence; present when state is 'failed', or when the tracker sent a warning. */
  readonly message: string | undefined
  /** Milliseconds until the next announce; undefined while one is under way or when stopped. */
  readonly nextAnnounceMs: number | undefined
}

export interface PeerStatus {
  readonly ip: string
  readonly port: number
  /** What it says that it is. */
  readonly client: string
  readonly source: 'user' | 'tracker' | 'incoming'
  /** 0 to 1. */
  readonly progress: number
  readonly isIncoming: boolean
  /** In RC4. */
  readonly isEncrypted: boolean
  readonly downloadBytesPerSec: number
  readonly uploadBytesPerSec: number
  readonly isChokingUs: boolean
  readonly isInterestedInUs: boolean
  readonly isChokedByUs: boolean
  readonly isInterestingToUs: boolean
  readonly isSnubbed: boolean
  /** Payload of this connection. */
  readonly downloadedBytes: number
  readonly uploadedBytes: number
}

export interface FileStatus {
  /** Below the download folder, with `/`. */
  readonly path: string
  readonly length: number
  /** Verified. */
  readonly doneBytes: number
  /** 0 unwanted, 1 low .. 4 normal .. 7 high. */
  readonly priority: number
  /** Its pieces: the first, and the one after the last. */
  readonly beginPiece: number
  readonly endPiece: number
}

export interface TorrentStatus {
  readonly state: TorrentState
  /** Present when state is 'failed'; `start()` tries again. */
  readonly error: AppError | undefined
  /** Of the metainfo, or of the magnet link until the metainfo is there. */
  readonly name: string
  readonly infoHashV1: string | undefined
  readonly infoHashV2: string | undefined
  readonly totalBytes: number
  /** Bytes of wanted files. */
  readonly wantedBytes: number
  /** Verified bytes of wanted files. */
  readonly doneBytes: number
  /** While checking: bytes looked at so far. */
  readonly checkedBytes: number
  readonly pieceCount: number
  readonly pieceHaveCount: number
  readonly downloadBytesPerSec: number
  readonly uploadBytesPerSec: number
  /** Payload of this session. */
  readonly downloadedBytes: number
  readonly uploadedBytes: number
  /** Payload of all sessions. */
  readonly totalDownloadedBytes: number
  readonly totalUploadedBytes: number
  /** Bytes that came but were not needed or were bad. */
  readonly wastedBytes: number
  readonly seedingMs: number
  /** Connected peers, and those among them that have everything. */
  readonly peerCount: number
  readonly seedCount: number
  /** Milliseconds at the present rate; undefined when unknown or done. */
  readonly etaMs: number | undefined
  readonly trackers: readonly TrackerStatus[]
}
