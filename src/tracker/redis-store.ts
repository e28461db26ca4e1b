// Swarms in a Redis (6.2 or later) or Valkey server, which any number of trackers on any number of machines share. Their
// clocks must agree to some seconds. All announces go over one connection, without waiting for each other. Keys are such as
// a cluster wants them, but this client knows one server, and walks see no other.
//
//   made-up peers     `maxPeersPerTorrent` and `maxPortsPerAddress`, as in memory-store.ts: no new one is kept
//   made-up torrents  beyond `maxKeys` no new one is kept; `maxmemory` of the server should bound them too
//   the silent        leave when somebody announces their torrent; a torrent that nobody announces expires whole
//   a server hangs    calls fail after `callMs`, and at once when MAX_QUEUE of them wait
import { fromLatin1, toHex, toLatin1 } from '../core/bytes.ts'
import { AppError } from '../core/errors.ts'
import type { InfoHash } from '../core/ids.ts'
import type { SwarmCounts } from '../core/tracker/announce.ts'
import { monotonicMs } from '../io/clock.ts'
import * as redis from './redis-announce.ts'
import { RedisConnection } from './redis-connection.ts'
import type { PeerUpdate, StoreCounts, SwarmStore, SwarmView } from './store.ts'

export interface RedisStoreOptions {
  /** After so long a peer is gone. At least as long as the tracker waits for it. */
  readonly keepSec: number
  readonly limits?: Partial<redis.RedisStoreLimits>
  /** How long one call may take. */
  readonly callMs?: number
  /** How long `counts` may be out of date. */
  readonly countsMs?: number
}

const DEFAULTS = { callMs: 3_000, countsMs: 60_000, limits: {} }

/** Calls that wait for an answer: more than HTTP and UDP clients of one tracker can have under way. */
const MAX_QUEUE = 20_000
/** Entries that one step of a walk looks at: less than a millisecond of the server's time. */
const WALK_STEP = '1000'
/** More than a probe gets through in a day. */
const MAX_ADDRESSES = 2_000_000

export class RedisStore implements SwarmStore {
  readonly #connection: RedisConnection
  readonly #options: Required<RedisStoreOptions>
  readonly #limits: redis.RedisStoreLimits
  #announced: { readonly nowSec: number; readonly atMs: number } | undefined
  #counting: Promise<StoreCounts> | undefined
  #counted: { readonly counts: StoreCounts; readonly atMs: number } | undefined

  private constructor(connection: RedisConnection, options: RedisStoreOptions) {
    this.#connection = connection
    this.#options = { ...DEFAULTS, ...options }
    this.#limits = { ...redis.DEFAULT_REDIS_LIMITS, ...options.limits }
  }

  /** `url`: as `placeOf` in redis-connection.ts wants it. Throws AppError: `usage` or `network`. */
  static async connect(url: string, options: RedisStoreOptions): Promise<RedisStore> {
    const { keepSec, callMs = DEFAULTS.callMs } = options
    if (!Number.isInteger(keepSec) || keepSec < 1) {
      throw new AppError('usage', `expected whole seconds to keep peers, got ${keepSec}`)
    }
    const youngest = ['ZRANDMEMBER', 'shoal:{}:l4', '1'] // of the commands that we need
    const limits = { callMs, maxQueue: MAX_QUEUE }
    return new RedisStore(await RedisConnection.open(url, limits, (one) => one.send(youngest)), options)
  }

  async announce(update: PeerUpdate, nowSec: number): Promise<SwarmView> {
    this.#announced = { nowSec, atMs: monotonicMs() }
    const args = redis.announceArguments(update, nowSec, this.#options.keepSec, this.#limits)
    return redis.viewOf(await this.#run(redis.ANNOUNCE, toHex(update.infoHash), args))
  }

  scrape(infoHashes: readonly InfoHash[]): Promise<readonly SwarmCounts[]> {
    return Promise.all(infoHashes.map((hash) => this.#countsOf(toHex(hash))))
  }

  /** What has been silent for `keepSec` goes without this; only to ask for more costs a walk. */
  async expire(beforeSec: number): Promise<void> {
    const last = this.#announced
    if (last === undefined) return
    const nowSec = last.nowSec + Math.ceil((monotonicMs() - last.atMs) / 1000)
    if (beforeSec <= nowSec - this.#options.keepSec) return
    await this.#eachTorrent(async (hash) => {
      let isMore = true
      while (isMore) isMore = (await this.#run(redis.EXPIRE, hash, [String(beforeSec)])) === 1
    })
  }

  async addresses(): Promise<readonly Uint8Array[]> {
    const distinct = new Set<string>()
    await this.#eachTorrent(async (hash) => {
      for await (const peers of this.#peersOf(hash)) {
        if (distinct.size < MAX_ADDRESSES) for (const peer of peers) distinct.add(toLatin1(peer))
      }
    })
    return Array.from(distinct, fromLatin1)
  }

  async remove(addresses: readonly Uint8Array[]): Promise<void> {
    const gone = new Set(addresses.map(toLatin1))
    await this.#eachTorrent(async (hash) => {
      for await (const peers of this.#peersOf(hash)) {
        const here = peers.filter((peer) => gone.has(toLatin1(peer)))
        if (here.length > 0) await this.#run(redis.REMOVE, hash, here)
      }
    })
  }

