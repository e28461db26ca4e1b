// What clients of the API get, as TypeScript sees it: the command line and the page import this file and no other of
// the daemon. Names are those of the wire.

import type { DirectEvent, JobRow, LogRow, SessionEvent } from './page-types.ts'

/** `shoal_status`. */
export interface DaemonStatus {
  readonly version: string
  readonly pid: number
  readonly stateDir: string
  /** URL of the API; null while nobody serves it over HTTP. */
  readonly rpc: string | null
  readonly peerPort: number
  readonly listening: readonly string[]
  /** Did a peer from outside connect to us in this run? null: none so far, which may have any reason. */
  readonly reachable: true | null
  /** A sentence on that: what is known, and what to do. */
  readonly reachableWhy: string
  /** What others see first of us: 8 characters and 12 random bytes in hex. */
  readonly peerId: string
  /** Addresses at which trackers saw us. */
  readonly externalIps: readonly string[]
  readonly torrents: number
  readonly peers: number
  readonly uptimeSec: number
}

/** Of `torrent_get`, what lists show. */
export interface TorrentRow {
  readonly id: number
  readonly name: string
  readonly hash_string: string
  /** 0 stopped, 2 checking, 3 waiting to download, 4 downloading, 5 waiting to seed, 6 seeding. */
  readonly status: number
  readonly error: number
  readonly error_string: string
  readonly percent_done: number
  readonly recheck_progress: number
  readonly metadata_percent_complete: number
  readonly size_when_done: number
  /** Bytes per second. */
  readonly rate_download: number
  readonly rate_upload: number
  readonly peers_connected: number
  readonly upload_ratio: number
  /** Seconds; -1: not known. */
  readonly eta: number
  readonly labels: readonly string[]
}

export const TORRENT_ROW_FIELDS = [
  'id',
  'name',
  'hash_string',
  'status',
  'error',
  'error_string',
  'percent_done',
  'recheck_progress',
  'metadata_percent_complete',
  'size_when_done',
  'rate_download',
  'rate_upload',
  'peers_connected',
  'upload_ratio',
  'eta',
  'labels',
] as const satisfies readonly (keyof TorrentRow)[]

export interface FileRow {
  readonly name: string
  readonly length: number
  readonly bytes_completed: number
}

export interface FileStatsRow {
  readonly wanted: boolean
  /** -1 low, 0 normal, 1 high. */
  readonly priority: number
}

export interface PeerRow {
  readonly address: string
  readonly port: number
  readonly client_name: string
  readonly flag_str: string
  readonly progress: number
  readonly rate_to_client: number
  readonly rate_to_peer: number
}

export interface TrackerRow {
  readonly announce: string
  readonly tier: number
  readonly has_announced: boolean
  readonly last_announce_result: string
  readonly last_announce_succeeded: boolean
  readonly last_announce_peer_count: number
  /** Seconds since 1970; 0: none planned. */
  readonly next_announce_time: number
  readonly seeder_count: number
  readonly leecher_count: number
}

/** Of `GET /events`. */
export interface TorrentEvent {
  readonly id: number
  readonly hash_string: string
  readonly name: string
  readonly state: 'metadata' | 'checking' | 'downloading' | 'seeding' | 'stopped' | 'queued' | 'failed'
  /** A sentence, or empty. */
  readonly error: string
  readonly wanted_bytes: number
  readonly done_bytes: number
  readonly checked_bytes: number
  readonly rate_download: number
  readonly rate_upload: number
  readonly peers_connected: number
  /** What a tracker says, or empty. */
  readonly warning: string
  /** Of all its files, wanted or not; 0 while the metadata is missing. */
  readonly total_bytes: number
  readonly uploaded_bytes: number
  readonly labels: readonly string[]
  /** Seconds since 1970. */
  readonly added_at: number
  /** Its turn, from 0. */
  readonly queue_position: number
  /** It was added with `ask_first`: what is wanted of it waits to be chosen, and then it starts. */
  readonly is_undecided: boolean
}

export interface TorrentsEvent {
  readonly changed: readonly TorrentEvent[]
  readonly removed: readonly number[]
}

/** `shoal_ping`. */
export interface PingAnswer {
  /** ms until the connection stood, and from then until the handshake was answered. */
  readonly connectMs: number
  readonly answerMs: number
  readonly client: string
  /** The torrent whose handshake was answered. */
  readonly torrent: string
}

/** `shoal_request`. */
export interface RequestAnswer {
  readonly bytes: number
  /** 0: it was here already. */
  readonly ms: number
}

/** `shoal_pieces_export`, `shoal_pieces_import`. */
export interface ExportAnswer {
  readonly pieces: number
  readonly bytes: number
}

export interface ImportAnswer {
  readonly imported: number
  readonly here: number
  readonly bad: number
}

