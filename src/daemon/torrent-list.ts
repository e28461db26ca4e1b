// The torrents that the daemon has: kept in the state database, running in the session. Numbers are given anew at every
// start, as Transmission does; info-hashes stay.
import { toHex } from '../core/bytes.ts'
import { AppError } from '../core/errors.ts'
import type { AddOptions } from '../engine/add-options.ts'
import type { Session } from '../engine/session.ts'
import { moveData, type Place, removeData } from '../engine/torrent-data.ts'
import { printMagnet } from '../core/metainfo/magnet.ts'
import type { Torrent } from '../engine/torrent.ts'
import { setLimits, setPriorities, setSequential } from '../engine/torrent-control.ts'
import { monotonicMs } from '../io/clock.ts'
import { blobOf, type Database, numberOf, type Row, textOf } from '../io/database.ts'
import { limitsOf, NO_WISHES, readWishes, type Wishes } from './wishes.ts'

/** A .torrent's bytes, or a magnet link. */
export type ListedSource = { readonly metainfo: Uint8Array } | { readonly magnet: string }

export interface ListedTorrent {
  readonly id: number
  readonly torrent: Torrent
  readonly addedAtMs: number
  /** Wall clock; absent while something wanted is missing. */
  doneAtMs: number | undefined
  /** Of the last start in this run. */
  startedAtMs: number | undefined
  /** When payload last came or went in this run. */
  activeAtMs: number | undefined
  /** Monotonic: when it was last added, started, completed, or gave or got something. */
  busyAt: number
  wishes: Wishes
}

export interface NewTorrent {
  readonly source: ListedSource
  readonly dir: string
  readonly mode?: AddOptions['mode']
  /** The files were hashed just now. */
  readonly isTrusted?: boolean
  readonly peers?: AddOptions['peers']
  readonly wishes?: Partial<Wishes>
}

/** So long a removed torrent is told to clients that ask for what is recent. */
const REMOVED_MS = 60_000

export class TorrentList {
  readonly #db: Database
  readonly #session: Session
  readonly #byId = new Map<number, ListedTorrent>()
  /** In hex; a hybrid has two. */
  readonly #byHash = new Map<string, ListedTorrent>()
  readonly #removed: { readonly id: number; readonly at: number }[] = []
  readonly #moving = new Set<Promise<void>>()
  #nextId = 1

  constructor(db: Database, session: Session) {
    this.#db = db
    this.#session = session
  }

  /** All that was kept. What cannot be read any more is left out, and stays in the database. */
  load(): void {
    for (const row of this.#db.all('SELECT * FROM listed ORDER BY added_at_ms, rowid')) {
      try {
        this.#beginKept(row)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
      }
    }
  }

