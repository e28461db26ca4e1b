// Swarms in this process's memory. Everything is bounded, because anybody may announce anything:
//
//   made-up torrents          beyond `maxTorrents` no new one is kept; those that have peers stay
//   made-up peers             beyond `maxPeers` in all, or `maxPeersPerTorrent`, no new one is kept
//   one source, many entries  at most `maxEntriesPerAddress` in all and `maxPortsPerAddress` in one torrent
//
// New entries are refused rather than old ones thrown out: a flood would otherwise push real swarms away. What a flood
// has filled is free again when it expires. Measured with bench/tracker.ts: 460 bytes for a torrent with one peer, 560
// with ten (700 with IPv6), and 17 to 28 for each further one, so the default bounds hold it under 400 MB.
import { randomBytes } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { fromLatin1, readU16, readU32, toLatin1 } from '../core/bytes.ts'
import type { InfoHash } from '../core/ids.ts'
import { AddressBudget } from '../core/tracker/address-budget.ts'
import type { SwarmCounts } from '../core/tracker/announce.ts'
import { type KeptPeer, Swarm } from '../core/tracker/swarm.ts'
import type { PeerUpdate, StoreCounts, SwarmStore, SwarmView } from './store.ts'

export interface MemoryStoreLimits {
  readonly maxTorrents: number
  readonly maxPeers: number
  readonly maxPeersPerTorrent: number
  /** Entries of one IPv4 address or one IPv6 /64: an office behind one address shares them. */
  readonly maxEntriesPerAddress: number
  readonly maxPortsPerAddress: number
}

export const DEFAULT_STORE_LIMITS: MemoryStoreLimits = {
  maxTorrents: 500_000,
  maxPeers: 5_000_000,
  maxPeersPerTorrent: 200_000,
  maxEntriesPerAddress: 50_000,
  maxPortsPerAddress: 200,
}

export interface KeptTorrent {
  readonly infoHash: Uint8Array
  /** How often it was completed. */
  readonly completed: number
  readonly peers: readonly KeptPeer[]
}

/** Entries that are walked over without a pause: some milliseconds. */
const WALK_STEP = 20_000
const EMPTY = new Uint8Array()
const NO_COUNTS: SwarmCounts = { seeders: 0, leechers: 0, completed: 0 }

export class MemoryStore implements SwarmStore {
  readonly #limits: MemoryStoreLimits
  readonly #swarms: Map<string, Swarm>
  readonly #seed: number
  readonly #perAddress: AddressBudget
  readonly #perAddressAndTorrent: AddressBudget
  #peers: number

  constructor(limits: Partial<MemoryStoreLimits> = {}) {
    this.#limits = { ...DEFAULT_STORE_LIMITS, ...limits }
    this.#swarms = new Map()
    this.#seed = randomBytes(4).readUInt32BE()
    this.#perAddress = new AddressBudget(this.#limits.maxEntriesPerAddress, 2 ** 16, this.#seed)
    this.#perAddressAndTorrent = new AddressBudget(this.#limits.maxPortsPerAddress, 2 ** 20, this.#seed)
    this.#peers = 0
  }

  async announce(update: PeerUpdate, nowSec: number): Promise<SwarmView> {
    const { infoHash, address, isSeed, event, wanted } = update
    const key = toLatin1(infoHash)
    let swarm = this.#swarms.get(key)
    if (event === 'stopped') {
      if (swarm?.remove(address) === true) this.#removed(key, address)
      this.#dropIfEmpty(key, swarm)
      return { counts: swarm?.counts() ?? NO_COUNTS, peers4: EMPTY, peers6: EMPTY }
    }
    const isKnown = swarm?.has(address) === true
    if (isKnown || this.#hasRoom(key, swarm, address)) {
      if (swarm === undefined) this.#swarms.set(key, (swarm = new Swarm(this.#seed)))
      swarm.put(address, isSeed, event === 'completed', nowSec)
      if (!isKnown) this.#added(key, address)
    }
    if (swarm === undefined) return { counts: NO_COUNTS, peers4: EMPTY, peers6: EMPTY }
    const { peers4, peers6 } = swarm.pick(address, wanted, Math.random)
    return { counts: swarm.counts(), peers4, peers6 }
  }

