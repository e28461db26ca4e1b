// The peers of one torrent, as a tracker knows them. Peers are compact addresses: 6 bytes for IPv4, 18 for IPv6.
import type { SwarmCounts } from './announce.ts'
import { PeerTable, type Random } from './peer-table.ts'

/** What one announce asks of a swarm. */
export interface PeersWanted {
  /** At most. */
  readonly count: number
  /** Fill up with peers of the other family when there are too few of its own. */
  readonly isOtherFamilyWelcome: boolean
  /** A seed has nothing to get from another. */
  readonly isSeedWelcome: boolean
}

/** Compact addresses. */
export interface PeersGiven {
  readonly peers4: Uint8Array
  readonly peers6: Uint8Array
}

/** A peer as it is kept while the tracker does not run. */
export interface KeptPeer {
  readonly address: Uint8Array
  readonly isSeed: boolean
  readonly hasCompleted: boolean
  readonly heardAtSec: number
}

export class Swarm {
  readonly #hashSeed: number
  #v4: PeerTable | undefined
  #v6: PeerTable | undefined
  #completed: number

  /** `hashSeed`: 32 random bits of this run. */
  constructor(hashSeed: number) {
    this.#hashSeed = hashSeed
    this.#v4 = undefined
    this.#v6 = undefined
    this.#completed = 0
  }

  get peerCount(): number {
    return (this.#v4?.count ?? 0) + (this.#v6?.count ?? 0)
  }

  counts(): SwarmCounts {
    const leechers = (this.#v4?.leechers ?? 0) + (this.#v6?.leechers ?? 0)
    return { seeders: this.peerCount - leechers, leechers, completed: this.#completed }
  }

  has(address: Uint8Array): boolean {
    return (this.#tableOf(address)?.find(address) ?? -1) !== -1
  }

  /** Adds or refreshes a peer. `hasCompleted`: it says that it just got all; counted once as long as it is here. */
  put(address: Uint8Array, isSeed: boolean, hasCompleted: boolean, nowSec: number): void {
    const table = this.#tableOf(address) ?? this.#addTable(address.length === 6 ? 6 : 18)
    const position = table.put(address, isSeed, nowSec)
    if (hasCompleted && table.markCompleted(position)) this.#completed++
  }

  /** False if it was not here. */
  remove(address: Uint8Array): boolean {
    const table = this.#tableOf(address)
    const position = table?.find(address) ?? -1
    if (position === -1) return false
    table?.removeAt(position)
    return true
  }

  /** Random peers for the one at `address`, never itself. */
  pick(address: Uint8Array, wanted: PeersWanted, random: Random): PeersGiven {
    const own = this.#tableOf(address)
    const other = address.length === 6 ? this.#v6 : this.#v4
    const isLeechersOnly = !wanted.isSeedWelcome
    const ownPeers = own?.sample(wanted.count, own.find(address), isLeechersOnly, random) ?? NOBODY
    const rest = wanted.isOtherFamilyWelcome ? wanted.count - ownPeers.length / address.length : 0
    const otherPeers = other?.sample(rest, -1, isLeechersOnly, random) ?? NOBODY
    return address.length === 6 ? { peers4: ownPeers, peers6: otherPeers } : { peers4: otherPeers, peers6: ownPeers }
  }

  /** Removes who was last heard of before `beforeSec`. */
  expire(beforeSec: number, removed: (address: Uint8Array) => void): void {
    for (const table of this.#tables()) {
      table.removeWhere((position) => {
        if (table.lastHeardAt(position) >= beforeSec) return false
        removed(table.addressAt(position))
        return true
      })
    }
  }

  /** Every compact address. */
  addresses(): Uint8Array[] {
    return this.#tables().flatMap((table) => Array.from({ length: table.count }, (_, i) => table.addressAt(i)))
  }

  peers(): KeptPeer[] {
    return this.#tables().flatMap((table) =>
      Array.from({ length: table.count }, (_, position) => ({
        address: table.addressAt(position),
        isSeed: position >= table.leechers,
        hasCompleted: table.hasCompleted(position),
        heardAtSec: table.lastHeardAt(position),
      })),
    )
  }

  /** How often it was completed in earlier runs, by peers that may have left. */
  restoreCompleted(count: number): void {
    this.#completed = Math.max(this.#completed, count)
  }

  #tables(): PeerTable[] {
    return [this.#v4, this.#v6].filter((table) => table !== undefined)
  }

  #tableOf(address: Uint8Array): PeerTable | undefined {
    return address.length === 6 ? this.#v4 : this.#v6
  }

  #addTable(addressBytes: 6 | 18): PeerTable {
    const table = new PeerTable(addressBytes, this.#hashSeed)
    if (addressBytes === 6) this.#v4 = table
    else this.#v6 = table
    return table
  }
}

const NOBODY = new Uint8Array()
