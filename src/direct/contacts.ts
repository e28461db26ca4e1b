// People we know, and devices that were seen nearby: by fingerprint, called by a name. Kept in the state database.
import { type Address, printAddress } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import { safeTitle } from '../core/metainfo/safe-path.ts'
import { type Database, numberOf, type Row, textOf } from '../io/database.ts'

/** unknown: is asked about; trusted: needs no question; blocked: gets nothing. */
export type Trust = 'unknown' | 'trusted' | 'blocked'

export interface Contact {
  readonly id: number
  /** What we call it; no two contacts have the same name. */
  readonly name: string
  /** Absent until it was met: then it is pinned. */
  readonly fingerprint: string | undefined
  readonly address: Address
  readonly protocol: 'http' | 'https'
  readonly isShoal: boolean
  readonly trust: Trust
  /** Somebody added it; others are only seen nearby, and forgotten some day. */
  readonly isKept: boolean
  /** Wall clock. */
  readonly seenAtMs: number
}

export interface Sighting {
  readonly fingerprint: string
  readonly alias: string
  readonly address: Address
  readonly protocol: 'http' | 'https'
  readonly isShoal: boolean
  /** It showed the certificate of this fingerprint, or answered where it was called. Else anybody may have said so. */
  readonly isProven: boolean
}

/** Devices seen nearby that nobody added; the longest unseen go first. */
const MAX_SEEN = 500

export class Contacts {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  /** Those that were added first, then those that were seen, the latest first. */
  all(): Contact[] {
    return this.#db.all('SELECT * FROM contacts ORDER BY is_kept DESC, seen_at_ms DESC, id').map(readContact)
  }

  byFingerprint(fingerprint: string): Contact | undefined {
    const row = this.#db.get('SELECT * FROM contacts WHERE fingerprint = ?', fingerprint.toUpperCase())
    return row && readContact(row)
  }

  /** By name, the beginning of a name, number, or fingerprint. Throws AppError: 'not-found', or 'usage' for several. */
  find(word: string): Contact {
    const all = this.all()
    const lower = word.toLowerCase()
    const exact = all.filter(
      ({ name, fingerprint }) => name.toLowerCase() === lower || fingerprint === word.toUpperCase(),
    )
    const found = exact.length > 0 ? exact : all.filter(({ name }) => name.toLowerCase().startsWith(lower))
    const [only, other] = found
    if (only === undefined) throw new AppError('not-found', `there is no contact "${word}" (shoal contacts lists them)`)
    if (other === undefined) return only
    throw new AppError('usage', `"${word}" could be "${only.name}" or "${other.name}": say more of the name`)
  }

  /** By hand: the fingerprint is pinned when it is first met. Throws AppError 'exists'. */
  add(name: string, address: Address): Contact {
    const title = checkName(name)
    const before = this.#named(title)
    if (before !== undefined && !before.isKept && printAddress(before.address) === printAddress(address)) {
      return this.change(before, { name: title }) // it was seen there: that is who is meant
    }
    if (before?.isKept === true) throw new AppError('exists', `there is a contact "${title}" already`)
    if (before !== undefined) this.#rename(before, this.#freeName(title))
    const sql = `INSERT INTO contacts (name, ip, port, protocol, trust, is_shoal, is_kept, seen_at_ms)
      VALUES (?, ?, ?, 'https', 'unknown', 0, 1, 0)`
    return this.#get(this.#db.run(sql, title, address.ip, address.port))
  }

