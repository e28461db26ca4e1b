// The torrents that the daemon has, as the state database keeps them. Methods throw AppError when its disk is full.
import { type Database, blobOf, numberOf, type Row, textOf } from '../io/database.ts'
import type { ListedSource } from './listed-torrent.ts'
import { readWishes, type Wishes } from './wishes.ts'

export interface KeptTorrent {
  readonly source: ListedSource
  readonly dir: string
  readonly mode: 'download' | 'seed'
  readonly wishes: Wishes
  readonly addedAtMs: number
  readonly doneAtMs: number | undefined
}

export class ListedStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** In the order in which they were added. */
  all(): KeptTorrent[] {
    return this.#db.all('SELECT * FROM listed ORDER BY added_at_ms, rowid').map(readRow)
  }

  add(key: string, { source, dir, mode, wishes, addedAtMs }: KeptTorrent): void {
    const isLink = 'magnet' in source
    const bytes = isLink ? new TextEncoder().encode(source.magnet) : source.metainfo
    this.#db.run(
      `INSERT OR REPLACE INTO listed (info_hash, dir, mode, source, is_link, wishes, added_at_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
      ...[key, dir, mode, bytes, isLink ? 1 : 0, JSON.stringify(wishes), addedAtMs],
    )
  }

  keepWishes(key: string, wishes: Wishes): void {
    this.#db.run('UPDATE listed SET wishes = ? WHERE info_hash = ?', JSON.stringify(wishes), key)
  }

  keepPlace(key: string, dir: string, wishes: Wishes): void {
    this.#db.run('UPDATE listed SET dir = ?, wishes = ? WHERE info_hash = ?', dir, JSON.stringify(wishes), key)
  }

  keepDone(key: string, doneAtMs: number | undefined): void {
    this.#db.run('UPDATE listed SET done_at_ms = ? WHERE info_hash = ?', doneAtMs ?? null, key)
  }

  remove(key: string): void {
    this.#db.run('DELETE FROM listed WHERE info_hash = ?', key)
  }
}

function readRow(row: Row): KeptTorrent {
  const source = blobOf(row['source'] ?? null) ?? new Uint8Array(0)
  const isLink = numberOf(row['is_link']) === 1
  return {
    source: isLink ? { magnet: new TextDecoder().decode(source) } : { metainfo: source },
    dir: textOf(row['dir']) ?? '',
    mode: textOf(row['mode']) === 'seed' ? 'seed' : 'download',
    wishes: readWishes(textOf(row['wishes']) ?? ''),
    addedAtMs: numberOf(row['added_at_ms']),
    doneAtMs: row['done_at_ms'] === null ? undefined : numberOf(row['done_at_ms']),
  }
}
