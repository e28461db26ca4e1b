// The torrents that the daemon has: kept in the state database, running in the session. Numbers are given anew at every
// start, as Transmission does; info-hashes stay.
import { AppError } from '../core/errors.ts'
import { printMagnet } from '../core/metainfo/magnet.ts'
import type { Session } from '../engine/session.ts'
import { setTrackers } from '../engine/torrent-announce.ts'
import { type GroupGates, setGates, setLimits, setPriorities, setSequential } from '../engine/torrent-control.ts'
import { type Imported, importPieces } from '../engine/piece-files.ts'
import { moveData, type Place, removeData } from '../engine/torrent-data.ts'
import type { Torrent } from '../engine/torrent.ts'
import { showKept } from '../engine/torrent-totals.ts'
import { monotonicMs } from '../io/clock.ts'
import type { KeptTorrent, ListedStore } from './listed-store.ts'
import { hashesOf, isRunning, kindOf, type ListedTorrent, type NewTorrent } from './listed-torrent.ts'
import type { QueueKind } from './queue.ts'
import { QueueOrder } from './queue-order.ts'
import { limitsOf, NO_WISHES, type Wishes } from './wishes.ts'

/** So long a removed torrent is told to clients that ask for what is recent. */
const REMOVED_MS = 60_000

export interface ListHooks {
  /** Nothing starts by itself. */
  readonly isHeld: boolean
  /** Do torrents of this kind wait for their turn? */
  readonly isQueued: (kind: QueueKind) => boolean
  /** Who runs may have to be decided anew. */
  readonly changed: () => void
  readonly gatesOf: (group: string) => GroupGates | undefined
  /** It will not be there again: its totals should be kept elsewhere. */
  readonly removed: (torrent: Torrent) => void
}

export class TorrentList {
  readonly #store: ListedStore
  readonly #hooks: ListHooks
  readonly #order = new QueueOrder()
  readonly #session: Session
  readonly #byId = new Map<number, ListedTorrent>()
  /** In hex; a hybrid has two. */
  readonly #byHash = new Map<string, ListedTorrent>()
  readonly #removed: { readonly id: number; readonly at: number }[] = []
  readonly #moving = new Set<Promise<void>>()
  #nextId = 1

  constructor(store: ListedStore, session: Session, hooks: ListHooks) {
    this.#store = store
    this.#session = session
    this.#hooks = hooks
  }

  /** All that was kept. What cannot be read any more is left out, and stays in the database. */
  load(): void {
    for (const kept of this.#store.all()) {
      try {
        const listed = this.#begin(kept, kept)
        const { movingTo } = kept.wishes
        if (movingTo !== undefined) void this.#goOnMoving(listed, movingTo)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
      }
    }
    this.#hooks.changed()
  }

