// Swarms in shared memory: what a tracker in one process keeps, for one thread or several. Whoever calls holds the lock.
// Bounded, because anybody may announce anything: beyond a bound a peer gets its answer and is not kept.
import type { AddressBudget } from './address-budget.ts'
import { BlockHeap } from './block-heap.ts'
import { PeerTables, type Random } from './peer-tables.ts'
import { type AddressWords, MAX_CALL_PEERS, SwarmCall } from './swarm-call.ts'
import { TorrentRecords, type TorrentRef } from './torrent-records.ts'

export interface PackedLimits {
  readonly maxTorrents: number
  readonly maxPeersPerTorrent: number
  /** Of the heap: 8 MiB each. */
  readonly topBlocks: number
}

/** What several of these count together. */
export interface SharedBudgets {
  /** Peers and torrents of all. */
  readonly totals: Uint32Array
  readonly maxPeers: number
  readonly maxTorrents: number
  readonly perAddress: AddressBudget
  readonly perAddressAndTorrent: AddressBudget
}

/** A peer as it is kept while the tracker does not run. */
export interface KeptPeer {
  /** Compact. */
  readonly address: Uint8Array
  readonly isSeed: boolean
  readonly hasCompleted: boolean
  readonly heardAtSec: number
}

export interface KeptTorrent {
  readonly infoHash: Uint8Array
  /** How often it was completed. */
  readonly completed: number
  readonly peers: readonly KeptPeer[]
}

/** `compact` is borrowed. */
export type IsGone = (compact: Uint8Array, heardAtSec: number) => boolean

/** In `totals`. */
const [PEERS, TORRENTS] = [0, 1]

export class PackedSwarms {
  readonly #limits: PackedLimits
  readonly #budgets: SharedBudgets
  readonly #torrents: TorrentRecords
  readonly #tables: PeerTables
  readonly #random: Random
  /** Where keys are put together that did not come with a call. */
  readonly #scratch: SwarmCall

  static bytesFor(limits: PackedLimits): number {
    return TorrentRecords.bytesFor(limits.maxTorrents) + BlockHeap.bytesFor(limits.topBlocks)
  }

  /** `at` is a multiple of 4; `bytesFor` bytes from there on are ours, zeros when the first one opens them. */
  constructor(
    memory: SharedArrayBuffer,
    at: number,
    limits: PackedLimits,
    budgets: SharedBudgets,
    seed: number,
    random: Random,
  ) {
    const heap = new BlockHeap(memory, at + TorrentRecords.bytesFor(limits.maxTorrents), limits.topBlocks)
    this.#limits = limits
    this.#budgets = budgets
    this.#torrents = new TorrentRecords(memory, at, limits.maxTorrents, seed)
    this.#tables = new PeerTables(heap, this.#torrents.words, seed)
    this.#random = random
    this.#scratch = new SwarmCall()
  }

  /** Records are walked from 1 to this. */
  get lastTorrent(): TorrentRef {
    return this.#torrents.last
  }

  /** Fills in the answer. */
  announce(call: SwarmCall): void {
    call.peers4Count = call.peers6Count = 0
    const width = call.addressWords
    let torrent = this.#torrents.find(call.hashWords)
    const known =
      torrent === 0 ? -1 : this.#tables.find(this.#torrents.tableOf(torrent, width), width, call.addressAsWords)
    if (call.isStopped) {
      this.#tell(call, known === -1 ? torrent : this.#remove(torrent, width, known, call))
      return
    }
    let position = known
    if (known !== -1 || this.#hasRoom(torrent, call)) {
      torrent = torrent === 0 ? this.#add(call) : torrent
      position = this.#put(torrent, known, call)
      if (position === -1) torrent = this.#dropIfEmpty(torrent)
    }
    this.#tell(call, torrent)
    if (torrent !== 0) this.#give(call, torrent, position)
  }

  /** Only the counts of the call's torrent are filled in. */
  scrape(call: SwarmCall): void {
    this.#tell(call, this.#torrents.find(call.hashWords))
  }

