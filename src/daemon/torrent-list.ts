// The torrents that the daemon has: kept in the state database, running in the session. Numbers are given anew at every
// start, as Transmission does; info-hashes stay.
import { fromHex } from '../core/bytes.ts'
import { AppError } from '../core/errors.ts'
import type { AddOptions } from '../engine/add-options.ts'
import type { Session } from '../engine/session.ts'
import { moveData } from '../engine/torrent-data.ts'
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
  readonly #byKey = new Map<string, ListedTorrent>()
  readonly #removed: { readonly id: number; readonly at: number }[] = []
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
    this.#begin(
      {
        source: isLink ? { magnet: new TextDecoder().decode(source) } : { metainfo: source },
        dir: textOf(row['dir']) ?? '',
        mode: textOf(row['mode']) === 'seed' ? 'seed' : 'download',
      },
      readWishes(textOf(row['wishes']) ?? ''),
      numberOf(row['added_at_ms']),
      row['done_at_ms'] === null ? undefined : numberOf(row['done_at_ms']),
    )
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
      isStopped: wishes.isStopped,
      isSequential: wishes.isSequential,
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
    this.#byKey.set(torrent.key, listed)
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
    const known = this.#byKey.get(hex.toLowerCase())
    if (known !== undefined || fromHex(hex) === undefined) return known
    // Of a hybrid, by its other hash.
    return [...this.#byId.values()].find(({ torrent: { infoHashV2 } }) => {
      return infoHashV2 !== undefined && Buffer.from(infoHashV2).toString('hex') === hex.toLowerCase()
    })
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
    listed.startedAtMs = Date.now()
    listed.busyAt = monotonicMs()
    listed.torrent.start()
  }

  /** Settles when nothing of it is open any more. */
  stop(listed: ListedTorrent): Promise<void> {
    this.#keep(listed, { isStopped: true })
    return listed.torrent.stop()
  }

  /** With its files, if they are to move; else it looks for them there. Throws AppError, and goes on where it was. */
  async relocate(listed: ListedTorrent, dir: string, isMoving: boolean): Promise<void> {
    const { torrent, wishes, addedAtMs, doneAtMs, id } = listed
    const { origin, options } = torrent
    await torrent.stop()
    if (isMoving) {
      try {
        await moveData(torrent, dir)
      } catch (error) {
        if (!wishes.isStopped) torrent.start()
        throw error
      }
    }
    await this.#session.remove(torrent)
    this.#db.run('UPDATE listed SET dir = ? WHERE info_hash = ?', dir, torrent.key)
    const source = origin.kind === 'metainfo' ? { metainfo: origin.bytes } : { magnet: printMagnet(origin.magnet) }
    this.#begin({ source, dir, mode: options.mode }, wishes, addedAtMs, doneAtMs, id)
  }

  /** Its files stay. */
  async remove(listed: ListedTorrent): Promise<void> {
    this.#byId.delete(listed.id)
    this.#byKey.delete(listed.torrent.key)
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

/** The torrent that is meant, or AppError 'not-found'. */
export function listedTorrent(list: TorrentList, id: number | string): ListedTorrent {
  const listed = list.get(id)
  if (listed === undefined) throw new AppError('not-found', `there is no torrent ${JSON.stringify(id)} here`)
  return listed
}