  /** Throws AppError: 'exists', 'bad-metainfo', 'bad-magnet', or what the database says. */
  add(wanted: NewTorrent): ListedTorrent {
    const wishes = { ...NO_WISHES, ...wanted.wishes, queueKey: this.#order.nextKey }
    const kept = { mode: 'download' as const, ...wanted, wishes, addedAtMs: Date.now(), doneAtMs: undefined }
    const listed = this.#begin(wanted, kept)
    try {
      this.#store.add(listed.torrent.key, { ...kept, dir: listed.torrent.dir })
    } catch (error) {
      this.#forget(listed)
      void this.#session.remove(listed.torrent)
      throw error
    }
    this.#hooks.changed()
    return listed
  }

  #begin(wanted: NewTorrent, { wishes, addedAtMs, doneAtMs }: KeptTorrent, id = this.#nextId++): ListedTorrent {
    const { download, upload } = limitsOf(wishes)
    const isSeed = doneAtMs !== undefined || wanted.mode === 'seed'
    const isWaiting = !wishes.isStopped && !wishes.isUndecided && this.#hooks.isQueued(isSeed ? 'seed' : 'download')
    const isStopped = wishes.isStopped || wishes.isUndecided || isWaiting || wishes.movingTo !== undefined
    const torrent = this.#session.add(wanted.source, {
      dir: wanted.dir,
      mode: wanted.mode ?? 'download',
      isStopped,
      isSequential: wishes.isSequential,
      isMetainfoOnly: wishes.isUndecided,
      renames: wishes.renames,
      ...(wishes.trackers !== undefined && { trackers: wishes.trackers }),
      seedTrusted: wanted.isTrusted === true,
      peers: wanted.peers ?? [],
      ...(wishes.priorities !== undefined && { priorities: wishes.priorities }),
      ...(download !== undefined && { downloadBytesPerSec: download }),
      ...(upload !== undefined && { uploadBytesPerSec: upload }),
      ...(wishes.maxPeers !== undefined && { maxPeers: wishes.maxPeers }),
    })
    const listed = {
      id,
      torrent,
      addedAtMs,
      doneAtMs,
      startedAtMs: isStopped ? undefined : Date.now(),
      activeAtMs: undefined,
      busyAt: monotonicMs(),
      wishes,
      isWaiting: isWaiting && wishes.movingTo === undefined,
      isForced: false,
    }
    this.#byId.set(id, listed)
    for (const hash of hashesOf(torrent)) this.#byHash.set(hash, listed)
    this.#order.add(listed)
    this.#setGates(listed)
    if (wishes.isUndecided) this.#askForMetainfo(listed)
    return listed
  }

  /** Whatever the queue is like: somebody waits to choose. It stops by itself. */
  #askForMetainfo(listed: ListedTorrent): void {
    const { torrent, wishes } = listed
    if (torrent.metainfo !== undefined || wishes.isStopped || wishes.movingTo !== undefined) return
    if (!this.#hooks.isHeld) this.run(listed, true)
  }

  #setGates({ torrent, wishes }: ListedTorrent): void {
    setGates(torrent, this.#hooks.gatesOf(wishes.group), wishes.honorsSessionLimits)
  }

  groupChanged(group: string): void {
    for (const listed of this.#byId.values()) if (listed.wishes.group === group) this.#setGates(listed)
  }

  get size(): number {
    return this.#byId.size
  }

  [Symbol.iterator](): IterableIterator<ListedTorrent> {
    return this.#byId.values()
  }

  /** In the order of their turns, and the place of one, from 0. */
  get inOrder(): readonly ListedTorrent[] {
    return this.#order.all
  }

  placeOf(listed: ListedTorrent): number {
    return this.#order.placeOf(listed)
  }

  /** From 0; the last for one beyond. */
  setPlace(listed: ListedTorrent, place: number): void {
    this.#order.move(listed, place, (one, queueKey) => this.#keep(one, { queueKey }))
  }

  /** By number, or by info-hash in hex. */
  get(id: number | string): ListedTorrent | undefined {
    return typeof id === 'number' ? this.#byId.get(id) : this.byHash(id)
  }

  byHash(hex: string): ListedTorrent | undefined {
    return this.#byHash.get(hex.toLowerCase())
  }

  /** Keeps what is wished from now on, and carries it out. Stops and starts are for `start` and `stop`. */
  wish(listed: ListedTorrent, change: Partial<Omit<Wishes, 'isStopped' | 'isUndecided'>>): void {
    this.#keep(listed, change)
    const { torrent, wishes } = listed
    const { download, upload } = limitsOf(wishes)
    setLimits(torrent, download, upload)
    if (change.isSequential !== undefined) setSequential(torrent, change.isSequential)
    if (change.priorities !== undefined) setPriorities(torrent, change.priorities)
    if (change.maxPeers !== undefined) torrent.maxPeers = change.maxPeers
    if (change.group !== undefined || change.honorsSessionLimits !== undefined) this.#setGates(listed)
    if ('trackers' in change) void setTrackers(torrent, change.trackers)
    this.noteProgress(listed)
  }

  /** When its turn comes, or at once. What is wanted of it is decided by that. */
  start(listed: ListedTorrent, isAtOnce = false): void {
    const { isUndecided, movingTo } = listed.wishes
    this.#keep(listed, { isStopped: false, isUndecided: false })
    listed.torrent.isMetainfoOnly = false
    if (isUndecided) listed.isForced = false
    if (isRunning(listed)) listed.isForced ||= isAtOnce
    else if (movingTo !== undefined) void this.#goOnMoving(listed, movingTo)
    else if (isAtOnce || !this.#hooks.isQueued(kindOf(listed))) this.run(listed, isAtOnce)
    else listed.isWaiting = true
    this.#hooks.changed()
  }

  /** Its turn has come. */
  run(listed: ListedTorrent, isForced = false): void {
    listed.isWaiting = false
    listed.isForced = isForced
    listed.startedAtMs = Date.now()
    listed.busyAt = monotonicMs()
    listed.torrent.start()
  }

  /** Its turn is over, and will come again. */
  hold(listed: ListedTorrent): void {
    listed.isWaiting = true
    void listed.torrent.stop()
  }

  /** Settles when nothing of it is open any more. */
  stop(listed: ListedTorrent): Promise<void> {
    this.#keep(listed, { isStopped: true })
    listed.isWaiting = false
    listed.isForced = false
    const stopped = listed.torrent.stop()
    this.#hooks.changed()
    return stopped
  }

  /** Its files are there already, or will be found missing. `isHashed`: just now, all of them, by the names that others see. */
  async relocate(listed: ListedTorrent, dir: string, isHashed = false): Promise<void> {
    await listed.torrent.stop()
    this.#keepPlace(listed, { dir, renames: isHashed ? [] : listed.wishes.renames })
    await this.#beginAt(listed, dir, isHashed)
  }

  /** With its files, to another folder or to other names. Throws AppError, and goes on where it was. */
  async move(listed: ListedTorrent, change: Partial<Place>): Promise<void> {
    const { torrent, wishes } = listed
    if (wishes.movingTo !== undefined) throw new AppError('busy', `${torrent.name} is being moved already`)
    const to = { dir: torrent.dir, renames: wishes.renames, ...change }
    this.#keep(listed, { movingTo: { ...to, renames: [...to.renames] } })
    await torrent.stop()
    try {
      await this.#moveTo(listed, to)
    } catch (error) {
      this.#keep(listed, { movingTo: undefined })
      if (!wishes.isStopped) torrent.start()
      throw error
    }
  }

  /** Pieces that somebody brought as files. Throws AppError; the torrent goes on as it was with what was taken. */
  async importPieces(listed: ListedTorrent, dir: string): Promise<Imported> {
    const { torrent } = listed
    const wasRunning = isRunning(listed)
    await torrent.stop()
    try {
      return await importPieces(torrent, dir)
    } finally {
      if (wasRunning) torrent.start()
      else showKept(torrent)
    }
  }

  /** The daemon was killed while the files moved. Some may be there and some here: it does not start before all are. */
  async #goOnMoving(listed: ListedTorrent, to: Place): Promise<void> {
    try {
      await this.#moveTo(listed, to)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      listed.torrent.error = error
    }
  }

  async #moveTo(listed: ListedTorrent, to: Place): Promise<void> {
    const moving = moveData(listed.torrent, to, () => this.#keepPlace(listed, to))
    this.#moving.add(moving)
    await moving.finally(() => this.#moving.delete(moving))
    await this.#beginAt(listed, to.dir)
  }

  /** Resolves when no files are on their way any more. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#moving)
  }

  #keepPlace(listed: ListedTorrent, { dir, renames }: Place): void {
    listed.wishes = { ...listed.wishes, renames: [...renames], movingTo: undefined }
    this.#store.keepPlace(listed.torrent.key, dir, listed.wishes)
  }

  async #beginAt(listed: ListedTorrent, dir: string, isTrusted = false): Promise<void> {
    const { id, torrent } = listed
    const { origin, options } = torrent
    await this.#session.remove(torrent)
    this.#order.remove(listed)
    const source = origin.kind === 'metainfo' ? { metainfo: origin.bytes } : { magnet: printMagnet(origin.magnet) }
    const kept = { ...listed, source, dir, mode: options.mode, isTrusted }
    this.#begin(kept, kept, id)
    this.#hooks.changed()
  }

  /** With the files it made, if they are to go. Throws AppError, and goes on as it was. */
  async remove(listed: ListedTorrent, isWithData: boolean): Promise<void> {
    if (isWithData) {
      await listed.torrent.stop()
      try {
        await removeData(listed.torrent)
      } catch (error) {
        if (!listed.wishes.isStopped) listed.torrent.start()
        throw error
      }
    }
    this.#forget(listed)
    this.#store.remove(listed.torrent.key)
    this.#removed.push({ id: listed.id, at: monotonicMs() })
    await this.#session.remove(listed.torrent)
    this.#hooks.removed(listed.torrent)
    this.#hooks.changed()
  }

  #forget(listed: ListedTorrent): void {
    this.#byId.delete(listed.id)
    for (const hash of hashesOf(listed.torrent)) this.#byHash.delete(hash)
    this.#order.remove(listed)
  }

  /** Numbers of torrents that were removed within the last minute. */
  recentlyRemoved(): number[] {
    const since = monotonicMs() - REMOVED_MS
    while ((this.#removed[0]?.at ?? since) < since) this.#removed.shift()
    return this.#removed.map(({ id }) => id)
  }

  /** Call from time to time: notes when a torrent became complete, and when it was last busy. */
  noteProgress(listed: ListedTorrent): void {
    const { torrent } = listed
    if (torrent.isDone !== (listed.doneAtMs !== undefined) && torrent.content !== undefined && !torrent.isChecking) {
      listed.doneAtMs = torrent.isDone ? Date.now() : undefined
      listed.busyAt = monotonicMs()
      this.#store.keepDone(torrent.key, listed.doneAtMs)
    }
    const now = monotonicMs()
    if (torrent.downloadMeter.bytesPerSec(now) + torrent.uploadMeter.bytesPerSec(now) === 0) return
    listed.activeAtMs = Date.now()
    listed.busyAt = now
  }

  #keep(listed: ListedTorrent, change: Partial<Wishes>): void {
    listed.wishes = { ...listed.wishes, ...change }
    this.#store.keepWishes(listed.torrent.key, listed.wishes)
  }
}

/** The torrent that is meant, or AppError 'not-found'. */
export function listedTorrent(list: TorrentList, id: number | string): ListedTorrent {
  const listed = list.get(id)
  if (listed === undefined) throw new AppError('not-found', `there is no torrent ${JSON.stringify(id)} here`)
  return listed
}
