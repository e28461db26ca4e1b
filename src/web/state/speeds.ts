// How fast each torrent was in the last minutes, kept while the page is open: for a few that were busy, and for the one
// whose details are shown.
import { signal } from '@preact/signals'
import type { TorrentEvent } from '../../daemon/rpc/types.ts'

/** Bytes per second from a moment (seconds since 1970) on, until the next point. */
export type SpeedPoint = readonly [at: number, down: number, up: number]

/** What a plot shows: five minutes, a point a second. */
export const PLOT_SEC = 300
/** Changes of one torrent; the daemon tells one a second. */
const MAX_POINTS = PLOT_SEC
const MAX_TORRENTS = 50

export class SpeedHistory {
  /** Of what was before nothing is told, and what is told first are all that are not at rest. */
  readonly #since: number
  /** By number, the one that changed longest ago first. */
  readonly #points = new Map<number, readonly SpeedPoint[]>()
  #followed: number | undefined

  constructor(since: number) {
    this.#since = since
  }

  /** This one is kept however many others are busy. */
  follow(id: number | undefined): void {
    this.#followed = id
  }

  of(id: number): readonly SpeedPoint[] {
    return this.#points.get(id) ?? [[this.#since, 0, 0]]
  }

  note({ id, rate_download: down, rate_upload: up }: TorrentEvent, at: number): void {
    const before = this.#points.get(id)
    const last = before?.at(-1)
    const isSame = (last?.[1] ?? 0) === down && (last?.[2] ?? 0) === up
    if (isSame || (before === undefined && !this.#makeRoom(id, at))) return
    const after = [...this.of(id), [at, down, up] as const].slice(-MAX_POINTS)
    this.#points.delete(id)
    this.#points.set(id, after)
  }

  remove(id: number): void {
    this.#points.delete(id)
  }

  /** What a plot would still show is not given up for another that may be no busier: with thousands none would stay. */
  #makeRoom(id: number, at: number): boolean {
    if (this.#points.size < MAX_TORRENTS) return true
    for (const [other, points] of this.#points) {
      if (other === this.#followed) continue
      const changedAt = points.at(-1)?.[0] ?? 0
      if (id !== this.#followed && at - changedAt < PLOT_SEC) return false
      this.#points.delete(other)
      return true
    }
    return false
  }
}

const history = new SpeedHistory(Date.now() / 1000)
/** Another object each time that something was told. */
const told = signal({ history })

export function noteSpeeds(changed: readonly TorrentEvent[], removed: readonly number[]): void {
  const now = Date.now() / 1000
  for (const torrent of changed) history.note(torrent, now)
  for (const id of removed) history.remove(id)
  told.value = { history }
}

export function speedsOf(id: number): readonly SpeedPoint[] {
  return told.value.history.of(id)
}

export function followSpeeds(id: number | undefined): void {
  history.follow(id)
}

/** For a plot: seconds before now (from -PLOT_SEC to 0), and how fast it was in each; null where nothing is known. */
export interface SpeedColumns {
  readonly seconds: readonly number[]
  readonly down: readonly (number | null)[]
  readonly up: readonly (number | null)[]
}

/** A rate holds until the next was told. */
export function perSecond(points: readonly SpeedPoint[], now: number): SpeedColumns {
  const seconds: number[] = []
  const down: (number | null)[] = []
  const up: (number | null)[] = []
  let n = -1
  for (let second = -PLOT_SEC; second <= 0; second++) {
    for (let next = points[n + 1]; next !== undefined && next[0] <= now + second; next = points[n + 1]) n++
    const point = points[n]
    seconds.push(second)
    down.push(point?.[1] ?? null)
    up.push(point?.[2] ?? null)
  }
  return { seconds, down, up }
}
