// Everything that a command tells while it runs. `--json` prints these as they are, one object a line; other programs
// read them, so names are only ever added. describe.ts turns the same events into words for people.
// Sizes are bytes, rates bytes per second, times seconds.
import type { ErrorCode } from '../../core/errors.ts'
import type { TorrentState } from '../../engine/torrent-status.ts'

export interface ListeningEvent {
  readonly event: 'listening'
  /** `ip:port`, `[ip]:port`. */
  readonly address: string
  /** Of a tracker: what goes into a torrent. */
  readonly url?: string
}

/** Programs reach the daemon here. */
export interface ApiEvent {
  readonly event: 'api'
  readonly url: string
}

/** A .torrent was written. */
export interface CreatedEvent {
  readonly event: 'created'
  /** Path of the .torrent file. */
  readonly torrent: string
  readonly magnet: string
  readonly infoHashV1: string | null
  readonly infoHashV2: string | null
  readonly name: string
  readonly totalSize: number
  readonly numFiles: number
  readonly pieceLength: number
  readonly pieces: number
  /** Files below the path that are not in the torrent, each with the reason. */
  readonly skipped: readonly string[]
}

/** What the torrent contains is known: at once for a .torrent, later for a magnet link. */
export interface MetadataEvent {
  readonly event: 'metadata'
  readonly name: string
  readonly infoHashV1: string | null
  readonly infoHashV2: string | null
  readonly totalSize: number
  readonly numFiles: number
}

export interface ProgressEvent {
  readonly event: 'progress'
  readonly name: string
  /** 'hashing' while a torrent is made. */
  readonly state: TorrentState | 'hashing'
  /** Verified bytes of the files that are wanted. */
  readonly done: number
  /** Bytes of the files that are wanted. */
  readonly total: number
  /** While checking: bytes looked at so far. */
  readonly checked: number
  readonly downloadRate: number
  readonly uploadRate: number
  /** Payload of this run. */
  readonly downloaded: number
  readonly uploaded: number
  /** Bytes that came but were bad or not needed. */
  readonly wasted: number
  /** Uploaded in all runs, divided by the size of what is wanted. */
  readonly ratio: number
  readonly peers: number
  /** Those of the peers that have everything. */
  readonly seeds: number
  readonly pieces: number
  readonly piecesDone: number
  readonly eta: number | null
}

/** Progress of what has no peers and no pieces: the rest is filled in. */
export const NOTHING_YET: Omit<ProgressEvent, 'name' | 'state'> = {
  event: 'progress',
  done: 0,
  total: 0,
  checked: 0,
  downloadRate: 0,
  uploadRate: 0,
  downloaded: 0,
  uploaded: 0,
  wasted: 0,
  ratio: 0,
  peers: 0,
  seeds: 0,
  pieces: 0,
  piecesDone: 0,
  eta: null,
}

/** Every piece of what is wanted is verified. */
export interface DoneEvent {
  readonly event: 'done'
  readonly name: string
  readonly total: number
  /** Downloaded in this run; 0 if everything was there. */
  readonly downloaded: number
  readonly seconds: number
}

/** From now on there is only giving. */
export interface SeedingEvent {
  readonly event: 'seeding'
  readonly name: string
}

/** A tracker began to work or to fail; not repeated while that lasts. */
export interface TrackerEvent {
  readonly event: 'tracker'
  /** Host and port: the rest of the URL may hold a passkey. */
  readonly tracker: string
  readonly state: 'working' | 'failed'
  readonly seeders: number | null
  readonly leechers: number | null
  readonly message: string | null
}

/** A tracker has it in its catalogue. */
export interface ListedEvent {
  readonly event: 'listed'
  /** Host and port. */
  readonly tracker: string
  readonly infoHash: string
  /** As the tracker calls it. */
  readonly name: string
  /** Nobody had listed it before. */
  readonly isNew: boolean
}

/** How `verify` ends. */
export interface VerifiedEvent {
  readonly event: 'verified'
  readonly name: string
  readonly pieces: number
  readonly piecesGood: number
  /** Files that are not complete. */
  readonly files: readonly {
    readonly path: string
    readonly problem: 'missing' | 'wrong-size' | 'bad'
    readonly pieces: number
    readonly piecesGood: number
  }[]
}

/** What a tracker has to do. */
export interface ServingEvent {
  readonly event: 'serving'
  readonly torrents: number
  readonly peers: number
  /** Since the start. */
  readonly announces: number
}

export interface StoppedEvent {
  readonly event: 'stopped'
  readonly reason: 'done' | 'ratio' | 'time' | 'interrupted'
  readonly done: number
  readonly total: number
  readonly downloaded: number
  readonly uploaded: number
}

/** A line for people that programs may show too. */
export interface NoteEvent {
  readonly event: 'note'
  readonly message: string
}

/** The last one if the exit code is not 0. */
export interface ErrorEvent {
  readonly event: 'error'
  readonly code: ErrorCode
  readonly message: string
}

export type CliEvent =
  | ListeningEvent
  | ApiEvent
  | CreatedEvent
  | MetadataEvent
  | ProgressEvent
  | DoneEvent
  | SeedingEvent
  | TrackerEvent
  | ListedEvent
  | VerifiedEvent
  | StoppedEvent
  | ServingEvent
  | NoteEvent
  | ErrorEvent