  async forget(infoHash: InfoHash): Promise<void> {
    await this.#send(['UNLINK', ...redis.keysOf(toHex(infoHash))])
  }

  /**
   * A walk over the database, never two at a time, whose result is kept for a minute: some 10 s of the server's time for
   * a million torrents, in steps of about a millisecond. While Redis resizes its table a torrent may count twice.
   */
  async counts(): Promise<StoreCounts> {
    const last = this.#counted
    if (last !== undefined && monotonicMs() - last.atMs < this.#options.countsMs) return last.counts
    this.#counting ??= this.#count().finally(() => (this.#counting = undefined))
    return this.#counting
  }

  async close(): Promise<void> {
    this.#connection.close()
  }

  async #count(): Promise<StoreCounts> {
    let torrents = 0
    let peers = 0
    await this.#eachTorrent(async (hash) => {
      const { seeders, leechers } = await this.#countsOf(hash)
      if (seeders + leechers > 0) torrents++
      peers += seeders + leechers
    })
    this.#counted = { counts: { torrents, peers }, atMs: monotonicMs() }
    return this.#counted.counts
  }

  async #countsOf(infoHash: string): Promise<SwarmCounts> {
    return redis.countsOf(await this.#run(redis.COUNT, infoHash, []))
  }

  /** Those of one step at once. Torrents with something else in their place are left out. */
  async #eachTorrent(visit: (infoHash: string) => Promise<void>): Promise<void> {
    const found = this.#scan((cursor) => ['SCAN', cursor, 'MATCH', redis.TORRENT_PATTERN, 'COUNT', WALK_STEP])
    for await (const keys of found) {
      const hashes = keys.flatMap((key) => redis.torrentOf(toLatin1(key)) ?? [])
      await Promise.all(hashes.map((hash) => visit(hash).catch(ignoreGarbage)))
    }
  }

  async *#peersOf(infoHash: string): AsyncGenerator<readonly Buffer[]> {
    for (const set of redis.peerSetsOf(infoHash)) {
      const found = this.#scan((cursor) => ['ZSCAN', set, cursor, 'COUNT', WALK_STEP])
      for await (const entries of found) yield entries.filter((_, i) => i % 2 === 0) // behind each peer is its time
    }
  }

  async *#scan(command: (cursor: string) => string[]): AsyncGenerator<readonly Buffer[]> {
    let cursor = '0'
    do {
      const [next, found] = redis.listOf(await this.#send(command(cursor)))
      cursor = String(next)
      yield redis.listOf(found).flatMap((one) => (one instanceof Buffer ? [one] : []))
    } while (cursor !== '0')
  }

  async #run(script: redis.Script, infoHash: string, args: readonly (string | Buffer)[]): Promise<unknown> {
    const keys = redis.keysOf(infoHash)
    const rest = [String(keys.length), ...keys, ...args]
    try {
      return await this.#send(['EVALSHA', script.sha1, ...rest])
    } catch (error) {
      if (!(error instanceof AppError && redis.says(error.cause, 'NOSCRIPT'))) throw error
      return this.#send(['EVAL', script.text, ...rest]) // it is new to this server, or that was started again
    }
  }

  async #send(args: readonly (string | Buffer)[]): Promise<unknown> {
    try {
      return await this.#connection.send(args)
    } catch (cause) {
      throw redis.failureOf(cause)
    }
  }
}

function ignoreGarbage(error: unknown): void {
  if (!(error instanceof AppError && error.code === 'bad-answer')) throw error
}
