// When `share`, `seed` and `download` end by themselves. Pure.
import type { TorrentStatus } from '../engine/torrent-status.ts'
import type { StoppedEvent } from './output/events.ts'

export interface Goals {
  readonly exitWhenDone?: boolean
  readonly seedRatio?: number
  /** Milliseconds. */
  readonly seedTime?: number
}

/** The goal that is reached, if one is. Nothing counts before every wanted piece is verified. */
export function goalReached(goals: Goals, status: TorrentStatus): StoppedEvent['reason'] | undefined {
  if (status.state !== 'seeding') return undefined
  if (goals.exitWhenDone === true) return 'done'
  if (goals.seedRatio !== undefined && ratioOf(status) >= goals.seedRatio) return 'ratio'
  if (goals.seedTime !== undefined && status.seedingMs >= goals.seedTime) return 'time'
  return undefined
}

/** Uploaded in all runs by the size of what is wanted: also means something to who began with all of it. */
export function ratioOf({ totalUploadedBytes, wantedBytes }: TorrentStatus): number {
  return wantedBytes === 0 ? 0 : totalUploadedBytes / wantedBytes
}
