// Sends that are under way, so that they go on after either side was killed.
import type { Source } from '../engine/source-files.ts'
import { blobOf, type Database, textOf } from '../io/database.ts'

/** A part of a send, as a torrent. */
export interface KeptPart {
  /** Its number in the plan. */
  readonly part: number
  readonly dir: string
  readonly metainfo: Uint8Array
}

export interface KeptSend {
  readonly id: string
  readonly plan: readonly Source[]
  /** Those that were made so far. */
  readonly parts: readonly KeptPart[]
  /** Who accepted and does not have all of it yet. */
  readonly fingerprints: readonly string[]
}

export interface KeptOffer {
  /** The sender's name for it. */
  readonly id: string
  /** The sender's. */
  readonly fingerprint: string
  readonly dir: string
  readonly files: readonly { readonly path: string; readonly size: number; readonly isWanted: boolean }[]
  readonly metainfos: readonly Uint8Array[]
}

export class SwarmStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Somebody accepted. */
  keepRecipient(id: string, plan: readonly Source[], fingerprint: string): void {
    this.#db.run('INSERT OR IGNORE INTO swarm_sends (id, plan) VALUES (?, ?)', id, JSON.stringify(plan))
    this.#db.run('INSERT OR IGNORE INTO swarm_recipients (send, fingerprint) VALUES (?, ?)', id, fingerprint)
  }

  /** Of a send that somebody has accepted. */
  keepPart(id: string, { part, dir, metainfo }: KeptPart): void {
    const sql = 'INSERT OR IGNORE INTO swarm_parts (send, part, dir, metainfo) VALUES (?, ?, ?, ?)'
    this.#db.run(sql, id, part, dir, metainfo)
  }

  /** The last one who goes takes the send along. */
  removeRecipient(id: string, fingerprint: string): void {
    this.#db.run('DELETE FROM swarm_recipients WHERE send = ? AND fingerprint = ?', id, fingerprint)
    this.#db.run('DELETE FROM swarm_sends WHERE id = ? AND id NOT IN (SELECT send FROM swarm_recipients)', id)
  }

  get sends(): KeptSend[] {
    return this.#db.all('SELECT * FROM swarm_sends').map((row) => {
      const id = textOf(row['id']) ?? ''
      const parts = this.#db.all('SELECT * FROM swarm_parts WHERE send = ? ORDER BY part', id)
      const recipients = this.#db.all('SELECT * FROM swarm_recipients WHERE send = ?', id)
      return {
        id,
        plan: JSON.parse(textOf(row['plan']) ?? '[]') as Source[], // as keepRecipient wrote it
        parts: parts.map((part) => ({
          part: Number(part['part']),
          dir: textOf(part['dir']) ?? '',
          metainfo: blobOf(part['metainfo']) ?? new Uint8Array(0),
        })),
        fingerprints: recipients.map((recipient) => textOf(recipient['fingerprint']) ?? ''),
      }
    })
  }

  /** We accepted. */
  keepOffer({ id, fingerprint, dir, files }: Omit<KeptOffer, 'metainfos'>): void {
    const sql = 'INSERT OR IGNORE INTO swarm_offers (id, fingerprint, dir, files) VALUES (?, ?, ?, ?)'
    this.#db.run(sql, id, fingerprint, dir, JSON.stringify(files))
  }

  keepGet(id: string, fingerprint: string, infoHash: string, metainfo: Uint8Array): void {
    const sql = 'INSERT OR IGNORE INTO swarm_gets (offer, fingerprint, info_hash, metainfo) VALUES (?, ?, ?, ?)'
    this.#db.run(sql, id, fingerprint, infoHash, metainfo)
  }

  removeOffer(id: string, fingerprint: string): void {
    this.#db.run('DELETE FROM swarm_offers WHERE id = ? AND fingerprint = ?', id, fingerprint)
  }

  get offers(): KeptOffer[] {
    return this.#db.all('SELECT * FROM swarm_offers ORDER BY rowid').map((row) => {
      const [id, fingerprint] = [textOf(row['id']) ?? '', textOf(row['fingerprint']) ?? '']
      const sql = 'SELECT metainfo FROM swarm_gets WHERE offer = ? AND fingerprint = ? ORDER BY rowid'
      return {
        id,
        fingerprint,
        dir: textOf(row['dir']) ?? '',
        files: JSON.parse(textOf(row['files']) ?? '[]') as KeptOffer['files'], // as keepOffer wrote it
        metainfos: this.#db.all(sql, id, fingerprint).map((get) => blobOf(get['metainfo']) ?? new Uint8Array(0)),
      }
    })
  }
}
