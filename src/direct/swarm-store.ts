// Sends that are under way, so that they go on after either side was killed.
import { blobOf, type Database, textOf } from '../io/database.ts'

export interface KeptSend {
  readonly infoHash: string
  readonly dir: string
  readonly metainfo: Uint8Array
  /** Of those who accepted and do not have it yet. */
  readonly fingerprints: readonly string[]
}

export interface KeptGet {
  readonly infoHash: string
  readonly dir: string
  readonly metainfo: Uint8Array
  /** The sender's. */
  readonly fingerprint: string
}

export class SwarmStore {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  keepSend({ infoHash, dir, metainfo }: Omit<KeptSend, 'fingerprints'>, fingerprint: string): void {
    const sql = 'INSERT OR REPLACE INTO swarm_sends (info_hash, fingerprint, dir, metainfo) VALUES (?, ?, ?, ?)'
    this.#db.run(sql, infoHash, fingerprint, dir, metainfo)
  }

  removeSend(infoHash: string, fingerprint: string): void {
    this.#db.run('DELETE FROM swarm_sends WHERE info_hash = ? AND fingerprint = ?', infoHash, fingerprint)
  }

  get sends(): KeptSend[] {
    const sends = new Map<string, KeptSend & { fingerprints: string[] }>()
    for (const row of this.#db.all('SELECT * FROM swarm_sends ORDER BY id')) {
      const infoHash = textOf(row['info_hash']) ?? ''
      const metainfo = blobOf(row['metainfo']) ?? new Uint8Array(0)
      const send = sends.get(infoHash) ?? { infoHash, dir: textOf(row['dir']) ?? '', metainfo, fingerprints: [] }
      send.fingerprints.push(textOf(row['fingerprint']) ?? '')
      sends.set(infoHash, send)
    }
    return [...sends.values()]
  }

  keepGet({ infoHash, dir, metainfo, fingerprint }: KeptGet): void {
    const sql = 'INSERT OR REPLACE INTO swarm_gets (info_hash, dir, metainfo, fingerprint) VALUES (?, ?, ?, ?)'
    this.#db.run(sql, infoHash, dir, metainfo, fingerprint)
  }

  removeGet(infoHash: string): void {
    this.#db.run('DELETE FROM swarm_gets WHERE info_hash = ?', infoHash)
  }

  get gets(): KeptGet[] {
    return this.#db.all('SELECT * FROM swarm_gets ORDER BY id').map((row) => ({
      infoHash: textOf(row['info_hash']) ?? '',
      dir: textOf(row['dir']) ?? '',
      metainfo: blobOf(row['metainfo']) ?? new Uint8Array(0),
      fingerprint: textOf(row['fingerprint']) ?? '',
    }))
  }
}
