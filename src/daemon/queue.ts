// Not all torrents run at once: those that download and those that seed have a queue each, first come, first served.
// Nobody who runs has to make room for who was moved before him.
import { isRunning, kindOf, type ListedTorrent } from './listed-torrent.ts'
import type { Settings } from './settings.ts'

export type QueueKind = ReturnType<typeof kindOf>

export interface Turns {
  readonly start: readonly ListedTorrent[]
  /** Back to the queue: there are more than may run. */
  readonly hold: readonly ListedTorrent[]
}

/** How many may run; `undefined` for all. */
export function queueSize(settings: Settings, kind: QueueKind): number | undefined {
  return settings[`${kind}-queue-on`] ? settings[`${kind}-queue`] : undefined
}

/** Whose turn it is. `inOrder`: the whole queue. `now`: monotonic, in ms. */
export function takeTurns(inOrder: Iterable<ListedTorrent>, settings: Settings, now: number): Turns {
  const waiting: Record<QueueKind, ListedTorrent[]> = { download: [], seed: [] }
  const running: Record<QueueKind, ListedTorrent[]> = { download: [], seed: [] }
  for (const listed of inOrder) {
    const kind = kindOf(listed)
    if (listed.isWaiting) waiting[kind].push(listed)
    else if (isRunning(listed) && !listed.isForced && !isStalled(listed, settings, now)) running[kind].push(listed)
  }
  const turns = (['download', 'seed'] as const).map((kind): Turns => {
    const free = (queueSize(settings, kind) ?? Number.POSITIVE_INFINITY) - running[kind].length
    if (free >= 0) return { start: waiting[kind].slice(0, free), hold: [] }
    const latestLast = running[kind].toSorted((a, b) => beganAt(a) - beganAt(b))
    return { start: [], hold: latestLast.slice(free) }
  })
  return { start: turns.flatMap(({ start }) => start), hold: turns.flatMap(({ hold }) => hold) }
}

/** Who got nothing for long holds nobody up. */
function isStalled({ busyAt }: ListedTorrent, settings: Settings, now: number): boolean {
  return settings['queue-stalled-on'] && now - busyAt >= settings['queue-stalled'] * 60_000
}

/** With what it does now: a download that became a seed began to seed then. */
function beganAt({ startedAtMs = 0, doneAtMs = 0 }: ListedTorrent): number {
  return Math.max(startedAtMs, doneAtMs)
}
