// What is kept of every torrent between two runs, per info-hash and folder: one database for all processes of a user.
// Every verified piece is recorded at once (resume-journal.ts), so that a kill loses nothing; every half minute or so a checkpoint
// folds these records into one bitfield. Which of it can be believed after a start is decided by core/resume-trust.ts.
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, assert } from '../core/errors.ts'
import { blobOf, Database, type DatabaseValue, numberOf, type Row, textOf } from '../io/database.ts'
import type { FileStamp, FinishedFile } from '../io/disk/disk.ts'
import { isRunning, type ProcessIdentity, thisProcess } from '../io/process-identity.ts'
import { makeStateDir } from '../io/state-dir.ts'
import { type JournalEntry, NO_PIECE, readJournal, ResumeJournal } from './resume-journal.ts'
import { addStamp, packStamps, unpackStamps } from './resume-stamps.ts'
import { STATE_MIGRATIONS } from './state-schema.ts'

export interface ResumeKey {
  /** Hex: v1 if there is one, else v2. */
  readonly infoHash: string
  /** Resolved, absolute. */
  readonly dir: string
}

/** Payload bytes and time of all runs. */
export interface Totals {
  readonly uploaded: number
  readonly downloaded: number
  readonly seedingMs: number
}

export interface Kept extends Pick<ResumeState, 'metainfo' | 'have'> {
  readonly totals: Totals
}

/** What was kept of a torrent. */
export interface ResumeState extends Totals {
  /** The .torrent's bytes (a magnet's too, once it was fetched). Read from the database at every access. */
  readonly metainfo: Uint8Array | undefined
  /** Bitfield bytes (BEP 3), with the pieces recorded since the checkpoint; `undefined` if there never was one. */
  readonly have: Uint8Array | undefined
  /** The pieces recorded since the checkpoint: after a power cut (`sameBoot` is false) they are to be hashed again. */
  readonly unsynced: readonly number[]
  /** By file number. Made anew at every access, so that thousands of idle torrents do not hold it. */
  readonly stamps: ReadonlyMap<number, FileStamp>
  /** Names of files that have their real ones, by file number: see `StorageOptions.finished`. Made anew at every access. */
  readonly finished: ReadonlyMap<number, string>
  /** Wall clock of the last record or checkpoint. */
  readonly recordedAtMs: number | undefined
  /** Ended by `release`, or new. */
  readonly wasClean: boolean
  /** The machine has not been restarted since the first of `unsynced` was recorded. */
  readonly sameBoot: boolean
}

/** One file for all that is kept; any number of processes may have it open. Makes the folder if it is missing. */
export function openStateDatabase(stateDir: string): Database {
  makeStateDir(stateDir)
  return Database.open(join(stateDir, 'shoal.db'), STATE_MIGRATIONS)
}

/** In the state folder: a file for each torrent that has changed since its checkpoint. */
const JOURNALS = 'journal'

export class ResumeStore {
  readonly #db: Database
  readonly #journals: string
  readonly #process: ProcessIdentity = thisProcess()
  readonly #processId: number

