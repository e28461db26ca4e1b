// What changes from second to second, for all who listen: looked at once, however many there are.
import { monotonicMs } from '../io/clock.ts'
import type { TorrentEvent, TorrentsEvent } from './rpc/types.ts'
import { type ListedTorrent, stateOf } from './listed-torrent.ts'
import type { TorrentList } from './torrent-list.ts'

export const FEED_MS = 1_000
/** Readers wake within this of each other, and share one look. */
const SHARED_MS = FEED_MS / 2

/** What somebody who listens was told so far. */
export class FeedReader {
  version = 0
  readonly ids = new Set<number>()
}

interface Told {
  /** The look at which it became so. */
  readonly version: number
  readonly event: TorrentEvent
}

export class TorrentFeed {
  readonly #list: TorrentList
  readonly #told = new Map<number, Told>()
  #version = 0
  #lookedAt = Number.NEGATIVE_INFINITY

  constructor(list: TorrentList) {
    this.#list = list
  }

  /** What the reader was not told yet; all there is at first. */
  changesFor(reader: FeedReader): TorrentsEvent {
    const now = monotonicMs()
    if (now - this.#lookedAt >= SHARED_MS) this.#look()
    const changed: TorrentEvent[] = []
    for (const [id, { version, event }] of this.#told) {
      if (version <= reader.version) continue
      changed.push(event)
      reader.ids.add(id)
    }
    const removed = [...reader.ids].filter((id) => !this.#told.has(id))
    for (const id of removed) reader.ids.delete(id)
    reader.version = this.#version
    return { changed, removed }
  }

  #look(): void {
    this.#lookedAt = monotonicMs()
    const version = ++this.#version
    for (const id of this.#told.keys()) if (this.#list.get(id) === undefined) this.#told.delete(id)
    for (const listed of this.#list) {
      const event = eventOf(listed)
      if (!isSame(this.#told.get(listed.id)?.event, event)) this.#told.set(listed.id, { version, event })
    }
  }
}

function eventOf(listed: ListedTorrent): TorrentEvent {
  const { id, torrent } = listed
  const status = torrent.status()
  return {
    id,
    hash_string: torrent.key,
    name: status.name,
    state: stateOf(listed),
    error: status.error?.message ?? '',
    wanted_bytes: status.wantedBytes,
    done_bytes: status.doneBytes,
    checked_bytes: status.checkedBytes,
    rate_download: Math.round(status.downloadBytesPerSec),
    rate_upload: Math.round(status.uploadBytesPerSec),
    peers_connected: status.peerCount,
  }
}

function isSame(before: TorrentEvent | undefined, now: TorrentEvent): boolean {
  if (before === undefined) return false
  return (Object.keys(now) as (keyof TorrentEvent)[]).every((key) => before[key] === now[key])
}
