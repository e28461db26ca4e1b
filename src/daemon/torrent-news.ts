// What happens to torrents, told to the journal: looked at once a second and compared with the look before, which takes
// 0.3 ms for 5,000 stopped torrents. Trackers are looked at less often, and told about once, not for every torrent.
import type { Rename } from '../core/metainfo/renames.ts'
import type { Torrent } from '../engine/torrent.ts'
import type { TrackerStatus } from '../engine/torrent-status.ts'
import { type Journal, shownName } from './journal.ts'
import type { ListedTorrent } from './listed-torrent.ts'

/** When a disk fails, all its torrents do: the rest of what happens in one look is only counted. */
const MAX_ROWS_A_LOOK = 20
/** In looks: the trackers of torrents that are awake, and of all others. */
const TRACKER_LOOKS = { awake: 10, asleep: 60 }
/** Trackers that fail; the longest known are forgotten, and told about again. */
const MAX_FAILING = 1_000

/** A torrent as it was at the last look. */
interface Seen {
  name: string
  readonly hash: string
  dir: string
  renames: readonly Rename[]
  isKnown: boolean
  isDone: boolean
  error: string | undefined
  /** Hosts of its trackers that gave it no answer, or a refusal. */
  readonly failing: Set<string>
}

export class TorrentNews {
  readonly #journal: Journal
  readonly #torrents: Iterable<ListedTorrent>
  readonly #awake: ReadonlySet<Torrent>
  readonly #seen = new Map<number, Seen>()
  /** By host: what was told of it last. */
  readonly #failing = new Map<string, string>()
  #looks = 0
  #rows = 0

  /** What is there already is no news. `awake`: those in which something may happen. */
  constructor(journal: Journal, torrents: Iterable<ListedTorrent>, awake: ReadonlySet<Torrent>) {
    this.#journal = journal
    this.#torrents = torrents
    this.#awake = awake
    for (const listed of torrents) this.#seen.set(listed.id, seenOf(listed, true))
  }

  look(): void {
    this.#rows = 0
    this.#looks++
    let count = 0
    for (const listed of this.#torrents) {
      count++
      const seen = this.#seen.get(listed.id) ?? this.#added(listed)
      this.#compare(listed, seen)
      const every = this.#awake.has(listed.torrent) ? TRACKER_LOOKS.awake : TRACKER_LOOKS.asleep
      if ((listed.id + this.#looks) % every === 0) this.#lookAtTrackers(listed.torrent, seen)
    }
    if (this.#seen.size > count) this.#tellRemoved()
    const more = this.#rows - MAX_ROWS_A_LOOK
    if (more > 0) this.#journal.add('info', 'torrent', `and ${more} more changes of torrents within this second`)
  }

  #added(listed: ListedTorrent): Seen {
    const seen = seenOf(listed, false)
    this.#seen.set(listed.id, seen)
    this.#tell('info', `added ${shownName(seen.name)}`, seen)
    return seen
  }

  #tellRemoved(): void {
    const there = new Set(Array.from(this.#torrents, ({ id }) => id))
    for (const [id, seen] of this.#seen) {
      if (there.has(id)) continue
      this.#seen.delete(id)
      this.#tell('info', `removed ${shownName(seen.name)}`, seen)
    }
  }

  #compare({ torrent, wishes, doneAtMs }: ListedTorrent, seen: Seen): void {
    if (!seen.isKnown && torrent.metainfo !== undefined) {
      seen.isKnown = true
      seen.name = torrent.name
      const rest = wishes.isUndecided ? ', and it waits for a choice of them' : ''
      this.#tell('info', `the files of ${shownName(seen.name)} are known${rest}`, seen)
    }
    if (seen.dir !== torrent.dir) {
      seen.dir = torrent.dir
      this.#tell('info', `${shownName(seen.name)} is in ${torrent.dir} now`, seen)
    }
    if (seen.renames !== wishes.renames) this.#compareNames(torrent, wishes.renames, seen)
    const isDone = doneAtMs !== undefined
    if (isDone !== seen.isDone) {
      seen.isDone = isDone
      if (isDone && torrent.options.mode === 'download') this.#tell('info', `${shownName(seen.name)} is complete`, seen)
    }
    const error = torrent.error?.message
    if (error === seen.error) return
    seen.error = error
    if (error !== undefined) this.#tell('error', `${shownName(seen.name)} failed: ${error}`, seen)
  }

  #compareNames(torrent: Torrent, renames: readonly Rename[], seen: Seen): void {
    const isLonger = renames.length !== seen.renames.length // a move to another folder copies them
    seen.renames = renames
    if (!isLonger) return
    const { name } = torrent
    const what = name === seen.name ? 'has other names of files' : `is called ${shownName(name)}`
    this.#tell('info', `${shownName(seen.name)} ${what} now`, seen)
    seen.name = torrent.name
  }

  #lookAtTrackers({ announcer }: Torrent, seen: Seen): void {
    for (const tracker of announcer?.status() ?? []) {
      const host = hostOf(tracker)
      if (host === undefined) continue
      if (tracker.state === 'failed' && !seen.failing.has(host)) this.#fails(host, tracker, seen)
      else if (tracker.state === 'working' && seen.failing.delete(host)) this.#works(host)
    }
  }

  #fails(host: string, { message = 'it gives no answer' }: TrackerStatus, seen: Seen): void {
    seen.failing.add(host)
    if (this.#failing.get(host) === message) return // for another torrent, which was told
    const [oldest] = this.#failing.size >= MAX_FAILING ? this.#failing.keys() : []
    if (oldest !== undefined) this.#failing.delete(oldest)
    this.#failing.set(host, message)
    this.#tell('warning', `the tracker ${host} fails, for ${shownName(seen.name)} first: ${message}`, seen)
  }

  #works(host: string): void {
    if (this.#failing.delete(host)) this.#tell('info', `the tracker ${host} works again`)
  }

  #tell(level: 'info' | 'warning' | 'error', text: string, seen?: Seen): void {
    if (++this.#rows <= MAX_ROWS_A_LOOK) this.#journal.add(level, 'torrent', text, seen?.hash)
  }
}

function seenOf({ torrent, wishes, doneAtMs }: ListedTorrent, isOld: boolean): Seen {
  return {
    name: torrent.name,
    hash: torrent.key,
    dir: torrent.dir,
    renames: wishes.renames,
    isKnown: torrent.origin.kind === 'metainfo' || (isOld && torrent.metainfo !== undefined),
    isDone: isOld && doneAtMs !== undefined,
    error: undefined,
    failing: new Set(),
  }
}

/** Without the rest of the URL, which may hold a passkey. `undefined` as long as it was not asked. */
function hostOf({ url, lastAnnounceMs }: TrackerStatus): string | undefined {
  if (lastAnnounceMs === undefined || !URL.canParse(url)) return undefined
  return new URL(url).host
}
