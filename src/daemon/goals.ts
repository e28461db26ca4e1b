// When a torrent that has everything has given enough.
import type { Settings } from './settings.ts'
import type { ListedTorrent } from './listed-torrent.ts'
import { GOAL_MODE } from './wishes.ts'

/** What a torrent should give before it stops; absent: it goes on for ever. */
export function goalsOf(
  { wishes }: ListedTorrent,
  settings: Settings,
): { readonly ratio: number | undefined; readonly idleMinutes: number | undefined } {
  const choose = (mode: number, own: number, isOn: boolean, global: number): number | undefined => {
    if (mode === GOAL_MODE.own) return own
    return mode === GOAL_MODE.global && isOn ? global : undefined
  }
  return {
    ratio: choose(wishes.seedRatioMode, wishes.seedRatio, settings['seed-ratio-on'], settings['seed-ratio']),
    idleMinutes: choose(wishes.seedIdleMode, wishes.seedIdle, settings['seed-idle-on'], settings['seed-idle']),
  }
}

/** `now`: monotonic, in ms. */
export function hasGivenEnough(listed: ListedTorrent, settings: Settings, now: number): boolean {
  const { torrent } = listed
  if (!torrent.isDone) return false
  const { ratio, idleMinutes } = goalsOf(listed, settings)
  const size = torrent.content?.haveBytes ?? 0
  const given = torrent.before.uploaded + torrent.uploadedBytes
  if (ratio !== undefined && size > 0 && given >= ratio * size) return true
  return idleMinutes !== undefined && now - listed.busyAt >= idleMinutes * 60_000
}
