// The order in which torrents wait. Each has a number that is kept with it; who is moved gets one between its neighbours.
import type { ListedTorrent } from './listed-torrent.ts'

export class QueueOrder {
  #sorted: ListedTorrent[] = []
  #places: Map<ListedTorrent, number> | undefined

  /** First to last. */
  get all(): readonly ListedTorrent[] {
    return this.#sorted
  }

  /** From 0; -1 for one that is not there. */
  placeOf(listed: ListedTorrent): number {
    this.#places ??= new Map(this.#sorted.map((one, place) => [one, place]))
    return this.#places.get(listed) ?? -1
  }

  /** For one more at the end. */
  get nextKey(): number {
    return (this.#sorted.at(-1)?.wishes.queueKey ?? 0) + 1
  }

  /** By its number. */
  add(listed: ListedTorrent): void {
    const { queueKey } = listed.wishes
    let place = this.#sorted.length
    while (place > 0 && (this.#sorted[place - 1]?.wishes.queueKey ?? 0) > queueKey) place--
    this.#sorted.splice(place, 0, listed)
    this.#places = undefined
  }

  remove(listed: ListedTorrent): void {
    this.#sorted = this.#sorted.filter((one) => one !== listed)
    this.#places = undefined
  }

  /** Moves it to a place, the last for one beyond. `keep` is told each number that changes. */
  move(listed: ListedTorrent, place: number, keep: (listed: ListedTorrent, queueKey: number) => void): void {
    const others = this.#sorted.filter((one) => one !== listed)
    const before = others[Math.min(place, others.length) - 1]?.wishes.queueKey
    const after = others[place]?.wishes.queueKey
    const key = between(before, after)
    this.#sorted = others.toSpliced(place, 0, listed)
    this.#places = undefined
    if (key !== before && key !== after) keep(listed, key)
    else this.#sorted.forEach((one, n) => keep(one, n + 1)) // so often halved that there is nothing between
  }
}

function between(before: number | undefined, after: number | undefined): number {
  if (before === undefined) return (after ?? 1) - 1
  return after === undefined ? before + 1 : (before + after) / 2
}
