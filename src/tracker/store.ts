// Where a tracker keeps its swarms: in memory, or in Redis, which is why it answers with promises. One suite in test/suites/ holds every implementation to it.
import type { AnnounceEvent, SwarmCounts } from '../core/tracker/announce.ts'
import type { SwarmCall } from '../core/tracker/swarm-call.ts'
import type { InfoHash } from '../core/ids.ts'

/** What one announce asks of a swarm. */
export interface PeersWanted {
  /** At most. */
  readonly count: number
  /** Fill up with peers of the other family when there are too few of its own. */
  readonly isOtherFamilyWelcome: boolean
  /** A seed has nothing to get from another. */
  readonly isSeedWelcome: boolean
}

export interface PeerUpdate {
  readonly infoHash: InfoHash
  /** Compact: 6 bytes of an IPv4 peer, 18 of an IPv6 peer. Port 0 accepts no connections, so nobody is told of it. */
  readonly address: Uint8Array
  readonly isSeed: boolean
  readonly event: AnnounceEvent
  readonly wanted: PeersWanted
}

export interface SwarmView {
  readonly counts: SwarmCounts
  /** Compact addresses. */
  readonly peers4: Uint8Array
  readonly peers6: Uint8Array
}

export interface StoreCounts {
  readonly torrents: number
  /** Entries: one who is in three swarms counts three times. */
  readonly peers: number
}

/** Times are whole seconds on the tracker's clock. */
export interface SwarmStore {
  /**
   * Adds or refreshes the peer, or removes it on `stopped`, and gives others of its swarm. A peer that the store has
   * no room for is not kept but gets its answer all the same: it can connect to others, only nobody is told of it.
   */
  announce(update: PeerUpdate, nowSec: number): Promise<SwarmView>
  /** Zeros for torrents that are not known. */
  scrape(infoHashes: readonly InfoHash[]): Promise<readonly SwarmCounts[]>
  /** Removes peers that were last heard of before `beforeSec`, and torrents that have no peers. */
  expire(beforeSec: number): Promise<void>
  /** Compact addresses of all peers, each once. */
  addresses(): Promise<readonly Uint8Array[]>
  /** Removes these addresses from every swarm. */
  remove(addresses: readonly Uint8Array[]): Promise<void>
  /** Removes all that is known of a torrent; whoever announces it afterwards is the first. */
  forget(infoHash: InfoHash): Promise<void>
  counts(): Promise<StoreCounts>
  close(): Promise<void>
}

/** One that need not wait for anything. */
export interface ImmediateStore extends SwarmStore {
  /** `announce` without its objects: for hundreds of thousands a second. */
  announceNow(call: SwarmCall): void
  updateNow(update: PeerUpdate, nowSec: number): SwarmView
  scrapeNow(infoHashes: readonly InfoHash[]): readonly SwarmCounts[]
}
