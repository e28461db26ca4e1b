// Swarms in this process's memory, which its threads share. Everything is bounded, because anybody may announce anything:
//
//   made-up torrents          beyond `maxTorrents` no new one is kept; those that have peers stay
//   made-up peers             beyond `maxPeers` in all, or `maxPeersPerTorrent`, no new one is kept
//   one source, many entries  at most `maxEntriesPerAddress` in all and `maxPortsPerAddress` in one torrent
//
// New entries are refused rather than old ones thrown out: a flood would otherwise push real swarms away. What a flood
// has filled is free again when it expires. The memory is reserved for the bounds and taken as it is used, which
// bench/tracker.ts measures.
import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { toLatin1 } from '../core/bytes.ts'
import { hashWords } from '../core/tracker/hash-words.ts'
import { AddressBudget } from '../core/tracker/address-budget.ts'
import type { SwarmCounts } from '../core/tracker/announce.ts'
import type { InfoHash } from '../core/ids.ts'
import {
  type IsGone,
  type KeptTorrent,
  type PackedLimits,
  PackedSwarms,
  type SharedBudgets,
} from '../core/tracker/packed-swarms.ts'
import { SwarmCall } from '../core/tracker/swarm-call.ts'
import { lock, unlock } from './lock.ts'
import type { ImmediateStore, PeerUpdate, StoreCounts, SwarmView } from './store.ts'

export interface MemoryStoreLimits {
  readonly maxTorrents: number
  readonly maxPeers: number
  readonly maxPeersPerTorrent: number
  /** Entries of one IPv4 address or one IPv6 /64: an office behind one address shares them. */
  readonly maxEntriesPerAddress: number
  /** In one torrent; at most 255. */
  readonly maxPortsPerAddress: number
}

export const DEFAULT_STORE_LIMITS: MemoryStoreLimits = {
  maxTorrents: 500_000,
  maxPeers: 5_000_000,
  maxPeersPerTorrent: 200_000,
  maxEntriesPerAddress: 50_000,
  maxPortsPerAddress: 200,
}

/** Most torrents have a handful of peers. */
export function limitsFor(maxPeers: number): Pick<MemoryStoreLimits, 'maxPeers' | 'maxTorrents'> {
  return { maxPeers, maxTorrents: Math.max(DEFAULT_STORE_LIMITS.maxTorrents, Math.ceil(maxPeers / 4)) }
}

/** What another thread needs to open the same swarms. */
export interface SharedSwarms {
  readonly memory: SharedArrayBuffer
  readonly limits: MemoryStoreLimits
  readonly seed: number
}

/** Swarms are dealt out to these, each with a lock, so that threads seldom wait for each other. */
const SHARDS = 16
/** Of a peer in the largest case, which is a table that was just doubled, with its index. */
const PEER_BYTES = 64
const TOP_BLOCK_BYTES = 8 * 1024 * 1024
const [ADDRESS_COUNTERS, PORT_COUNTERS] = [2 ** 16, 2 ** 20]
/** Locks, each in a cache line of its own, then what all hold together. */
const LOCK_WORDS = 16
const HEAD_BYTES = (SHARDS + 1) * LOCK_WORDS * 4
/** Entries that are walked over without a pause: about a millisecond, for which others wait. */
const WALK_STEP = 5_000

export class MemoryStore implements ImmediateStore {
  readonly shared: SharedSwarms
  readonly #locks: Int32Array
  /** Peers, torrents. */
  readonly #totals: Uint32Array
  readonly #shards: readonly PackedSwarms[]
  readonly #call: SwarmCall

