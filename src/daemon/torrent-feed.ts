// What changes from second to second, for all who listen: looked at once, however many there are.
import type { TorrentStatus } from '../engine/torrent-status.ts'
import { Looks } from './changing.ts'
import type { TorrentEvent, TorrentsEvent } from './rpc/types.ts'
import { type ListedTorrent, stateOf } from './listed-torrent.ts'
import type { TorrentList } from './torrent-list.ts'

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
  readonly #looks = new Looks()

  constructor(list: TorrentList) {
    this.#list = list
  }

  /** What the reader was not told yet; all there is at first. */
  changesFor(reader: FeedReader): TorrentsEvent {
    if (this.#looks.begin()) this.#look(this.#looks.number)
    const changed: TorrentEvent[] = []
    for (const [id, { version, event }] of this.#told) {
      if (version <= reader.version) continue
      changed.push(event)
      reader.ids.add(id)
    }
    const removed = [...reader.ids].filter((id) => !this.#told.has(id))
    for (const id of removed) reader.ids.delete(id)
    reader.version = this.#looks.number
    return { changed, removed }
  }

  #look(version: number): void {
    for (const id of this.#told.keys()) if (this.#list.get(id) === undefined) this.#told.delete(id)
    for (const listed of this.#list) {
      const event = eventOf(listed, this.#list.placeOf(listed))
      if (!isSame(this.#told.get(listed.id)?.event, event)) this.#told.set(listed.id, { version, event })
    }
  }
}

function eventOf(listed: ListedTorrent, place: number): TorrentEvent {
  const { id, torrent, wishes, addedAtMs } = listed
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
    warning: warningOf(status),
    total_bytes: status.totalBytes,
    uploaded_bytes: status.totalUploadedBytes,
    labels: wishes.labels,
    added_at: Math.floor(addedAtMs / 1000),
    queue_position: place,
    is_undecided: wishes.isUndecided,
  }
}

/** Of the tracker that failed, else of one that warns. */
function warningOf({ trackers }: TorrentStatus): string {
  const failed = trackers.find(({ state }) => state === 'failed')
  if (failed !== undefined) return failed.message ?? 'the tracker failed'
  return trackers.find(({ message }) => message !== undefined)?.message ?? ''
}

function isSame(before: TorrentEvent | undefined, now: TorrentEvent): boolean {
  if (before === undefined) return false
  return (Object.keys(now) as (keyof TorrentEvent)[]).every((key) => before[key] === now[key])
}