  private constructor(db: Database, stateDir: string) {
    this.#db = db
    this.#journals = join(stateDir, JOURNALS)
    makeStateDir(this.#journals)
    for (const row of db.all('SELECT * FROM processes')) {
      if (!isRunning(identityOf(row))) db.run('DELETE FROM processes WHERE id = ?', numberOf(row['id']))
    }
    const { pid, bootId, startedAt } = this.#process
    const sql = 'INSERT INTO processes (pid, boot_id, started_at) VALUES (?, ?, ?)'
    this.#processId = db.run(sql, pid, bootId ?? null, startedAt ?? null)
    this.#removeOldJournals()
  }

  /** Those that do not count, which a kill left. Of torrents that somebody holds, the next one may be in the making. */
  #removeOldJournals(): void {
    const names = readdirSync(this.#journals)
    if (names.length === 0) return
    this.#db.transaction(() => {
      for (const name of names) {
        const row = this.#db.get('SELECT * FROM torrents WHERE id = ?', Number.parseInt(name, 10))
        const counts =
          row !== undefined && this.#journalPrefix(row) + numberOf(row['journal']) === join(this.#journals, name)
        if (counts || (row !== undefined && row['holder'] !== null)) continue
        rmSync(join(this.#journals, name), { force: true })
      }
    })
  }

  static open(stateDir: string): ResumeStore {
    const db = openStateDatabase(stateDir)
    try {
      return new ResumeStore(db, stateDir)
    } catch (error) {
      db.close()
      throw error
    }
  }

  /** Takes the torrent for this process: AppError 'busy' if another has it; what a dead one had is taken over. */
  claim(key: ResumeKey): ResumeRecord {
    return this.#db.transaction(() => {
      const row = this.#find(key) ?? this.#add(key)
      const owner = identityOf(row)
      if (isRunning(owner)) {
        const who = owner.pid === process.pid ? 'this process' : `process ${owner.pid}`
        throw new AppError(
          'busy',
          `${key.infoHash} in ${key.dir} is in use by ${who}: stop it there, or use another folder`,
        )
      }
      const id = numberOf(row['id'])
      const prefix = this.#journalPrefix(row)
      const generation = numberOf(row['journal'])
      const { entries, bytes } = readJournal(prefix + generation)
      const state = readState(this.#db, row, entries, this.#process.bootId)
      // Records of an earlier boot stay of an earlier boot, whoever takes them over.
      const bootId = entries.length === 0 ? this.#process.bootId : textOf(row['journal_boot_id'])
      const sql = 'UPDATE torrents SET holder = ?, journal_boot_id = ? WHERE id = ?'
      this.#db.run(sql, this.#processId, bootId ?? null, id)
      const journal = new ResumeJournal(prefix, generation, bytes)
      return new ResumeRecord(
        this.#db,
        id,
        journal,
        unpackStamps(entries.map(({ stamps }) => stamps)),
        this.#process.bootId,
        state,
      )
    })
  }

  /** What is kept, for a torrent that does not run. */
  peek(key: ResumeKey): Kept | undefined {
    const row = this.#find(key)
    if (row === undefined) return undefined
    const id = numberOf(row['id'])
    const have = blobOf(row['have'])
    const { entries } = readJournal(this.#journalPrefix(row) + numberOf(row['journal']))
    for (const { piece } of entries) if (have !== undefined && piece !== NO_PIECE) addPiece(have, piece)
    return { metainfo: metainfoOf(this.#db, id), have, totals: readTotals(row) }
  }

  /** The files were moved as they are, some to new names: what is kept of them goes along. */
  move(key: ResumeKey, dir: string, names: ReadonlyMap<number, string>): void {
    this.#db.transaction(() => {
      if (dir !== key.dir) {
        this.#delete({ ...key, dir })
        this.#db.run('UPDATE torrents SET dir = ? WHERE info_hash = ? AND dir = ?', dir, key.infoHash, key.dir)
      }
      const sql = `UPDATE finished_files SET name = ? WHERE file = ? AND torrent =
        (SELECT id FROM torrents WHERE info_hash = ? AND dir = ?)`
      for (const [file, name] of names) this.#db.run(sql, name, file, key.infoHash, dir)
    })
  }

  /** As if it had never been here. Throws AppError 'busy' while some process has it. */
  forget(key: ResumeKey): void {
    const record = this.claim(key)
    record.release()
    this.#delete(key)
  }

  #delete(key: ResumeKey): void {
    const row = this.#find(key)
    this.#db.run('DELETE FROM torrents WHERE info_hash = ? AND dir = ?', key.infoHash, key.dir)
    if (row !== undefined) leave(new ResumeJournal(this.#journalPrefix(row), numberOf(row['journal']), 0))
  }

  /** A number may be given again, with the time it is the torrent's own. */
  #journalPrefix(row: Row): string {
    return join(this.#journals, `${numberOf(row['id'])}-${numberOf(row['added_at_ms'])}-`)
  }

  #find({ infoHash, dir }: ResumeKey): Row | undefined {
    const sql = `SELECT torrents.*, pid, boot_id, started_at FROM torrents LEFT JOIN processes ON processes.id = holder
      WHERE info_hash = ? AND dir = ?`
    return this.#db.get(sql, infoHash, dir)
  }

  #add(key: ResumeKey): Row {
    const sql = 'INSERT INTO torrents (info_hash, dir, added_at_ms, journal_boot_id) VALUES (?, ?, ?, ?)'
    this.#db.run(sql, key.infoHash, key.dir, Date.now(), this.#process.bootId ?? null)
    const row = this.#find(key)
    assert(row !== undefined, 'the row just added is found')
    return row
  }

