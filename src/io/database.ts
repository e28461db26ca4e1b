// One SQLite database file that several processes use at once. Thin over node:sqlite: cached statements, transactions,
// migrations, and errors that say what to do.
import { chmodSync, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { AppError, assert, type ErrorCode } from '../core/errors.ts'

export type DatabaseValue = SQLInputValue
export type Row = Readonly<Record<string, SQLOutputValue>>

/** How long a write waits for another process's. The longest of ours take a tenth of a second. */
const BUSY_MS = 5_000
/** The log keeps the size of the largest burst unless it is cut. */
const MAX_LOG_BYTES = 8 * 1024 * 1024

/** sqlite.org/rescode.html, the low byte. */
const BUSY = 5
const ERROR_CODES: Readonly<Record<number, ErrorCode>> = {
  3: 'disk-permission',
  [BUSY]: 'busy',
  6: 'busy',
  8: 'disk-read-only',
  13: 'disk-full',
  14: 'disk-permission', // "cannot open"
}
const DAMAGED = [11, 26]

/**
 * A write is kept once its call has returned, even if the process is killed at once: it is in the log file (WAL). It
 * reaches the platters when the log is folded into the database (`synchronous = NORMAL`), so a power cut may take the
 * last writes, but always the last ones and whole transactions.
 */
export class Database {
  readonly file: string
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  private constructor(file: string, db: DatabaseSync) {
    this.file = file
    this.#db = db
  }

  /**
   * Opens or makes the file, in a folder that exists. `migrations[n]` is SQL that brings version n to n + 1; those that
   * were published are never changed, only added to.
   */
  static open(file: string, migrations: readonly string[]): Database {
    const isNew = !existsSync(file)
    const db = new DatabaseSync(file, { open: false, timeout: BUSY_MS })
    const database = new Database(file, db)
    try {
      database.#try(() => {
        db.open()
        db.exec('PRAGMA user_version') // makes the file
        // Never through a descriptor: closing one drops every lock that this process has on the file (fcntl(2)).
        if (isNew && existsSync(file)) chmodSync(file, 0o600)
        switchToLog(db)
        db.exec(`PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = ${MAX_LOG_BYTES}`)
      })
      database.#migrate(migrations)
    } catch (error) {
      if (db.isOpen) db.close()
      throw error
    }
    return database
  }

  #migrate(migrations: readonly string[]): void {
    const version = (): number => Number(this.get('PRAGMA user_version')?.['user_version'])
    if (version() > migrations.length) {
      throw new AppError(
        'disk-error',
        `${this.file} is of a newer Shoal: update this one, or choose another state folder`,
      )
    }
    if (version() === migrations.length) return
    this.transaction(() => {
      // Asked again: another process may have been faster.
      for (const sql of migrations.slice(version())) this.#try(() => this.#db.exec(sql))
      this.#try(() => this.#db.exec(`PRAGMA user_version = ${migrations.length}`))
    })
  }

  run(sql: string, ...values: DatabaseValue[]): number {
    try {
      return Number(this.#statement(sql).run(...values).lastInsertRowid)
    } catch (error) {
      throw this.#explain(error)
    }
  }

  get(sql: string, ...values: DatabaseValue[]): Row | undefined {
    return this.#try(() => this.#statement(sql).get(...values))
  }

  all(sql: string, ...values: DatabaseValue[]): Row[] {
    return this.#try(() => this.#statement(sql).all(...values))
  }

  /** All of it or nothing. Holds the one right to write from its start, so what it reads stays true. */
  transaction<Result>(work: () => Result): Result {
    this.run('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.run('COMMIT')
      return result
    } catch (error) {
      // A full disk has SQLite roll back by itself.
      if (this.#db.isTransaction) this.run('ROLLBACK')
      throw error
    }
  }

  close(): void {
    this.#statements.clear()
    this.#try(() => this.#db.close())
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql)
    if (statement === undefined) {
      statement = this.#db.prepare(sql)
      this.#statements.set(sql, statement)
    }
    return statement
  }

  #try<Result>(work: () => Result): Result {
    try {
      return work()
    } catch (error) {
      throw this.#explain(error)
    }
  }

  #explain(cause: unknown): unknown {
    const result = resultOf(cause)
    if (result === undefined) return cause
    const code = ERROR_CODES[result] ?? 'disk-error'
    return new AppError(code, `${this.#sentence(code, result)} (${cause instanceof Error ? cause.message : ''})`, {
      cause,
    })
  }

  #sentence(code: ErrorCode, result: number): string {
    if (DAMAGED.includes(result)) {
      return `${this.file} is damaged: move it away and start again; the files are then checked anew`
    }
    switch (code) {
      case 'busy':
        return `${this.file} is being written to by another process for too long: end that one, or choose another state folder`
      case 'disk-full':
        return `no space left for ${this.file}: make room, then start again`
      case 'disk-permission':
      case 'disk-read-only':
        return `cannot write ${this.file}: allow writing to ${dirname(this.file)}, or choose another state folder`
      default:
        return `cannot use ${this.file}: look after its disk, or choose another state folder`
    }
  }
}

/** SQLite does not wait for others here as it does elsewhere: whoever comes first switches for all. */
function switchToLog(db: DatabaseSync): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4))
  for (let waitedMs = 0; ; waitedMs += 5) {
    try {
      db.exec('PRAGMA journal_mode = WAL')
      return
    } catch (error) {
      if (resultOf(error) !== BUSY || waitedMs >= BUSY_MS) throw error
      Atomics.wait(sleeper, 0, 0, 5)
    }
  }
}

/** SQLite's result code without its details; `undefined` for what is no error of SQLite. */
function resultOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined
  return error.errcode & 0xff
}

/** The schemas are strict, so a column of another type is a mistake of ours. */
export function numberOf(value: SQLOutputValue | undefined): number {
  assert(typeof value === 'number', 'the column is a number')
  return value
}

/** `undefined` for NULL. */
export function textOf(value: SQLOutputValue | undefined): string | undefined {
  assert(value === null || typeof value === 'string', 'the column is text')
  return value ?? undefined
}

/** `undefined` for NULL. */
export function blobOf(value: SQLOutputValue | undefined): Uint8Array | undefined {
  assert(value === null || value instanceof Uint8Array, 'the column is a blob')
  return value ?? undefined
}
