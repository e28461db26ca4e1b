// What the tracker does with a request, whichever front end it came through: the fronts parse and write, this decides.
import { ipBytes } from '../core/address.ts'
import { concatBytes } from '../core/bytes.ts'
import type { InfoHash } from '../core/ids.ts'
import type { AnnounceReply, AnnounceRequest, SwarmCounts } from '../core/tracker/announce.ts'
import type { SwarmCall } from '../core/tracker/swarm-call.ts'
import { Counters } from './counters.ts'
import type { ImmediateStore, PeerUpdate, SwarmStore, SwarmView } from './store.ts'

export interface TrackerRules {
  /** Peers are asked to come back after this time, or up to a tenth later, so that they do not come all at once. */
  readonly intervalSec: number
  /** Peers that need more peers may come back after this time. */
  readonly minIntervalSec: number
  /** For those that do not say how many peers they want. */
  readonly defaultNumWant: number
  /** 200 IPv4 peers in a UDP answer make 1,220 bytes, which every path carries in one packet. */
  readonly maxNumWant: number
}

export const DEFAULT_RULES: TrackerRules = { intervalSec: 900, minIntervalSec: 60, defaultNumWant: 50, maxNumWant: 200 }

/** 1,352 bytes. */
const MAX_UDP_PEERS_6 = 74
/** How much later than asked a peer may come before it counts as gone. */
const GRACE_SEC = 60

export class TrackerLogic {
  readonly counters: Counters
  /** Whole seconds that never go back. */
  readonly nowSec: () => number
  /** The store, if it answers at once. */
  readonly immediate: ImmediateStore | undefined
  readonly #store: SwarmStore
  readonly #rules: TrackerRules

  constructor(store: SwarmStore, rules: TrackerRules, nowSec: () => number, counters: Counters = new Counters()) {
    this.counters = counters
    this.nowSec = nowSec
    this.immediate = isImmediate(store) ? store : undefined
    this.#store = store
    this.#rules = rules
  }

  /**
   * `ip` is where the request came from, 4 or 16 bytes, and the only address that is believed: who could name another
   * could point a swarm at anybody. UDP answers hold peers of that family only, HTTP answers of both.
   */
  async announce(request: AnnounceRequest, ip: Uint8Array, via: 'http' | 'udp'): Promise<AnnounceReply> {
    this.counters.add(via)
    return this.#replyOf(await this.#store.announce(this.#updateOf(request, ip, via), this.nowSec()), ip)
  }

  /** The same at once. */
  announceNow(request: AnnounceRequest, ip: Uint8Array, via: 'http' | 'udp', store: ImmediateStore): AnnounceReply {
    this.counters.add(via)
    return this.#replyOf(store.updateNow(this.#updateOf(request, ip, via), this.nowSec()), ip)
  }

  /** The same without objects: `call` has the question but for what is wanted, and gets the answer; returns the interval. */
  answer(call: SwarmCall, numWant: number | undefined, via: 'http' | 'udp', store: ImmediateStore): number {
    this.counters.add(via)
    call.wanted = this.#wanted(numWant, via, call.addressWords === 4)
    call.nowSec = this.nowSec()
    store.announceNow(call)
    return this.#interval()
  }

  scrape(infoHashes: readonly InfoHash[]): Promise<readonly SwarmCounts[]> {
    this.counters.add('scrapes')
    return this.#store.scrape(infoHashes)
  }

  scrapeNow(infoHashes: readonly InfoHash[], store: ImmediateStore): readonly SwarmCounts[] {
    this.counters.add('scrapes')
    return store.scrapeNow(infoHashes)
  }

  /** Forgets peers that did not come for two intervals. */
  expire(): Promise<void> {
    return this.#store.expire(this.nowSec() - keepSecOf(this.#rules.intervalSec))
  }

  get minIntervalSec(): number {
    return Math.min(this.#rules.minIntervalSec, this.#rules.intervalSec)
  }

  #updateOf(request: AnnounceRequest, ip: Uint8Array, via: 'http' | 'udp'): PeerUpdate {
    const isSeed = request.left === 0
    return {
      infoHash: request.infoHash,
      address: concatBytes([ip, Uint8Array.of(request.port >>> 8, request.port)]),
      isSeed,
      event: request.event,
      wanted: {
        count: this.#wanted(request.numWant, via, ip.length === 16),
        isOtherFamilyWelcome: via === 'http',
        isSeedWelcome: !isSeed && request.event !== 'paused',
      },
    }
  }

  #replyOf({ counts, peers4, peers6 }: SwarmView, ip: Uint8Array): AnnounceReply {
    const intervalSec = this.#interval()
    return { intervalSec, minIntervalSec: this.minIntervalSec, counts, peers4, peers6, externalIp: ip }
  }

  #interval(): number {
    return Math.round(this.#rules.intervalSec * (1 + Math.random() / 10))
  }

  #wanted(numWant: number | undefined, via: 'http' | 'udp', isIPv6: boolean): number {
    const { defaultNumWant, maxNumWant } = this.#rules
    const most = via === 'udp' && isIPv6 ? Math.min(MAX_UDP_PEERS_6, maxNumWant) : maxNumWant
    return Math.min(numWant ?? defaultNumWant, most)
  }
}

/** How long a peer is kept that says nothing. */
export function keepSecOf(intervalSec: number): number {
  return Math.round(2.2 * intervalSec) + GRACE_SEC
}

/** Bytes of the address that a socket reports; IPv4-mapped IPv6 becomes IPv4. */
export function sourceIp(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : ipBytes(text.split('%', 1)[0] ?? '')
}

function isImmediate(store: SwarmStore): store is ImmediateStore {
  return 'announceNow' in store
}