  async scrape(infoHashes: readonly InfoHash[]): Promise<readonly SwarmCounts[]> {
    return infoHashes.map((hash) => this.#swarms.get(toLatin1(hash))?.counts() ?? NO_COUNTS)
  }

  async expire(beforeSec: number): Promise<void> {
    await this.#eachSwarm((key, swarm) => {
      swarm.expire(beforeSec, (address) => this.#removed(key, address))
      this.#dropIfEmpty(key, swarm)
    })
  }

  async addresses(): Promise<readonly Uint8Array[]> {
    const distinct = new Map<string, Uint8Array>()
    await this.#eachSwarm((_, swarm) => {
      for (const address of swarm.addresses()) distinct.set(toLatin1(address), address)
    })
    return [...distinct.values()]
  }

  async remove(addresses: readonly Uint8Array[]): Promise<void> {
    const gone = new Set(addresses.map(toLatin1))
    await this.#eachSwarm((key, swarm) => {
      for (const address of swarm.addresses()) {
        if (gone.has(toLatin1(address)) && swarm.remove(address)) this.#removed(key, address)
      }
      this.#dropIfEmpty(key, swarm)
    })
  }

  /** All that is known, torrent by torrent; others have their turn in between. */
  async *torrents(): AsyncGenerator<KeptTorrent> {
    let walked = 0
    for (const [key, swarm] of this.#swarms) {
      yield { infoHash: fromLatin1(key), completed: swarm.counts().completed, peers: swarm.peers() }
      walked += 1 + swarm.peerCount
      if (walked < WALK_STEP) continue
      walked = 0
      await setImmediate()
    }
  }

  /** What `torrents` gave in an earlier run, as far as there is room. */
  restore({ infoHash, completed, peers }: KeptTorrent): void {
    const key = toLatin1(infoHash)
    for (const { address, isSeed, hasCompleted, heardAtSec } of peers) {
      let swarm = this.#swarms.get(key)
      if (swarm?.has(address) === true || !this.#hasRoom(key, swarm, address)) continue
      if (swarm === undefined) this.#swarms.set(key, (swarm = new Swarm(this.#seed)))
      swarm.put(address, isSeed, hasCompleted, heardAtSec)
      this.#added(key, address)
    }
    this.#swarms.get(key)?.restoreCompleted(completed)
  }

  async counts(): Promise<StoreCounts> {
    return { torrents: this.#swarms.size, peers: this.#peers }
  }

  async close(): Promise<void> {
    this.#swarms.clear()
    this.#peers = 0
  }

  #hasRoom(key: string, swarm: Swarm | undefined, address: Uint8Array): boolean {
    const limits = this.#limits
    if (readU16(address, address.length - 2) === 0 || this.#peers >= limits.maxPeers) return false
    if (swarm === undefined && this.#swarms.size >= limits.maxTorrents) return false
    if (swarm !== undefined && swarm.peerCount >= limits.maxPeersPerTorrent) return false
    return this.#perAddress.hasRoom(address, 0) && this.#perAddressAndTorrent.hasRoom(address, saltOf(key))
  }

  #added(key: string, address: Uint8Array): void {
    this.#peers++
    this.#perAddress.take(address, 0)
    this.#perAddressAndTorrent.take(address, saltOf(key))
  }

  #removed(key: string, address: Uint8Array): void {
    this.#peers--
    this.#perAddress.giveBack(address, 0)
    this.#perAddressAndTorrent.giveBack(address, saltOf(key))
  }

  /** At once: started and stopped for ever new torrents must leave nothing behind. */
  #dropIfEmpty(key: string, swarm: Swarm | undefined): void {
    if (swarm?.peerCount === 0) this.#swarms.delete(key)
  }

  /** Lets others have their turn in between: a walk over millions of peers takes a second. */
  async #eachSwarm(visit: (key: string, swarm: Swarm) => void): Promise<void> {
    let visited = 0
    for (const [key, swarm] of this.#swarms) {
      visited += 1 + swarm.peerCount
      visit(key, swarm)
      if (visited < WALK_STEP) continue
      visited = 0
      await setImmediate()
    }
  }
}

/** Tells torrents apart in the accounts of addresses; who makes hashes that share it only shares its own budget. */
function saltOf(key: string): number {
  return readU32(fromLatin1(key.slice(0, 4)), 0)
}
