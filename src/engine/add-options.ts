// How a torrent is added to a session.
import type { Address } from '../core/address.ts'
import type { Rename } from '../core/metainfo/renames.ts'

/** A .torrent's bytes, or a magnet link. */
export type TorrentSource = { readonly metainfo: Uint8Array } | { readonly magnet: string }

export interface AddOptions {
  /** Where its files are, or go. */
  readonly dir: string
  /** 'seed': the files are there, complete, and are never written to. */
  readonly mode: 'download' | 'seed'
  /** 'seed': the files were hashed just now and need no check, if their sizes are right. */
  readonly seedTrusted?: boolean
  /** Which files are wanted, by their path with `/`; default: all. */
  readonly select?: readonly string[] | ((path: string) => boolean)
  /** How much each file is wanted, by its number: 0 not at all, 1 low .. 4 normal .. 7 high. Goes before `select`. */
  readonly priorities?: readonly number[]
  /** What its files and folders are called here instead. */
  readonly renames?: readonly Rename[]
  /** Tiers of trackers instead of the torrent's own. */
  readonly trackers?: readonly (readonly string[])[]
  /** Pieces in their order, for what is played. */
  readonly isSequential?: boolean
  /** Of a link: it stops when its metainfo is there, before anything else is asked of peers. */
  readonly isMetainfoOnly?: boolean
  /** It is not started yet. */
  readonly isStopped?: boolean
  /** Peers to begin with. */
  readonly peers?: readonly Address[]
  readonly downloadBytesPerSec?: number
  readonly uploadBytesPerSec?: number
  readonly maxPeers?: number
}
