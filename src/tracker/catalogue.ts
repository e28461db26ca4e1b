// The catalogue: which torrents people have published through this tracker, in one SQLite file, found by the words in
// their names and in the names of their files. Several threads may have the same file open.
import { timingSafeEqual } from 'node:crypto'
import { type InfoHash, infoHash } from '../core/ids.ts'
import { assert } from '../core/errors.ts'
import { blobOf, Database, numberOf, type Row, textOf } from '../io/database.ts'
import type { CataloguePath, CatalogueTorrent } from './catalogue-torrent.ts'
import { searchTerms } from './catalogue-words.ts'
import { wallSec } from './tracker-clock.ts'

export interface CatalogueEntry {
  readonly infoHash: InfoHash
  readonly name: string
  readonly sizeBytes: number
  readonly fileCount: number
  /** Of the .torrent. */
  readonly torrentBytes: number
  /** Seconds since 1970. */
  readonly publishedAt: number
}

export interface CataloguePage {
  /** How many there are in all; of a search, at most 4,000. */
  readonly total: number
  readonly entries: readonly CatalogueEntry[]
}

/** Somebody has to look whether there are peers: nobody did so for a while. */
export interface LookDue {
  readonly infoHash: InfoHash
  readonly lookedAt: number
  /** For how long there were no peers, as far as anybody looked. */
  readonly idleSec: number
}

/** Nobody turns so many pages; more would take time from the announces. */
const MAX_HITS = 2000

const MIGRATIONS: readonly string[] = [
  `CREATE TABLE torrents (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     info_hash BLOB NOT NULL UNIQUE,
     name TEXT NOT NULL,
     size_bytes INTEGER NOT NULL,
     file_count INTEGER NOT NULL,
     torrent_bytes INTEGER NOT NULL,
     owner BLOB NOT NULL,
     published_at INTEGER NOT NULL,
     looked_at INTEGER NOT NULL,
     idle_sec INTEGER NOT NULL DEFAULT 0
   ) STRICT;
   CREATE INDEX torrents_by_owner ON torrents (owner);
   CREATE INDEX torrents_by_look ON torrents (looked_at);
   CREATE TABLE totals (entries INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
   INSERT INTO totals VALUES (0, 0);
   CREATE TABLE contents (id INTEGER PRIMARY KEY, torrent BLOB NOT NULL, paths TEXT NOT NULL) STRICT;
   CREATE VIRTUAL TABLE words USING fts5 (
     name, files, content = '', contentless_delete = 1, prefix = '1 2 3', tokenize = 'unicode61 remove_diacritics 2'
   );`,
]

const SELECT = 'SELECT info_hash, name, size_bytes, file_count, torrent_bytes, published_at FROM torrents'

export class Catalogue {
  readonly #db: Database
  readonly #nowSec: () => number

  /** `file`: in a folder that exists, or `:memory:`. Throws AppError. */
  static open(file: string, nowSec: () => number = wallSec): Catalogue {
    return new Catalogue(Database.open(file, MIGRATIONS), nowSec)
  }

  private constructor(db: Database, nowSec: () => number) {
    this.#db = db
    this.#nowSec = nowSec
  }

