// Messages: those that came, and those that wait for people who are away. Both are bounded: strangers may write, too.
import { randomUUID } from 'node:crypto'
import { type Database, numberOf, type Row, textOf } from '../io/database.ts'
import type { Contact } from './contacts.ts'
import { MAX_TEXT } from './protocol.ts'

export interface ReceivedMessage {
  readonly id: number
  /** What it was called then. */
  readonly sender: string
  /** Of the contact that it claims to be. */
  readonly fingerprint: string
  /** It showed the key of the contact that it claims to be. */
  readonly isProven: boolean
  readonly text: string
  readonly atMs: number
}

export interface WaitingMessage {
  readonly id: number
  readonly messageId: string
  readonly text: string
}

const MAX_INBOX = 2_000
const MAX_WAITING_EACH = 100
const MAX_AGE_MS = 14 * 24 * 3_600_000

export class Talk {
  /** Counts what came, and what was cleared: whoever shows the inbox sees by it that there is something new. */
  changes = 0
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  received(contact: Contact, messageId: string, text: string, isProven: boolean): void {
    const sql = `INSERT OR IGNORE INTO inbox (message_id, sender, fingerprint, is_proven, text, at_ms)
      VALUES (?, ?, ?, ?, ?, ?)`
    const values = [contact.name, contact.fingerprint ?? '', isProven ? 1 : 0, text.slice(0, MAX_TEXT), Date.now()]
    this.#db.run(sql, messageId, ...values)
    this.#db.run('DELETE FROM inbox WHERE id <= (SELECT max(id) FROM inbox) - ?', MAX_INBOX)
    this.changes++
  }

  /** The latest last. */
  get inbox(): ReceivedMessage[] {
    return this.since(0)
  }

  /** Those after the one with this number. */
  since(last: number): ReceivedMessage[] {
    return this.#db.all('SELECT * FROM inbox WHERE id > ? ORDER BY id', last).map(readMessage)
  }

  /** The latest, of so many bytes together; in the order in which they came. */
  latest(bytes: number): ReceivedMessage[] {
    const sql = `SELECT * FROM inbox WHERE id IN (SELECT id FROM
      (SELECT id, sum(octet_length(text)) OVER (ORDER BY id DESC) AS bytes FROM inbox) WHERE bytes <= ?) ORDER BY id`
    return this.#db.all(sql, bytes).map(readMessage)
  }

  clear(): void {
    this.#db.run('DELETE FROM inbox')
    this.changes++
  }

  /** For somebody who is away. */
  keep(contact: Contact, text: string): void {
    const sql = 'INSERT INTO outbox (contact, message_id, text, at_ms) VALUES (?, ?, ?, ?)'
    this.#db.run(sql, contact.id, randomUUID(), text, Date.now())
    const older = `DELETE FROM outbox WHERE at_ms < ? OR id IN
      (SELECT id FROM outbox WHERE contact = ? ORDER BY id DESC LIMIT -1 OFFSET ?)`
    this.#db.run(older, Date.now() - MAX_AGE_MS, contact.id, MAX_WAITING_EACH)
  }

  waitingFor(contact: Contact): WaitingMessage[] {
    return this.#db.all('SELECT * FROM outbox WHERE contact = ? ORDER BY id', contact.id).map((row) => ({
      id: numberOf(row['id']),
      messageId: textOf(row['message_id']) ?? '',
      text: textOf(row['text']) ?? '',
    }))
  }

  /** Contacts with something waiting, by number. */
  get awaited(): number[] {
    return this.#db.all('SELECT DISTINCT contact FROM outbox').map(({ contact }) => numberOf(contact ?? null))
  }

  delivered({ id }: WaitingMessage): void {
    this.#db.run('DELETE FROM outbox WHERE id = ?', id)
  }
}

function readMessage(row: Row): ReceivedMessage {
  return {
    id: numberOf(row['id']),
    sender: textOf(row['sender']) ?? '',
    fingerprint: textOf(row['fingerprint']) ?? '',
    isProven: numberOf(row['is_proven']) === 1,
    text: textOf(row['text']) ?? '',
    atMs: numberOf(row['at_ms']),
  }
}