  /** `shared`: those of another thread. */
  constructor(limits: Partial<MemoryStoreLimits> = {}, shared: SharedSwarms = makeShared(limits)) {
    const { memory, seed } = shared
    this.shared = shared
    this.#locks = new Int32Array(memory, 0, SHARDS * LOCK_WORDS)
    this.#totals = new Uint32Array(memory, SHARDS * LOCK_WORDS * 4, 2)
    this.#call = new SwarmCall()
    const budgets = budgetsOf(shared, this.#totals)
    const limitsOfEach = shardLimits(shared.limits)
    this.#shards = Array.from({ length: SHARDS }, (_, n) => {
      const at = shardsAt() + n * PackedSwarms.bytesFor(limitsOfEach)
      return new PackedSwarms(memory, at, limitsOfEach, budgets, seed, Math.random)
    })
  }

  /** The same as `announce`, in memory that the caller owns. */
  announceNow(call: SwarmCall): void {
    const shard = this.#shardOf(call)
    lock(this.#locks, shard * LOCK_WORDS)
    try {
      this.#shards[shard]?.announce(call)
    } finally {
      unlock(this.#locks, shard * LOCK_WORDS)
    }
  }

  async announce(update: PeerUpdate, nowSec: number): Promise<SwarmView> {
    return this.updateNow(update, nowSec)
  }

  updateNow({ infoHash, address, isSeed, event, wanted }: PeerUpdate, nowSec: number): SwarmView {
    const call = this.#call
    call.infoHash.set(infoHash)
    call.setAddress(address)
    call.isSeed = isSeed
    call.isStopped = event === 'stopped'
    call.hasCompleted = event === 'completed'
    call.wanted = wanted.count
    call.isSeedWelcome = wanted.isSeedWelcome
    call.isOtherFamilyWelcome = wanted.isOtherFamilyWelcome
    call.nowSec = nowSec
    this.announceNow(call)
    return {
      counts: call.counts(),
      peers4: call.peers4.slice(0, call.peers4Count * 6),
      peers6: call.peers6.slice(0, call.peers6Count * 18),
    }
  }

  async scrape(infoHashes: readonly InfoHash[]): Promise<readonly SwarmCounts[]> {
    return this.scrapeNow(infoHashes)
  }

  scrapeNow(infoHashes: readonly InfoHash[]): readonly SwarmCounts[] {
    const call = this.#call
    return infoHashes.map((hash) => {
      call.infoHash.set(hash)
      const shard = this.#shardOf(call)
      this.#locked(shard, (swarms) => swarms.scrape(call))
      return call.counts()
    })
  }

  async expire(beforeSec: number): Promise<void> {
    await this.#removeWhere((_, heardAtSec) => heardAtSec < beforeSec)
  }

  async addresses(): Promise<readonly Uint8Array[]> {
    const distinct = new Map<string, Uint8Array>()
    for await (const { peers } of this.torrents()) {
      for (const { address } of peers) distinct.set(toLatin1(address), address)
    }
    return [...distinct.values()]
  }

  async remove(addresses: readonly Uint8Array[]): Promise<void> {
    const gone = new Set(addresses.map(toLatin1))
    await this.#removeWhere((compact) => gone.has(toLatin1(compact)))
  }

  async forget(infoHash: InfoHash): Promise<void> {
    const call = this.#call
    call.infoHash.set(infoHash)
    this.#locked(this.#shardOf(call), (swarms) => swarms.forget(call))
  }

  /**
   * All that is known, torrent by torrent, a large one in several parts; others have their turn in between, and may move a peer from
   * a later part to an earlier one.
   */
  async *torrents(): AsyncGenerator<KeptTorrent> {
    let walked = 0
    for (const [shard, swarms] of this.#shards.entries()) {
      for (let torrent = 1; torrent <= swarms.lastTorrent; torrent++) {
        for (let from = 0; ; from += WALK_STEP) {
          const kept = this.#locked(shard, () => swarms.read(torrent, from, WALK_STEP))
          if (kept !== undefined) yield kept
          walked += 1 + (kept?.peers.length ?? 0)
          if (walked >= WALK_STEP) {
            walked = 0
            await setImmediate()
          }
          if (kept === undefined || kept.peers.length < WALK_STEP) break
        }
      }
    }
  }

  /** What `torrents` gave in an earlier run, as far as there is room. */
  restore(kept: KeptTorrent): void {
    this.#call.infoHash.set(kept.infoHash)
    this.#locked(this.#shardOf(this.#call), (swarms) => swarms.restore(kept))
  }

  async counts(): Promise<StoreCounts> {
    return { torrents: Atomics.load(this.#totals, 1), peers: Atomics.load(this.#totals, 0) }
  }

  async close(): Promise<void> {} // the memory goes with the last thread that knows it

  #shardOf(call: SwarmCall): number {
    return hashWords(~this.shared.seed, call.hashWords, 0, 2) % SHARDS
  }

  #locked<T>(shard: number, body: (swarms: PackedSwarms) => T): T | undefined {
    const swarms = this.#shards[shard]
    if (swarms === undefined) return undefined
    lock(this.#locks, shard * LOCK_WORDS)
    try {
      return body(swarms)
    } finally {
      unlock(this.#locks, shard * LOCK_WORDS)
    }
  }

  /** Lets others have their turn in between: a walk over millions of peers takes a second. */
  async #removeWhere(isGone: IsGone): Promise<void> {
    let walked = 0
    for (const [shard, swarms] of this.#shards.entries()) {
      for (let torrent = 1; torrent <= swarms.lastTorrent; torrent++) {
        for (let end = Infinity; end > 0; ) {
          walked += 1 + Math.min(swarms.peersOf(torrent), WALK_STEP)
          end = this.#locked(shard, () => swarms.removeWhere(torrent, end, WALK_STEP, isGone)) ?? 0
          if (walked < WALK_STEP) continue
          walked = 0
          await setImmediate()
        }
      }
    }
  }
}

/** Reserved, and taken as it is used. */
export function makeShared(changes: Partial<MemoryStoreLimits>): SharedSwarms {
  const limits = { ...DEFAULT_STORE_LIMITS, ...changes }
  const memory = new SharedArrayBuffer(shardsAt() + SHARDS * PackedSwarms.bytesFor(shardLimits(limits)))
  return { memory, limits, seed: randomBytes(4).readUInt32BE() }
}

function shardsAt(): number {
  return HEAD_BYTES + ADDRESS_COUNTERS * 4 + PORT_COUNTERS
}

/** Hashes are dealt out evenly, up to chance; a large swarm is not: each shard could hold twice its part of peers. */
function shardLimits({ maxTorrents, maxPeers, maxPeersPerTorrent }: MemoryStoreLimits): PackedLimits {
  const topBlocks = Math.ceil((maxPeers * PEER_BYTES * 2) / SHARDS / TOP_BLOCK_BYTES) + 1
  return { maxTorrents: Math.ceil((maxTorrents * 1.2) / SHARDS) + 100, maxPeersPerTorrent, topBlocks }
}

function budgetsOf({ memory, limits, seed }: SharedSwarms, totals: Uint32Array): SharedBudgets {
  const perAddress = new Uint32Array(memory, HEAD_BYTES, ADDRESS_COUNTERS)
  const perPort = new Uint8Array(memory, HEAD_BYTES + ADDRESS_COUNTERS * 4, PORT_COUNTERS)
  return {
    totals,
    maxPeers: limits.maxPeers,
    maxTorrents: limits.maxTorrents,
    perAddress: new AddressBudget(perAddress, limits.maxEntriesPerAddress, seed),
    perAddressAndTorrent: new AddressBudget(perPort, limits.maxPortsPerAddress, seed),
  }
}