  /** How many peers a record has; 0: it holds no torrent. */
  peersOf(torrent: TorrentRef): number {
    return this.#count(torrent, 1) + this.#count(torrent, 4)
  }

  /**
   * Looks at up to `most` peers of a torrent below number `end`, and removes those for which `isGone`, and the torrent with the
   * last of them. Returns where to go on; 0: it is done. IPv6 peers are numbered behind IPv4 peers.
   */
  removeWhere(torrent: TorrentRef, end: number, most: number, isGone: IsGone): number {
    const key = this.#scratch
    this.#torrents.readHash(torrent, key.hashWords)
    const before6 = this.#count(torrent, 1)
    const from = Math.min(end, this.peersOf(torrent))
    const to = Math.max(0, from - most)
    // Backwards, because what fills a hole then has been looked at already.
    for (let n = from - 1; n >= to; n--) {
      const width = n < before6 ? 1 : 4
      const position = n < before6 ? n : n - before6
      const table = this.#torrents.tableOf(torrent, width)
      this.#tables.readKey(table, width, position, key.addressAsWords)
      key.addressWords = width
      const compact = key.address.subarray(0, key.addressBytes)
      if (!isGone(compact, this.#tables.lastHeardAt(table, width, position))) continue
      if (this.#remove(torrent, width, position, key) === 0) return 0
    }
    return to
  }

  /** Removes the call's torrent with all its peers. */
  forget(call: SwarmCall): void {
    const torrent = this.#torrents.find(call.hashWords)
    if (torrent !== 0) this.removeWhere(torrent, Infinity, Infinity, () => true)
  }

  /** Up to `most` peers of a torrent from number `from` on, as they can be kept; `undefined`: there are none. */
  read(torrent: TorrentRef, from: number, most: number): KeptTorrent | undefined {
    const before6 = this.#count(torrent, 1)
    const end = Math.min(this.peersOf(torrent), from + most)
    if (from >= end) return undefined
    const key = this.#scratch
    this.#torrents.readHash(torrent, key.hashWords)
    const peers: KeptPeer[] = []
    for (let n = from; n < end; n++) {
      const width = n < before6 ? 1 : 4
      const position = n < before6 ? n : n - before6
      const table = this.#torrents.tableOf(torrent, width)
      this.#tables.readKey(table, width, position, key.addressAsWords)
      peers.push({
        address: key.address.slice(0, width * 4 + 2),
        isSeed: position >= this.#tables.leechers(table),
        hasCompleted: this.#tables.hasCompleted(table, width, position),
        heardAtSec: this.#tables.lastHeardAt(table, width, position),
      })
    }
    return { infoHash: key.infoHash.slice(), completed: this.#torrents.completed(torrent), peers }
  }

  /** What `read` gave in an earlier run, as far as there is room. */
  restore({ infoHash, completed, peers }: KeptTorrent): void {
    const call = this.#scratch
    call.infoHash.set(infoHash)
    call.isStopped = false
    call.wanted = 0
    for (const peer of peers) {
      call.setAddress(peer.address)
      call.isSeed = peer.isSeed
      call.hasCompleted = peer.hasCompleted
      call.nowSec = peer.heardAtSec
      this.announce(call)
    }
    const torrent = this.#torrents.find(call.hashWords)
    if (torrent !== 0) this.#torrents.setCompleted(torrent, Math.max(completed, this.#torrents.completed(torrent)))
  }

  #count(torrent: TorrentRef, width: AddressWords): number {
    return this.#tables.count(this.#torrents.tableOf(torrent, width))
  }

  #hasRoom(torrent: TorrentRef, call: SwarmCall): boolean {
    const { maxPeers, maxTorrents, totals, perAddress, perAddressAndTorrent } = this.#budgets
    if (!call.hasPort || Atomics.load(totals, PEERS) >= maxPeers) return false
    if (torrent === 0 && (this.#torrents.isFull || Atomics.load(totals, TORRENTS) >= maxTorrents)) return false
    if (torrent !== 0 && this.peersOf(torrent) >= this.#limits.maxPeersPerTorrent) return false
    const { addressAsWords, addressWords } = call
    return (
      perAddress.hasRoom(addressAsWords, addressWords, 0) &&
      perAddressAndTorrent.hasRoom(addressAsWords, addressWords, saltOf(call))
    )
  }

  #add(call: SwarmCall): TorrentRef {
    Atomics.add(this.#budgets.totals, TORRENTS, 1)
    return this.#torrents.add(call.hashWords)
  }

  /** Its position, or -1. */
  #put(torrent: TorrentRef, known: number, call: SwarmCall): number {
    const { addressWords: width, addressAsWords: key, isSeed, nowSec } = call
    const table = this.#torrents.tableOf(torrent, width)
    const position = this.#tables.put(table, width, key, known, isSeed, nowSec)
    if (position === -1) return -1
    if (known === -1) {
      Atomics.add(this.#budgets.totals, PEERS, 1)
      this.#budgets.perAddress.take(key, width, 0)
      this.#budgets.perAddressAndTorrent.take(key, width, saltOf(call))
    }
    // Counted once as long as it is here.
    if (call.hasCompleted && this.#tables.markCompleted(table, width, position)) {
      this.#torrents.setCompleted(torrent, this.#torrents.completed(torrent) + 1)
    }
    return position
  }

  /** `key` has its address and hash. Returns the torrent, or 0 if that was its last peer. */
  #remove(torrent: TorrentRef, width: AddressWords, position: number, key: SwarmCall): TorrentRef {
    Atomics.sub(this.#budgets.totals, PEERS, 1)
    this.#budgets.perAddress.giveBack(key.addressAsWords, width, 0)
    this.#budgets.perAddressAndTorrent.giveBack(key.addressAsWords, width, saltOf(key))
    this.#tables.removeAt(this.#torrents.tableOf(torrent, width), width, position)
    return this.#dropIfEmpty(torrent)
  }

  /** At once: started and stopped for ever new torrents must leave nothing behind. */
  #dropIfEmpty(torrent: TorrentRef): TorrentRef {
    if (this.peersOf(torrent) > 0) return torrent
    Atomics.sub(this.#budgets.totals, TORRENTS, 1)
    this.#torrents.remove(torrent)
    return 0
  }

  #tell(call: SwarmCall, torrent: TorrentRef): void {
    const peers = torrent === 0 ? 0 : this.peersOf(torrent)
    call.leechers = torrent === 0 ? 0 : this.#leechers(torrent, 1) + this.#leechers(torrent, 4)
    call.seeders = peers - call.leechers
    call.completed = torrent === 0 ? 0 : this.#torrents.completed(torrent)
  }

  #leechers(torrent: TorrentRef, width: AddressWords): number {
    return this.#tables.leechers(this.#torrents.tableOf(torrent, width))
  }

  /** Random peers, never the caller itself. */
  #give(call: SwarmCall, torrent: TorrentRef, self: number): void {
    const isIPv4 = call.addressWords === 1
    const wanted = Math.min(call.wanted, MAX_CALL_PEERS)
    if (isIPv4) call.peers4Count = this.#sample(call, torrent, 1, wanted, self)
    else call.peers6Count = this.#sample(call, torrent, 4, wanted, self)
    if (!call.isOtherFamilyWelcome) return
    if (isIPv4) call.peers6Count = this.#sample(call, torrent, 4, wanted - call.peers4Count, -1)
    else call.peers4Count = this.#sample(call, torrent, 1, wanted - call.peers6Count, -1)
  }

  #sample(call: SwarmCall, torrent: TorrentRef, width: AddressWords, wanted: number, self: number): number {
    const table = this.#torrents.tableOf(torrent, width)
    const out = width === 1 ? call.peers4AsHalves : call.peers6AsHalves
    return this.#tables.sample(table, width, wanted, self, !call.isSeedWelcome, this.#random, out)
  }
}

/** Tells torrents apart in the accounts of addresses; who makes hashes that share it only shares its own budget. */
function saltOf(call: SwarmCall): number {
  return call.hashWords[0] ?? 0
}
