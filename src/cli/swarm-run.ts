// What `share`, `seed` and `download` tell those who carry them out: a session of their own, or the daemon.
import type { Address } from '../core/address.ts'
import type { Info } from '../core/metainfo/metainfo.ts'
import type { AddOptions, TorrentSource } from '../engine/add-options.ts'
import type { TorrentStatus } from '../engine/torrent-status.ts'
import type { SwarmOptions } from './options.ts'
import type { Reporter } from './output/reporter.ts'

/** What to add to the session. */
export interface Prepared {
  readonly source: TorrentSource
  readonly add: AddOptions
  /** Called when the torrent is in the session, or with the daemon: it is announced from then on. */
  readonly onAdded?: () => void
}

export interface SwarmRun {
  readonly options: SwarmOptions
  readonly reporter: Reporter
  readonly signal: AbortSignal
  /** Called when the session listens. */
  readonly prepare: (listening: readonly Address[]) => Prepared | Promise<Prepared>
  /** May throw AppError to give up. */
  readonly onInfo?: (info: Info) => void
}

export type SwarmSummary = Pick<TorrentStatus, 'doneBytes' | 'wantedBytes' | 'state'>