  get count(): number {
    return numberOf(this.#db.get('SELECT entries FROM totals')?.['entries'])
  }

  /** Of all .torrent files. */
  get bytes(): number {
    return numberOf(this.#db.get('SELECT bytes FROM totals')?.['bytes'])
  }

  find(hash: InfoHash): CatalogueEntry | undefined {
    const row = this.#db.get(`${SELECT} WHERE info_hash = ?`, hash)
    return row && entryOf(row)
  }

  /** False if it is listed already: then nothing changes. `owner`: the digest of its key, 32 bytes. Throws AppError. */
  add(torrent: CatalogueTorrent, owner: Uint8Array): boolean {
    const { infoHash: hash, name, sizeBytes, fileCount, bytes } = torrent
    const now = this.#nowSec()
    const paths = torrent.paths.map(({ path, sizeBytes: size }) => `${size} ${path}`).join('\n')
    return this.#db.transaction(() => {
      if (this.find(hash) !== undefined) return false
      const id = this.#db.run(
        `INSERT INTO torrents (info_hash, name, size_bytes, file_count, torrent_bytes, owner, published_at, looked_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[hash, name, sizeBytes, fileCount, bytes.length, owner, now, now],
      )
      this.#db.run('INSERT INTO contents (id, torrent, paths) VALUES (?, ?, ?)', id, bytes, paths)
      this.#db.run('INSERT INTO words (rowid, name, files) VALUES (?, ?, ?)', id, name, torrent.words)
      this.#db.run('UPDATE totals SET entries = entries + 1, bytes = bytes + ?', bytes.length)
      return true
    })
  }

  /** Nothing happens if it is not listed. Throws AppError. */
  remove(hash: InfoHash): void {
    this.#db.transaction(() => {
      const row = this.#db.get('SELECT id, torrent_bytes FROM torrents WHERE info_hash = ?', hash)
      if (row === undefined) return
      for (const [table, key] of KEYS) this.#db.run(`DELETE FROM ${table} WHERE ${key} = ?`, numberOf(row['id']))
      this.#db.run('UPDATE totals SET entries = entries - 1, bytes = bytes - ?', numberOf(row['torrent_bytes']))
    })
  }

  /** In a time that does not tell how much of `owner` is right. `undefined`: it is not listed. */
  isOwner(hash: InfoHash, owner: Uint8Array): boolean | undefined {
    const row = this.#db.get('SELECT owner FROM torrents WHERE info_hash = ?', hash)
    const listed = row && blobOf(row['owner'])
    return listed && listed.length === owner.length && timingSafeEqual(listed, owner)
  }

  countOf(owner: Uint8Array): number {
    return numberOf(this.#db.get('SELECT count(*) AS n FROM torrents WHERE owner = ?', owner)?.['n'])
  }

  /** The .torrent file. */
  torrentOf(hash: InfoHash): Uint8Array | undefined {
    const row = this.#db.get('SELECT torrent FROM torrents JOIN contents USING (id) WHERE info_hash = ?', hash)
    return row && blobOf(row['torrent'])
  }

  /** The first 1,000. */
  pathsOf(hash: InfoHash): readonly CataloguePath[] {
    const row = this.#db.get('SELECT paths FROM torrents JOIN contents USING (id) WHERE info_hash = ?', hash)
    const lines = (row && textOf(row['paths']))?.split('\n') ?? []
    return lines.map((line) => {
      const space = line.indexOf(' ')
      return { path: line.slice(space + 1), sizeBytes: Number(line.slice(0, space)) }
    })
  }

  /** The newest first. */
  newest(limit: number, offset: number): CataloguePage {
    const total = this.count
    const rows = this.#db.all(`${SELECT} ORDER BY id DESC LIMIT ? OFFSET ?`, limit, Math.min(offset, total))
    return { total, entries: rows.map(entryOf) }
  }

  /**
   * Those in which all words occur, the last one perhaps as a beginning. Names count more than names of files; of two
   * names the shorter one is nearer to what was asked for, and of two equal ones the newer.
   */
  search(text: string, limit: number, offset: number): CataloguePage {
    const terms = searchTerms(text)
    if (terms === undefined) return { total: 0, entries: [] }
    const hits = `SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ${MAX_HITS}`
    const byName = `SELECT id FROM torrents WHERE id IN (${hits}) ORDER BY length(name), id DESC`
    const inName = this.#db.all(byName, `name : (${terms})`).map((row) => numberOf(row['id']))
    const inFiles = this.#db.all(`SELECT rowid AS id FROM (${hits})`, terms).map((row) => numberOf(row['id']))
    const ids = [...new Set([...inName, ...inFiles])]
    const page = ids.slice(Math.min(offset, ids.length)).slice(0, limit)
    const rows = page.map((id) => this.#db.get(`${SELECT} WHERE id = ?`, id))
    return { total: ids.length, entries: rows.filter((row) => row !== undefined).map(entryOf) }
  }

  /** Those that nobody looked at for `sec` seconds, the longest first. */
  looksDue(sec: number, limit: number): readonly LookDue[] {
    const sql = 'SELECT info_hash, looked_at, idle_sec FROM torrents WHERE looked_at <= ? ORDER BY looked_at LIMIT ?'
    return this.#db.all(sql, this.#nowSec() - sec, limit).map((row) => ({
      infoHash: hashOf(row),
      lookedAt: numberOf(row['looked_at']),
      idleSec: numberOf(row['idle_sec']),
    }))
  }

  /**
   * What was seen, and how idle each is by that: who had peers is idle no more, the others are so since they were looked
   * at before, but for `mostSec` at most: while the tracker was off nobody could come. Throws AppError.
   */
  noteLooks(looks: readonly (LookDue & { readonly hasPeers: boolean })[], mostSec: number): readonly LookDue[] {
    const now = this.#nowSec()
    const seen = looks.map(({ infoHash: hash, lookedAt, idleSec, hasPeers }) => {
      const silentSec = Math.min(mostSec, Math.max(0, now - lookedAt))
      return { infoHash: hash, lookedAt: now, idleSec: hasPeers ? 0 : idleSec + silentSec }
    })
    this.#db.transaction(() => {
      for (const { infoHash: hash, lookedAt, idleSec } of seen) {
        this.#db.run('UPDATE torrents SET looked_at = ?, idle_sec = ? WHERE info_hash = ?', lookedAt, idleSec, hash)
      }
    })
    return seen
  }

  close(): void {
    this.#db.close()
  }
}

const KEYS = [
  ['torrents', 'id'],
  ['contents', 'id'],
  ['words', 'rowid'],
] as const

function entryOf(row: Row): CatalogueEntry {
  return {
    infoHash: hashOf(row),
    name: textOf(row['name']) ?? '',
    sizeBytes: numberOf(row['size_bytes']),
    fileCount: numberOf(row['file_count']),
    torrentBytes: numberOf(row['torrent_bytes']),
    publishedAt: numberOf(row['published_at']),
  }
}

function hashOf(row: Row): InfoHash {
  const hash = infoHash(blobOf(row['info_hash']) ?? new Uint8Array())
  assert(hash !== undefined, 'what is listed has an info-hash of 20 bytes')
  return hash
}
