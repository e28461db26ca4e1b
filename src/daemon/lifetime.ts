// What the daemon has done in all its runs, torrents that were removed included: the totals of those that are there are
// kept with them.
import { monotonicMs } from '../io/clock.ts'
import { type Database, numberOf } from '../io/database.ts'

export interface Given {
  readonly uploaded: number
  readonly downloaded: number
}

export class Lifetime {
  readonly #db: Database
  readonly #startedAt: number = monotonicMs()
  #notedAt = this.#startedAt
  #removed: Given = { uploaded: 0, downloaded: 0 }

  constructor(db: Database) {
    this.#db = db
    db.run('INSERT OR IGNORE INTO lifetime (only_row) VALUES (1)')
  }

  /** A daemon has begun. */
  begin(): void {
    this.#db.run('UPDATE lifetime SET runs = runs + 1')
  }

  /** The torrent takes its totals with it: of all runs, and of this one. */
  removed(all: Given, now: Given): void {
    const { uploaded, downloaded } = this.#removed
    this.#removed = { uploaded: uploaded + now.uploaded, downloaded: downloaded + now.downloaded }
    const sql = 'UPDATE lifetime SET uploaded = uploaded + ?, downloaded = downloaded + ?'
    this.#db.run(sql, all.uploaded, all.downloaded)
  }

  /** Call from time to time, and at the end. */
  noteTime(): void {
    const now = monotonicMs()
    this.#db.run('UPDATE lifetime SET active_ms = active_ms + ?', Math.round(now - this.#notedAt))
    this.#notedAt = now
  }

  /** Of torrents that were removed in this run, and the time since its start. */
  get thisRun(): Given & { readonly activeSec: number } {
    return { ...this.#removed, activeSec: Math.floor((monotonicMs() - this.#startedAt) / 1000) }
  }

  /** Of torrents that were removed ever, and the time of all runs. */
  get allRuns(): Given & { readonly activeSec: number; readonly runs: number } {
    const row = this.#db.get('SELECT * FROM lifetime')
    const activeMs = numberOf(row?.['active_ms'] ?? 0) + monotonicMs() - this.#notedAt
    return {
      uploaded: numberOf(row?.['uploaded'] ?? 0),
      downloaded: numberOf(row?.['downloaded'] ?? 0),
      activeSec: Math.floor(activeMs / 1000),
      runs: numberOf(row?.['runs'] ?? 0),
    }
  }
}
