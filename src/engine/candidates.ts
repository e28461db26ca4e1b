// Addresses that a torrent knows of and might connect to: from trackers, the user, and peers that came to us.
// Bounded, with a back-off per address, so that a tracker full of dead or hostile addresses costs little.
import { type Address, isUndialable, printAddress } from '../core/address.ts'

/** Where an address came from, most trusted first: when the list is full, the least trusted goes. */
export type Source = 'user' | 'tracker' | 'incoming'

export interface Candidate {
  readonly address: Address
  readonly source: Source
  /** Connections in a row that gave nothing. */
  failures: number
  /** Not before this moment, in ms. */
  nextTryAt: number
  /** 'us': it is ourselves. 'banned': it sent bad data. Neither is dialled again. */
  state: 'idle' | 'connecting' | 'connected' | 'banned' | 'us'
  /** It has everything: not worth dialling once we have, too. */
  isSeed: boolean
  /** It closed at our plain handshake, or was of use encrypted since: dialled with encryption next. */
  wantsEncryption: boolean
}

/** libtorrent's figure; a tracker answer holds 50 to 200. */
const MAX_CANDIDATES = 3_000
const FIRST_RETRY_MS = 5_000
const LAST_RETRY_MS = 30 * 60_000

export class Candidates {
  readonly #byKey = new Map<string, Candidate>()

  get size(): number {
    return this.#byKey.size
  }

  /** Adds an address unless it is known or can be nobody's. Returns it if it is new. */
  add(address: Address, source: Source): Candidate | undefined {
    const key = printAddress(address)
    if (this.#byKey.has(key) || address.port === 0 || isUndialable(address.ip)) return undefined
    if (this.#byKey.size >= MAX_CANDIDATES && !this.#makeRoom()) return undefined
    const candidate: Candidate = {
      address,
      source,
      failures: 0,
      nextTryAt: 0,
      state: 'idle',
      isSeed: false,
      wantsEncryption: false,
    }
    this.#byKey.set(key, candidate)
    return candidate
  }

  get(address: Address): Candidate | undefined {
    return this.#byKey.get(printAddress(address))
  }

  /** The best address to dial now, or undefined. Fresh and user-given ones first. `skipSeeds`: we have all we want. */
  next(now: number, skipSeeds: boolean): Candidate | undefined {
    let best: Candidate | undefined
    for (const candidate of this.#byKey.values()) {
      if (candidate.state !== 'idle' || candidate.nextTryAt > now || (skipSeeds && candidate.isSeed)) continue
      if (best === undefined || candidate.failures < best.failures) best = candidate
      if (best.failures === 0) break
    }
    return best
  }

  /** A connection ended or could not be made. `wasUseful`: it got as far as exchanging messages. */
  released(candidate: Candidate, now: number, wasUseful: boolean): void {
    if (candidate.state === 'banned' || candidate.state === 'us') return
    candidate.state = 'idle'
    candidate.wantsEncryption &&= wasUseful
    candidate.failures = wasUseful ? 1 : candidate.failures + 1
    const delay = Math.min(FIRST_RETRY_MS * 2 ** (candidate.failures - 1), LAST_RETRY_MS)
    candidate.nextTryAt = now + delay
  }

  /** It closed without a word: dialled encrypted the next time, which for one that never failed is at once. */
  refusedInPlain(candidate: Candidate, now: number): void {
    const isNew = candidate.failures === 0 && !candidate.wantsEncryption
    this.released(candidate, now, false)
    candidate.wantsEncryption = true
    if (!isNew) return
    candidate.failures = 0
    candidate.nextTryAt = now
  }

  /** Everybody may be tried again at once: the user asked, or the network came back. */
  retryAll(): void {
    for (const candidate of this.#byKey.values()) candidate.nextTryAt = 0
  }

  #makeRoom(): boolean {
    let worst: Candidate | undefined
    for (const candidate of this.#byKey.values()) {
      if (candidate.state !== 'idle' || candidate.source === 'user') continue
      if (worst === undefined || candidate.failures > worst.failures) worst = candidate
    }
    if (worst === undefined || worst.failures === 0) return false
    this.#byKey.delete(printAddress(worst.address))
    return true
  }
}
