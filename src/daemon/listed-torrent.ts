// One torrent of the daemon: what runs, and what users want of it.
import { toHex } from '../core/bytes.ts'
import type { AddOptions } from '../engine/add-options.ts'
import type { Torrent } from '../engine/torrent.ts'
import type { TorrentState } from '../engine/torrent-status.ts'
import type { Wishes } from './wishes.ts'

/** A .torrent's bytes, or a magnet link. */
export type ListedSource = { readonly metainfo: Uint8Array } | { readonly magnet: string }

export interface ListedTorrent {
  readonly id: number
  readonly torrent: Torrent
  readonly addedAtMs: number
  /** Wall clock; absent while something wanted is missing. */
  doneAtMs: number | undefined
  /** Of the last start in this run. */
  startedAtMs: number | undefined
  /** When payload last came or went in this run. */
  activeAtMs: number | undefined
  /** Monotonic: when it was last added, started, completed, or gave or got something. */
  busyAt: number
  wishes: Wishes
  /** It is to run, and waits for its turn in a queue. */
  isWaiting: boolean
  /** Started past the queue. */
  isForced: boolean
}

export interface NewTorrent {
  readonly source: ListedSource
  readonly dir: string
  readonly mode?: AddOptions['mode']
  /** The files were hashed just now. */
  readonly isTrusted?: boolean
  readonly peers?: AddOptions['peers']
  readonly wishes?: Partial<Wishes>
}

export type ListedState = TorrentState | 'queued'

export function stateOf({ torrent, isWaiting }: ListedTorrent): ListedState {
  return isWaiting && torrent.state === 'stopped' ? 'queued' : torrent.state
}

/** Which queue it belongs to. */
export function kindOf({ torrent, doneAtMs }: ListedTorrent): 'download' | 'seed' {
  return doneAtMs !== undefined || torrent.options.mode === 'seed' ? 'seed' : 'download'
}

export function isRunning({ torrent: { state } }: ListedTorrent): boolean {
  return state !== 'stopped' && state !== 'failed'
}

/** In hex; a hybrid has two. */
export function hashesOf({ infoHashV1, infoHashV2 }: Pick<Torrent, 'infoHashV1' | 'infoHashV2'>): string[] {
  return [infoHashV1, infoHashV2].filter((hash) => hash !== undefined).map(toHex)
}