  /**
   * Somebody is there. What it calls itself is its name only until somebody renames it. Who is known by a certificate is
   * changed by nobody who does not show it, and stays encrypted.
   */
  saw({ fingerprint, alias, address, protocol: claimed, isShoal, isProven }: Sighting): Contact {
    const now = Date.now()
    const known = this.byFingerprint(fingerprint) ?? (isProven ? this.#unmetAt(address) : undefined)
    const isPinned = known?.fingerprint !== undefined && known.protocol === 'https'
    if (isPinned && !isProven) return known
    const protocol = isPinned ? 'https' : claimed
    if (known !== undefined) {
      const sql = `UPDATE contacts SET fingerprint = ?, ip = ?, port = ?, protocol = ?, is_shoal = ?, seen_at_ms = ?
        WHERE id = ?`
      const values = [fingerprint.toUpperCase(), address.ip, address.port, protocol, isShoal ? 1 : 0, now, known.id]
      this.#db.run(sql, ...values)
      return this.#get(known.id)
    }
    this.#forgetOldest()
    const sql = `INSERT INTO contacts (name, fingerprint, ip, port, protocol, trust, is_shoal, is_kept, seen_at_ms)
      VALUES (?, ?, ?, ?, ?, 'unknown', ?, 0, ?)`
    const name = this.#freeName(safeTitle(alias.trim() === '' ? printAddress(address) : alias.trim()))
    return this.#get(
      this.#db.run(sql, name, fingerprint.toUpperCase(), address.ip, address.port, protocol, isShoal ? 1 : 0, now),
    )
  }

  /** Who is trusted, blocked or renamed is kept from then on. */
  change({ id }: Contact, change: { readonly name?: string; readonly trust?: Trust }): Contact {
    const { name, trust } = change
    if (name !== undefined) {
      const title = checkName(name)
      const other = this.#named(title)
      if (other !== undefined && other.id !== id) throw new AppError('exists', `there is a contact "${title}" already`)
      this.#rename({ id }, title)
      this.#db.run('UPDATE contacts SET is_kept = 1 WHERE id = ?', id)
    }
    if (trust !== undefined) this.#db.run('UPDATE contacts SET trust = ?, is_kept = 1 WHERE id = ?', trust, id)
    return this.#get(id)
  }

  remove({ id }: Contact): void {
    this.#db.run('DELETE FROM contacts WHERE id = ?', id)
  }

  #get(id: number): Contact {
    const row = this.#db.get('SELECT * FROM contacts WHERE id = ?', id)
    if (row === undefined) throw new AppError('not-found', 'the contact has just been removed')
    return readContact(row)
  }

  #named(name: string): Contact | undefined {
    const row = this.#db.get('SELECT * FROM contacts WHERE name = ? COLLATE NOCASE', name)
    return row && readContact(row)
  }

  #rename({ id }: Pick<Contact, 'id'>, name: string): void {
    this.#db.run('UPDATE contacts SET name = ? WHERE id = ?', name, id)
  }

  #unmetAt({ ip, port }: Address): Contact | undefined {
    const row = this.#db.get('SELECT * FROM contacts WHERE fingerprint IS NULL AND ip = ? AND port = ?', ip, port)
    return row && readContact(row)
  }

  #freeName(wanted: string): string {
    let name = wanted
    for (let n = 2; this.#named(name) !== undefined; n++) name = `${wanted} ${n}`
    return name
  }

  #forgetOldest(): void {
    const sql = `DELETE FROM contacts WHERE id IN
      (SELECT id FROM contacts WHERE is_kept = 0 ORDER BY seen_at_ms DESC LIMIT -1 OFFSET ?)`
    this.#db.run(sql, MAX_SEEN - 1)
  }
}

function checkName(name: string): string {
  const title = safeTitle(name.trim())
  if (title !== name.trim() || title.length > 64) {
    throw new AppError('usage', 'a contact’s name has up to 64 letters, without / and control characters')
  }
  return title
}

function readContact(row: Row): Contact {
  return {
    id: numberOf(row['id']),
    name: textOf(row['name']) ?? '',
    fingerprint: textOf(row['fingerprint']),
    address: { ip: textOf(row['ip']) ?? '', port: numberOf(row['port']) },
    protocol: textOf(row['protocol']) === 'http' ? 'http' : 'https',
    isShoal: numberOf(row['is_shoal']) === 1,
    trust: (textOf(row['trust']) ?? 'unknown') as Trust,
    isKept: numberOf(row['is_kept']) === 1,
    seenAtMs: numberOf(row['seen_at_ms']),
  }
}