  /** Records that were not released count as ended by force. */
  close(): void {
    try {
      this.#db.run('DELETE FROM processes WHERE id = ?', this.#processId)
    } finally {
      this.#db.close()
    }
  }
}

/**
 * One torrent in one folder, held by this process. What its methods were told is kept once they return; they throw
 * AppError if the database cannot take it (its disk is full, or damaged).
 */
export class ResumeRecord {
  /** As it was when claimed. */
  readonly state: ResumeState
  readonly #db: Database
  readonly #torrent: number
  readonly #bootId: string | undefined
  #journal: ResumeJournal
  /** What this process has put into the journal, in order: pieces or NO_PIECE, and where in it they are. */
  #pieces: number[] = []
  #places: number[] = []
  /** The stamps recorded since the checkpoint. */
  readonly #news: Map<number, FileStamp>
  #isReleased = false

  constructor(
    db: Database,
    torrent: number,
    journal: ResumeJournal,
    news: Map<number, FileStamp>,
    bootId: string | undefined,
    state: ResumeState,
  ) {
    this.state = state
    this.#db = db
    this.#torrent = torrent
    this.#bootId = bootId
    this.#journal = journal
    this.#news = news
  }

  keepMetainfo(bytes: Uint8Array): void {
    const sql = `INSERT INTO metainfos (torrent, bytes) VALUES (?, ?)
      ON CONFLICT DO UPDATE SET bytes = excluded.bytes WHERE bytes <> excluded.bytes`
    this.#run(sql, this.#torrent, bytes)
  }

  /** The piece was verified and written, and these files with it. */
  pieceStored(piece: number, stamps: readonly FileStamp[]): void {
    this.#note(piece, stamps)
  }

  /** The file has its real name. */
  fileFinished(finished: FinishedFile): void {
    const sql = `INSERT INTO finished_files (torrent, file, name) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET name = excluded.name WHERE name <> excluded.name`
    this.#run(sql, this.#torrent, finished.file, finished.name)
    this.#note(NO_PIECE, [finished])
  }

  #note(piece: number, stamps: readonly FileStamp[]): void {
    assert(!this.#isReleased, 'a released record is not written to')
    this.#places.push(this.#journal.append({ piece, recordedAtMs: Date.now(), stamps: packStamps(stamps) }))
    this.#pieces.push(piece)
    for (const stamp of stamps) addStamp(this.#news, stamp)
  }

  /**
   * All pieces in `have` are permanent: it was taken before `Storage.sync` was called, and this is called after. Pieces
   * recorded since then stay recorded. `stamps` are the latest of all files, or `undefined`: then the recorded ones hold.
   * Call it after the check at the start, which may find fewer pieces, then every half minute, and before `release`.
   */
  checkpoint(have: Uint8Array, stamps: readonly FileStamp[] | undefined, totals: Totals): void {
    const firstLater = this.#pieces.findIndex((piece) => piece !== NO_PIECE && !hasPiece(have, piece))
    const done = firstLater < 0 ? this.#pieces.length : firstLater
    const from = this.#places[done] ?? this.#journal.bytes
    // Whenever we are killed: one of the two journals is the one that the database means.
    const next = this.#journal.bytes === 0 ? this.#journal : this.#journal.next(from)
    try {
      this.#keep(have, stamps, totals, next)
    } catch (error) {
      if (next !== this.#journal) leave(next)
      throw error
    }
    const before = this.#journal
    this.#journal = next
    this.#pieces = this.#pieces.slice(done)
    this.#places = this.#places.slice(done).map((place) => place - from)
    this.#news.clear()
    if (before !== next) leave(before)
  }

  #keep(have: Uint8Array, stamps: readonly FileStamp[] | undefined, totals: Totals, journal: ResumeJournal): void {
    const { uploaded, downloaded, seedingMs } = totals
    const sql = `UPDATE torrents SET have = ?, stamps = coalesce(?, stamps), uploaded = ?, downloaded = ?, seeding_ms = ?,
      checkpoint_at_ms = ?, journal_boot_id = ?, journal = ? WHERE id = ?`
    this.#db.transaction(() => {
      const packed = this.#packedStamps(stamps)
      const times = [Math.round(seedingMs), Date.now()] as const
      this.#run(
        sql,
        have,
        packed,
        uploaded,
        downloaded,
        ...times,
        this.#bootId ?? null,
        journal.generation,
        this.#torrent,
      )
    })
  }

  /** What to write over the kept ones; `null` for nothing new. */
  #packedStamps(stamps: readonly FileStamp[] | undefined): Uint8Array | null {
    if (stamps !== undefined) return packStamps(stamps)
    if (this.#news.size === 0) return null
    const row = this.#db.get('SELECT stamps FROM torrents WHERE id = ?', this.#torrent)
    const all = row === undefined ? new Map<number, FileStamp>() : unpackStamps([stampsOf(row)])
    for (const stamp of this.#news.values()) addStamp(all, stamp)
    return packStamps(all.values())
  }

  /** A clean end: any process may claim the torrent, and finds everything as the last checkpoint left it. */
  release(): void {
    try {
      this.#run('UPDATE torrents SET holder = NULL WHERE id = ?', this.#torrent)
    } finally {
      this.#isReleased = true
      this.#journal.close()
    }
  }

  #run(sql: string, ...values: DatabaseValue[]): void {
    assert(!this.#isReleased, 'a released record is not written to')
    this.#db.run(sql, ...values)
  }
}

