// What clients of the API get besides types.ts: live changes and details, and what goes on before a torrent is there. The
// page uses all of it. Names are those of the wire.
import type { ContactRow, FetchRow, LinkRow, MessageRow, OfferRow, TransferRow } from './types.ts'

/**
 * Of `GET /events`: each list whole when something in it has changed, absent else. At first all. Of `messages` the latest
 * that have 512 KiB together.
 */
export interface DirectEvent {
  readonly contacts?: readonly ContactRow[]
  readonly sent?: readonly TransferRow[]
  readonly offers?: readonly OfferRow[]
  readonly fetches?: readonly FetchRow[]
  readonly messages?: readonly MessageRow[]
  readonly link?: LinkRow | null
}

/** Of `GET /events`, when it changes. */
export interface SessionEvent {
  /** Bytes per second, payload. */
  readonly rate_download: number
  readonly rate_upload: number
  readonly peers: number
  /** The alternative limits hold. */
  readonly is_limited: boolean
  /** kB/s that hold now; null: no limit. */
  readonly down_limit: number | null
  readonly up_limit: number | null
  readonly reachable: true | null
  readonly reachable_why: string
  /** Where downloads go, and what is free there; null where that cannot be told. */
  readonly free_bytes: number | null
  /** People may be met: the setting "direct-on". */
  readonly is_direct_on: boolean
}

/** What happened, for people to read. */
export interface LogRow {
  /** Rising. */
  readonly id: number
  /** Seconds since 1970. */
  readonly at: number
  readonly level: 'info' | 'warning' | 'error'
  readonly about: 'torrent' | 'people' | 'session' | 'page'
  readonly text: string
  /** Info-hash of the torrent that it is about. */
  readonly torrent: string | null
}

/** Of `shoal_share` and `shoal_jobs`: a torrent that the daemon makes. */
export interface JobRow {
  readonly id: number
  readonly name: string
  readonly path: string
  readonly state: 'hashing' | 'listing' | 'done' | 'failed' | 'cancelled'
  readonly total_bytes: number
  readonly done_bytes: number
  readonly error: string
  /** Once it is seeded. */
  readonly hash_string: string | null
  readonly magnet: string | null
  /** What trackers with a catalogue said: where it is listed, or why not. */
  readonly listed: readonly { readonly tracker: string; readonly text: string; readonly isListed: boolean }[]
  /** Files that were left out, and why. */
  readonly skipped: readonly string[]
}

/** A file of a torrent, as `GET /events/torrent` tells it: all of them once, then only how far they are. */
export interface FileDetail {
  readonly path: string
  readonly length: number
  readonly done_bytes: number
  readonly priority: 'unwanted' | 'low' | 'normal' | 'high'
}

export interface PeerDetail {
  readonly address: string
  readonly client: string
  readonly flags: string
  /** 0 to 1. */
  readonly progress: number
  readonly rate_download: number
  readonly rate_upload: number
  readonly downloaded_bytes: number
  readonly uploaded_bytes: number
}

export interface TrackerDetail {
  readonly url: string
  readonly tier: number
  readonly state: 'waiting' | 'announcing' | 'working' | 'failed' | 'stopped'
  readonly message: string
  readonly seeders: number | null
  readonly leechers: number | null
  readonly peers: number
  /** Seconds since 1970; null: none planned. */
  readonly next_at: number | null
}

/**
 * Pieces, in up to 2,048 parts of nearly equal length: a byte a part, in base64. `have`: how much of it is here (255: all).
 * `availability`: how many peers have it, as the least of its pieces (at most 255). `active`: 1 where pieces are under way.
 * `peer`: as `have`, of the peer that was asked about, empty without one.
 */
export interface PieceMap {
  readonly pieces: number
  readonly piece_length: number
  readonly have: string
  readonly availability: string
  readonly active: string
  readonly peer: string
}

/** Of `GET /events/torrent?id=…[&peer=ip:port]`, event `details`: each part when it has changed. At first all. */
export interface DetailsEvent {
  readonly files?: readonly FileDetail[]
  /** Changes of `files` since: number, verified bytes. */
  readonly progress?: readonly (readonly [file: number, doneBytes: number])[]
  readonly peers?: readonly PeerDetail[]
  readonly trackers?: readonly TrackerDetail[]
  readonly map?: PieceMap
  readonly facts?: TorrentFacts
}

/** What seldom changes. */
export interface TorrentFacts {
  readonly dir: string
  readonly magnet: string
  readonly comment: string
  readonly created_by: string
  /** Seconds since 1970; 0: unknown. */
  readonly created_at: number
  readonly is_private: boolean
  readonly is_sequential: boolean
  readonly hashes: readonly string[]
  /** kB/s; null: no limit of its own. */
  readonly down_limit: number | null
  readonly up_limit: number | null
  /** null: as the settings say; -1: it gives without end. */
  readonly seed_ratio: number | null
  readonly wasted_bytes: number
}

/** Of `shoal_browse`: a folder of this machine, below one that the settings allow. */
export interface FolderListing {
  /** null: the allowed folders themselves are listed. */
  readonly path: string | null
  readonly parent: string | null
  readonly entries: readonly FolderEntry[]
  /** There are more than are told. */
  readonly isCut: boolean
}

export interface FolderEntry {
  readonly name: string
  readonly path: string
  readonly kind: 'folder' | 'file'
  readonly size_bytes: number
}

/** Of `shoal_inspect`: what would be added. */
export interface Inspected {
  readonly name: string
  /** Hex: v1, else v2. */
  readonly hash_string: string
  readonly total_bytes: number
  /** null: only peers know (a magnet link, an info-hash). */
  readonly files: readonly { readonly path: string; readonly length: number }[] | null
  readonly is_private: boolean
  readonly comment: string
  readonly trackers: readonly string[]
  /** Its number, if it is here already. */
  readonly duplicate: number | null
  /** For `torrent_add`: the .torrent in base64, or null where `magnet` is to be given. */
  readonly metainfo: string | null
  readonly magnet: string | null
}

/** Of `shoal_search_sources`: whom `shoal_search` may ask. */
export interface SearchSource {
  readonly kind: 'tracker' | 'contact'
  /** The name of the host, or of the contact. */
  readonly name: string
  /** For `source` of `shoal_search`. */
  readonly id: string
}

/** Of `shoal_search`. */
export interface FoundRow {
  readonly name: string
  readonly size_bytes: number
  readonly file_count: number
  /** null where nobody counts. */
  readonly seeders: number | null
  readonly leechers: number | null
  /** In a tracker's catalogue: for `shoal_inspect` with `source`. */
  readonly hash_string: string | null
  /** In a contact's shared folder: for `shoal_get`. */
  readonly path: string | null
}

/** `GET /page/sessions`: browsers that are signed in. */
export interface PageSession {
  readonly id: number
  /** What the browser said that it is. */
  readonly browser: string
  readonly address: string
  /** Seconds since 1970. */
  readonly signedInAt: number
  readonly usedAt: number
  readonly isThis: boolean
}

/** `POST /uploads` answers with it, and `GET /uploads/:id`: files on their way from a browser to this machine's disk. */
export interface UploadRow {
  readonly id: string
  readonly name: string
  readonly files: readonly { readonly path: string; readonly size: number; readonly have: number }[]
  /** Where it all is, once it is whole. */
  readonly path: string | null
}