/** Of `shoal_contacts`. */
export interface ContactRow {
  readonly id: number
  readonly name: string
  /** Upper-case hex; null until it was met. */
  readonly fingerprint: string | null
  /**
   * 24 digits that both sides see, in groups of four. The same on both: nobody stands between. null until it was met, for a
   * second or two where many are seen at once, and for programs that are no Shoal.
   */
  readonly code: string | null
  /** `ip:port`. */
  readonly address: string
  readonly protocol: 'http' | 'https'
  readonly kind: 'shoal' | 'localsend'
  readonly trust: 'unknown' | 'trusted' | 'blocked'
  /** Somebody added it; others were only seen nearby. */
  readonly isKept: boolean
  /** Seconds since 1970; 0: never. */
  readonly seenAt: number
}

/** Of `shoal_inbox`. */
export interface MessageRow {
  readonly id: number
  /** What it was called then. */
  readonly from: string
  /** Of the contact that it claims to be. */
  readonly fingerprint: string
  /** It showed the key of the contact that it claims to be. */
  readonly isProven: boolean
  readonly text: string
  /** Seconds since 1970. */
  readonly at: number
}

/** Of `shoal_send` and `shoal_transfers`. */
export interface TransferRow {
  readonly id: number
  readonly to: string
  /** Transfers that began together have the same. */
  readonly batch: number
  /** Of the first file, or of the folder that it is in. */
  readonly name: string
  /** The receiver compares what came with what was told; LocalSend apps do not. */
  readonly isVerified: boolean
  readonly fileCount: number
  readonly acceptedCount: number
  readonly totalBytes: number
  readonly doneBytes: number
  readonly state: 'hashing' | 'asking' | 'sending' | 'done' | 'declined' | 'failed' | 'cancelled'
  readonly error: string
  /** It failed for want of the right PIN: to be sent again, with `pin`. */
  readonly isPinWanted: boolean
}

/** Of `shoal_transfers`: what others offer. */
export interface OfferRow {
  readonly id: number
  readonly from: string
  readonly isProven: boolean
  /** `GET /events` tells the first 1,000 of an offer that is open, 100 of one that is over; so it is with `received`. */
  readonly files: readonly { readonly name: string; readonly size: number }[]
  /** Of all its files. */
  readonly fileCount: number
  readonly totalBytes: number
  readonly dir: string
  readonly state: 'asking' | 'receiving' | 'done' | 'declined' | 'failed' | 'cancelled'
  readonly doneBytes: number
  readonly error: string
  /** Paths below `dir`. */
  readonly received: readonly string[]
}

/** Of `shoal_link`: what is shared by link, and who fetched what. */
export interface LinkRow {
  readonly urls: readonly string[]
  readonly pin: string
  readonly fileCount: number
  readonly totalBytes: number
  readonly downloads: readonly {
    readonly id: number
    readonly ip: string
    readonly name: string
    readonly totalBytes: number
    readonly doneBytes: number
    readonly state: 'sending' | 'done' | 'broken'
  }[]
}

/** Of `GET /events`: offers that are new or in another state, and messages that came. */
export interface PeopleEvent {
  readonly offers: readonly OfferRow[]
  readonly messages: readonly MessageRow[]
}

/** What `GET /events?parts=torrents,people` tells; `parts` may also name `direct`, `session`, `log` and `jobs`. */
export type DaemonEvent =
  | { readonly event: 'torrents'; readonly data: TorrentsEvent }
  | { readonly event: 'people'; readonly data: PeopleEvent }
  | { readonly event: 'direct'; readonly data: DirectEvent }
  | { readonly event: 'session'; readonly data: SessionEvent }
  | { readonly event: 'log'; readonly data: readonly LogRow[] }
  | { readonly event: 'jobs'; readonly data: readonly JobRow[] }

/** Of `shoal_ls`. */
export interface SharedRow {
  readonly path: string
  readonly size: number
}

/** Of `shoal_get` and `shoal_fetches`. */
export interface FetchRow {
  readonly id: number
  readonly path: string
  /** Contacts that give it. */
  readonly from: readonly string[]
  readonly dir: string
  readonly state: 'metadata' | 'checking' | 'downloading' | 'seeding' | 'stopped' | 'failed'
  readonly totalBytes: number
  readonly doneBytes: number
  /** Bytes per second. */
  readonly rate: number
  readonly error: string
}

/** `shoal_config_get`. */
export interface SettingRow {
  readonly name: string
  readonly value: string | number | boolean | readonly string[]
  readonly about: string
  readonly section: SettingSection
  readonly kind: 'flag' | 'number' | 'text' | 'secret' | 'folder' | 'choice' | 'list'
  /** Of a choice. */
  readonly choices: readonly string[]
  /** Of a number. */
  readonly least: number | null
  readonly most: number | null
  /** Holds from the next start of the daemon. */
  readonly isForNextStart: boolean
  /** Changed only on the machine where Shoal runs, with `shoal config`. */
  readonly isForOwner: boolean
}

export type SettingSection =
  | 'downloads'
  | 'sharing'
  | 'speed'
  | 'schedule'
  | 'queue'
  | 'seeding'
  | 'people'
  | 'network'
  | 'page'
