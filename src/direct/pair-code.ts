// Digits that two people compare by voice or by eye: the same on both sides, unless somebody stands between them and shows
// each a certificate of his own. docs/protocols/direct.md says how they are made.
import { pbkdf2Sync } from 'node:crypto'
import type { Contact } from './contacts.ts'

/** As the safety numbers of Signal: makes a search for certificates whose digits agree dear. Takes 1.3 ms here. */
const ROUNDS = 5_200
const SALT = 'shoal pair code 1'
const GROUPS = 6
/** Of a group of four digits: five bytes, so that no group is more likely than another by more than 1 in 10^8. */
const GROUP_BYTES = 5
/** Of those who were asked about last: more than are ever known nearby (contacts.ts), and some. */
const MAX_KNOWN = 4_096

export class PairCodes {
  readonly #own: string
  /** By fingerprint, the oldest first. */
  readonly #known = new Map<string, string>()

  /** Our fingerprint. */
  constructor(own: string) {
    this.#own = own
  }

  /** Absent until the contact was met, and for programs that show nobody such digits. */
  of(contact: Contact): string | undefined {
    const fingerprint = comparable(contact)
    if (fingerprint === undefined) return undefined
    const known = this.#known.get(fingerprint)
    if (known !== undefined) return known
    const code = pairCode(this.#own, fingerprint)
    const [oldest] = this.#known.size >= MAX_KNOWN ? this.#known.keys() : []
    if (oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(fingerprint, code)
    return code
  }

  /** It would have to be made first. */
  isNew(contact: Contact): boolean {
    const fingerprint = comparable(contact)
    return fingerprint !== undefined && !this.#known.has(fingerprint)
  }
}

/** A certificate's. Somebody who is only heard of may have told anything. */
function comparable({ fingerprint, protocol, isShoal }: Contact): string | undefined {
  const isOfCertificate = isShoal && protocol === 'https' && /^[0-9A-F]{64}$/.test(fingerprint ?? '')
  return isOfCertificate ? fingerprint : undefined
}

/** Of two fingerprints, in upper-case hex, whichever comes first. */
export function pairCode(one: string, other: string): string {
  const both = one < other ? [one, other] : [other, one]
  const bytes = pbkdf2Sync(Buffer.from(both.join(''), 'hex'), SALT, ROUNDS, GROUPS * GROUP_BYTES, 'sha256')
  const groups = Array.from({ length: GROUPS }, (_, n) => bytes.readUIntBE(n * GROUP_BYTES, GROUP_BYTES) % 10_000)
  return groups.map((group) => String(group).padStart(4, '0')).join(' ')
}