  #beginKept(row: Row): void {
    const source = blobOf(row['source'] ?? null) ?? new Uint8Array(0)
    const isLink = numberOf(row['is_link']) === 1
    const listed = this.#begin(
      {
        source: isLink ? { magnet: new TextDecoder().decode(source) } : { metainfo: source },
        dir: textOf(row['dir']) ?? '',
        mode: textOf(row['mode']) === 'seed' ? 'seed' : 'download',
      },
      readWishes(textOf(row['wishes']) ?? ''),
      numberOf(row['added_at_ms']),
      row['done_at_ms'] === null ? undefined : numberOf(row['done_at_ms']),
    )
    const { movingTo } = listed.wishes
    if (movingTo !== undefined) void this.#goOnMoving(listed, movingTo)
  }

  /** Throws AppError: 'exists', 'bad-metainfo', 'bad-magnet', or what the database says. */
  add(wanted: NewTorrent): ListedTorrent {
    const wishes = { ...NO_WISHES, ...wanted.wishes }
    const listed = this.#begin(wanted, wishes, Date.now(), undefined)
    const { source, mode = 'download' } = wanted
    const bytes = 'magnet' in source ? new TextEncoder().encode(source.magnet) : source.metainfo
    const { key, dir } = listed.torrent
    this.#db.run(
      `INSERT OR REPLACE INTO listed (info_hash, dir, mode, source, is_link, wishes, added_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...[key, dir, mode, bytes, 'magnet' in source ? 1 : 0, JSON.stringify(wishes), listed.addedAtMs],
    )
    return listed
  }

  #begin(
    wanted: NewTorrent,
    wishes: Wishes,
    addedAtMs: number,
    doneAtMs: number | undefined,
    id = this.#nextId++,
  ): ListedTorrent {
    const { download, upload } = limitsOf(wishes)
    const torrent = this.#session.add(wanted.source, {
      dir: wanted.dir,
      mode: wanted.mode ?? 'download',
      isStopped: wishes.isStopped || wishes.movingTo !== undefined,
      isSequential: wishes.isSequential,
      renames: wishes.renames,
      seedTrusted: wanted.isTrusted === true,
      peers: wanted.peers ?? [],
      ...(wishes.priorities !== undefined && { priorities: wishes.priorities }),
      ...(download !== undefined && { downloadBytesPerSec: download }),
      ...(upload !== undefined && { uploadBytesPerSec: upload }),
      ...(wishes.maxPeers !== undefined && { maxPeers: wishes.maxPeers }),
    })
    const startedAtMs = wishes.isStopped ? undefined : Date.now()
    const listed = {
      id,
      torrent,
      addedAtMs,
      doneAtMs,
      startedAtMs,
      activeAtMs: undefined,
      busyAt: monotonicMs(),
      wishes,
    }
    this.#byId.set(id, listed)
    for (const hash of hashesOf(torrent)) this.#byHash.set(hash, listed)
    return listed
  }

  get size(): number {
    return this.#byId.size
  }

  [Symbol.iterator](): IterableIterator<ListedTorrent> {
    return this.#byId.values()
  }

  /** By number, or by info-hash in hex. */
  get(id: number | string): ListedTorrent | undefined {
    return typeof id === 'number' ? this.#byId.get(id) : this.byHash(id)
  }

  byHash(hex: string): ListedTorrent | undefined {
    return this.#byHash.get(hex.toLowerCase())
  }

  /** Keeps what is wished from now on, and carries it out. Stops and starts are for `start` and `stop`. */
  wish(listed: ListedTorrent, change: Partial<Omit<Wishes, 'isStopped'>>): void {
    this.#keep(listed, change)
    const { torrent, wishes } = listed
    const { download, upload } = limitsOf(wishes)
    setLimits(torrent, download, upload)
    if (change.isSequential !== undefined) setSequential(torrent, change.isSequential)
    if (change.priorities !== undefined) setPriorities(torrent, change.priorities)
    if (change.maxPeers !== undefined) torrent.maxPeers = change.maxPeers
    this.noteProgress(listed)
  }

  start(listed: ListedTorrent): void {
    this.#keep(listed, { isStopped: false })
    if (listed.torrent.state !== 'stopped' && listed.torrent.state !== 'failed') return
    const { movingTo } = listed.wishes
    if (movingTo !== undefined) return void this.#goOnMoving(listed, movingTo)
    listed.startedAtMs = Date.now()
    listed.busyAt = monotonicMs()
    listed.torrent.start()
  }

  /** Settles when nothing of it is open any more. */
  stop(listed: ListedTorrent): Promise<void> {
    this.#keep(listed, { isStopped: true })
    return listed.torrent.stop()
  }

  /** Its files are there already, or will be found missing. */
  async relocate(listed: ListedTorrent, dir: string): Promise<void> {
    await listed.torrent.stop()
    this.#keepPlace(listed, { dir, renames: listed.wishes.renames })
    await this.#beginAt(listed, dir)
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
    const sql = 'UPDATE listed SET dir = ?, wishes = ? WHERE info_hash = ?'
    this.#db.run(sql, dir, JSON.stringify(listed.wishes), listed.torrent.key)
  }

  async #beginAt({ id, torrent, wishes, addedAtMs, doneAtMs }: ListedTorrent, dir: string): Promise<void> {
    const { origin, options } = torrent
    await this.#session.remove(torrent)
    const source = origin.kind === 'metainfo' ? { metainfo: origin.bytes } : { magnet: printMagnet(origin.magnet) }
    this.#begin({ source, dir, mode: options.mode }, wishes, addedAtMs, doneAtMs, id)
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
    this.#byId.delete(listed.id)
    for (const hash of hashesOf(listed.torrent)) this.#byHash.delete(hash)
    this.#db.run('DELETE FROM listed WHERE info_hash = ?', listed.torrent.key)
    this.#removed.push({ id: listed.id, at: monotonicMs() })
    await this.#session.remove(listed.torrent)
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
      this.#db.run('UPDATE listed SET done_at_ms = ? WHERE info_hash = ?', listed.doneAtMs ?? null, torrent.key)
    }
    const now = monotonicMs()
    if (torrent.downloadMeter.bytesPerSec(now) + torrent.uploadMeter.bytesPerSec(now) === 0) return
    listed.activeAtMs = Date.now()
    listed.busyAt = now
  }

  #keep(listed: ListedTorrent, change: Partial<Wishes>): void {
    listed.wishes = { ...listed.wishes, ...change }
    const sql = 'UPDATE listed SET wishes = ? WHERE info_hash = ?'
    this.#db.run(sql, JSON.stringify(listed.wishes), listed.torrent.key)
  }
}

/** In hex. */
export function hashesOf({ infoHashV1, infoHashV2 }: Pick<Torrent, 'infoHashV1' | 'infoHashV2'>): string[] {
  return [infoHashV1, infoHashV2].filter((hash) => hash !== undefined).map(toHex)
}

/** The torrent that is meant, or AppError 'not-found'. */
export function listedTorrent(list: TorrentList, id: number | string): ListedTorrent {
  const listed = list.get(id)
  if (listed === undefined) throw new AppError('not-found', `there is no torrent ${JSON.stringify(id)} here`)
  return listed
}