/** It does not count any more: should it stay, the next start removes it. */
function leave(journal: ResumeJournal): void {
  try {
    journal.remove()
  } catch {
    journal.close()
  }
}

function readState(db: Database, row: Row, journal: readonly JournalEntry[], bootId: string | undefined): ResumeState {
  const torrent = numberOf(row['id'])
  // Folded, because a journal of half a minute may name the same file a hundred thousand times.
  const packed = packStamps(unpackStamps([stampsOf(row), ...journal.map(({ stamps }) => stamps)]).values())
  const unsynced = journal.flatMap(({ piece }) => (piece === NO_PIECE ? [] : [piece]))
  const have = blobOf(row['have'])
  const recordedAt = journal.at(-1)?.recordedAtMs ?? row['checkpoint_at_ms']
  if (have !== undefined) for (const piece of unsynced) addPiece(have, piece)
  return {
    get metainfo() {
      return metainfoOf(db, torrent)
    },
    get stamps() {
      return unpackStamps([packed])
    },
    get finished() {
      const rows = db.all('SELECT file, name FROM finished_files WHERE torrent = ?', torrent)
      return new Map(rows.map(({ file, name }) => [numberOf(file), textOf(name) ?? '']))
    },
    have,
    unsynced,
    recordedAtMs: recordedAt === null || recordedAt === undefined ? undefined : numberOf(recordedAt),
    wasClean: row['holder'] === null,
    sameBoot: bootId !== undefined && row['journal_boot_id'] === bootId,
    ...readTotals(row),
  }
}

function metainfoOf(db: Database, torrent: number): Uint8Array | undefined {
  return blobOf(db.get('SELECT bytes FROM metainfos WHERE torrent = ?', torrent)?.['bytes'] ?? null)
}

function readTotals(row: Row): Totals {
  return {
    uploaded: numberOf(row['uploaded']),
    downloaded: numberOf(row['downloaded']),
    seedingMs: numberOf(row['seeding_ms']),
  }
}

function addPiece(have: Uint8Array, piece: number): void {
  have[piece >> 3] = (have[piece >> 3] ?? 0) | (0x80 >> (piece & 7))
}

function hasPiece(have: Uint8Array, piece: number): boolean {
  return ((have[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0
}

function stampsOf(row: Row): Uint8Array {
  return blobOf(row['stamps']) ?? new Uint8Array(0)
}

/** The process of a joined row; process 0, which never runs, if there is none. */
export function identityOf(row: Row): ProcessIdentity {
  return {
    pid: numberOf(row['pid'] ?? 0),
    bootId: textOf(row['boot_id']),
    startedAt: textOf(row['started_at']),
  }
}
