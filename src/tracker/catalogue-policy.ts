// What keeps the catalogue from spam: who may publish, how often, and how much is kept.
import type { Catalogue } from './catalogue.ts'
import { MAX_CATALOGUE_FILES, MAX_CATALOGUE_TORRENT_BYTES } from './catalogue-torrent.ts'
import type { CatalogueTorrent } from './catalogue-torrent.ts'

export interface CatalogueLimits {
  /** New torrents of an address in an hour. */
  readonly publishesPerHour: number
  /** Of an address in an hour, also for what is listed already, damaged, or to be deleted: one may cost 0.2 s. */
  readonly callsPerHour: number
  readonly entries: number
  /** Of all .torrent files: 200,000 have 8 GB, at the usual 40 KB. */
  readonly bytes: number
  /** Entries of one owner's key. */
  readonly entriesOfOwner: number
}

export const DEFAULT_CATALOGUE_LIMITS: CatalogueLimits = {
  publishesPerHour: 20,
  callsPerHour: 200,
  entries: 200_000,
  bytes: 16e9,
  entriesOfOwner: 2000,
}

export interface CataloguePolicyOptions {
  readonly publish: 'everybody' | 'nobody'
  /** Who has no passkey gets nothing; so private torrents may be listed. */
  readonly hasPasskeys: boolean
  readonly limits?: Partial<CatalogueLimits>
}

/** `error`: a sentence for a person. */
export interface CatalogueRefusal {
  /** Of HTTP. */
  readonly status: number
  readonly error: string
  readonly retryAfterSec?: number
}

const DAY_SEC = 86_400

export class CataloguePolicy {
  readonly hasPasskeys: boolean
  readonly #publish: 'everybody' | 'nobody'
  readonly #limits: CatalogueLimits
  readonly #calls: HourlyCounts
  readonly #publishes: HourlyCounts
  readonly #nowMs: () => number

  /** `nowMs`: a clock that never goes back. */
  constructor({ publish, hasPasskeys, limits }: CataloguePolicyOptions, nowMs: () => number) {
    this.hasPasskeys = hasPasskeys
    this.#publish = publish
    this.#limits = { ...DEFAULT_CATALOGUE_LIMITS, ...limits }
    this.#calls = new HourlyCounts(this.#limits.callsPerHour)
    this.#publishes = new HourlyCounts(this.#limits.publishesPerHour)
    this.#nowMs = nowMs
  }

  /** Before anything of the call is read but its head. Counts it. */
  refuseCall(ip: Uint8Array, isPublish: boolean): CatalogueRefusal | undefined {
    if (isPublish && this.#publish === 'nobody') {
      return { status: 403, error: 'this tracker lists nothing that comes from outside' }
    }
    return tooOften(this.#calls.take(ip, this.#nowMs()))
  }

  /** For a torrent that is not listed. Counts it if there is room for it. */
  refuseNew(
    torrent: CatalogueTorrent,
    owner: Uint8Array,
    ip: Uint8Array,
    catalogue: Catalogue,
  ): CatalogueRefusal | undefined {
    const { entries, bytes, entriesOfOwner } = this.#limits
    if (catalogue.count >= entries || catalogue.bytes + torrent.bytes.length > bytes) {
      return { status: 507, error: 'the catalogue is full' }
    }
    if (catalogue.countOf(owner) >= entriesOfOwner) {
      const error = `nobody may list more than ${entriesOfOwner} torrents here`
      return { status: 429, error, retryAfterSec: DAY_SEC }
    }
    return tooOften(this.#publishes.take(ip, this.#nowMs()))
  }

  /** Whoever calls has no say in it. */
  refusePrivate({ isPrivate }: CatalogueTorrent): CatalogueRefusal | undefined {
    if (!isPrivate || this.hasPasskeys) return undefined
    return { status: 403, error: 'the torrent is private, and everybody can read this catalogue' }
  }
}

export const TOO_LONG: CatalogueRefusal = {
  status: 413,
  error: `a torrent may have ${MAX_CATALOGUE_TORRENT_BYTES} bytes and ${MAX_CATALOGUE_FILES} files`,
}

function tooOften(waitMs: number): CatalogueRefusal | undefined {
  if (waitMs === 0) return undefined
  const error = 'too many torrents come from your address; try again later'
  return { status: 429, error, retryAfterSec: Math.ceil(waitMs / 1000) }
}

const HOUR_MS = 3_600_000
const MAX_ADDRESSES = 100_000

/**
 * How often each address called. Unlike announces, publishing can wait: when a flood from ever new addresses has filled
 * the table, nobody new is let in before there is room.
 */
class HourlyCounts {
  readonly #most: number
  /** Of the hour that began with the first of them. At most MAX_ADDRESSES. */
  readonly #counts = new Map<string, { readonly since: number; count: number }>()
  #sweptAt = Number.NEGATIVE_INFINITY

  constructor(most: number) {
    this.#most = most
  }

  /** Counts one more and returns 0, or says how long to wait. The first half of an IPv6 address stands for its network. */
  take(ip: Uint8Array, nowMs: number): number {
    if (nowMs - this.#sweptAt >= HOUR_MS / 60) this.#sweep(nowMs)
    const key = (ip.length === 4 ? ip : ip.subarray(0, 8)).join('.')
    const known = this.#counts.get(key)
    if (known !== undefined && nowMs - known.since < HOUR_MS) {
      if (known.count >= this.#most) return known.since + HOUR_MS - nowMs
      known.count++
      return 0
    }
    if (known === undefined && this.#counts.size >= MAX_ADDRESSES) return HOUR_MS
    this.#counts.set(key, { since: nowMs, count: 1 })
    return 0
  }

  #sweep(nowMs: number): void {
    this.#sweptAt = nowMs
    for (const [key, { since }] of this.#counts) if (nowMs - since >= HOUR_MS) this.#counts.delete(key)
  }
}
