// Which browsers are signed in to the page. Each shows a secret in a cookie; the state database knows its SHA-256 only, and
// keeps it over restarts.
import { createHash, randomBytes } from 'node:crypto'
import { AppError } from '../core/errors.ts'
import { type Database, numberOf, type Row, textOf } from '../io/database.ts'

export interface Visitor {
  /** As people call it: see browser-name.ts. */
  readonly browser: string
  readonly address: string
  /** It came by https, through a server in front of this one. */
  readonly isSecure: boolean
}

export interface SignedIn extends Visitor {
  readonly id: number
  readonly signedInAtMs: number
  readonly usedAtMs: number
}

interface Session extends SignedIn {
  readonly hash: string
  usedAtMs: number
  /** As it stands in the database. */
  notedAtMs: number
}

/** A session ends when nobody has used it for so long; the cookie is told the same. */
export const SESSION_SEC: number = 30 * 24 * 3600
/** More browsers than a household has; whoever was away longest goes first. */
export const MAX_SESSIONS = 100
/** How often the database hears that a session is used. */
const NOTE_MS = 60_000
const SECRET_BYTES = 32

export class PageSessions {
  readonly #db: Database
  readonly #nowMs: () => number
  readonly #byHash = new Map<string, Session>()

  /** `nowMs`: the wall clock, since sessions outlive the machine's uptime. */
  constructor(db: Database, nowMs: () => number = () => Date.now()) {
    this.#db = db
    this.#nowMs = nowMs
    for (const row of db.all('SELECT * FROM page_sessions')) {
      const session = sessionOf(row)
      this.#byHash.set(session.hash, session)
    }
  }

  /** The secret for the cookie, which is kept nowhere else. Throws AppError of a full or broken disk. */
  signIn({ browser, address, isSecure }: Visitor): string {
    while (this.#byHash.size >= MAX_SESSIONS) this.#end(longestUnused(this.#byHash.values()))
    const secret = randomBytes(SECRET_BYTES).toString('base64url')
    const [hash, now] = [hashOf(secret), this.#nowMs()]
    const id = this.#db.run(
      `INSERT INTO page_sessions (secret_sha256, browser, address, is_secure, signed_in_at_ms, used_at_ms)
       VALUES (?, ?, ?, ?, ?, ?)`,
      ...[hash, browser, address, Number(isSecure), now, now],
    )
    this.#byHash.set(hash, { id, hash, browser, address, isSecure, signedInAtMs: now, usedAtMs: now, notedAtMs: now })
    return secret
  }

  /** Whose secret it is; notes that the session is used. */
  find(secret: string): SignedIn | undefined {
    const session = this.#byHash.get(hashOf(secret))
    if (session === undefined || this.#isOver(session)) return undefined
    this.#use(session)
    return session
  }

  /** It was not ended meanwhile, here or from another browser; whoever asks uses it. */
  isGood({ id }: SignedIn): boolean {
    const session = this.#byId(id)
    if (session === undefined || this.#isOver(session)) return false
    this.#use(session)
    return true
  }

  /** The last used first. */
  get all(): readonly SignedIn[] {
    const good = [...this.#byHash.values()].filter((session) => !this.#isOver(session))
    return good.toSorted((a, b) => b.usedAtMs - a.usedAtMs || b.id - a.id)
  }

  /** False: there is no such session. Throws AppError of a full or broken disk, and then it is back after a restart. */
  end(id: number): boolean {
    const session = this.#byId(id)
    if (session === undefined) return false
    this.#end(session)
    return true
  }

  /** How many it ended. Throws AppError of a full or broken disk, and then they are back after a restart. */
  endAllBut(kept: number | undefined): number {
    const ended = this.all.filter(({ id }) => id !== kept)
    for (const [hash, { id }] of this.#byHash) if (id !== kept) this.#byHash.delete(hash)
    this.#db.run('DELETE FROM page_sessions WHERE id <> ?', kept ?? 0) // ids begin at 1
    return ended.length
  }

  #end({ hash, id }: Session): void {
    this.#byHash.delete(hash)
    this.#db.run('DELETE FROM page_sessions WHERE id = ?', id)
  }

  #byId(id: number): Session | undefined {
    return this.#byHash.values().find((session) => session.id === id)
  }

  #isOver({ usedAtMs }: Session): boolean {
    return this.#nowMs() - usedAtMs >= SESSION_SEC * 1000
  }

  #use(session: Session): void {
    session.usedAtMs = this.#nowMs()
    if (session.usedAtMs - session.notedAtMs < NOTE_MS) return
    session.notedAtMs = session.usedAtMs
    try {
      this.#db.run('UPDATE page_sessions SET used_at_ms = ? WHERE id = ?', session.usedAtMs, session.id)
    } catch (error) {
      // The disk is full: who is signed in stays so, and it is noted again in a minute.
      if (!(error instanceof AppError)) throw error
    }
  }
}

function longestUnused(sessions: Iterable<Session>): Session {
  return [...sessions].reduce((a, b) => (b.usedAtMs < a.usedAtMs ? b : a))
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function sessionOf(row: Row): Session {
  const usedAtMs = numberOf(row['used_at_ms'])
  return {
    id: numberOf(row['id']),
    hash: textOf(row['secret_sha256']) ?? '',
    browser: textOf(row['browser']) ?? '',
    address: textOf(row['address']) ?? '',
    isSecure: numberOf(row['is_secure']) === 1,
    signedInAtMs: numberOf(row['signed_in_at_ms']),
    usedAtMs,
    notedAtMs: usedAtMs,
  }
}
