// What the tracker does with a request, whichever front end it came through: the fronts parse and write, this decides.
import { ipBytes } from '../core/address.ts'
import { concatBytes } from '../core/bytes.ts'
import type { InfoHash } from '../core/ids.ts'
import type { AnnounceReply, AnnounceRequest, SwarmCounts } from '../core/tracker/announce.ts'
import type { SwarmStore } from './store.ts'

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
  readonly #store: SwarmStore
  readonly #rules: TrackerRules
  readonly #nowSec: () => number
  readonly #announces = { http: 0, udp: 0 }
  #scrapes = 0

  /** `nowSec`: whole seconds that never go back. */
  constructor(store: SwarmStore, rules: TrackerRules, nowSec: () => number) {
    this.#store = store
    this.#rules = rules
    this.#nowSec = nowSec
  }

  /** Since the start. */
  get counts(): { readonly announces: { readonly http: number; readonly udp: number }; readonly scrapes: number } {
    return { announces: { ...this.#announces }, scrapes: this.#scrapes }
  }

  /**
   * `ip` is where the request came from, 4 or 16 bytes, and the only address that is believed: who could name another
   * could point a swarm at anybody. UDP answers hold peers of that family only, HTTP answers of both.
   */
  async announce(request: AnnounceRequest, ip: Uint8Array, via: 'http' | 'udp'): Promise<AnnounceReply> {
    this.#announces[via]++
    const { intervalSec, minIntervalSec, defaultNumWant, maxNumWant } = this.#rules
    const isSeed = request.left === 0
    const most = via === 'udp' && ip.length === 16 ? Math.min(MAX_UDP_PEERS_6, maxNumWant) : maxNumWant
    const update = {
      infoHash: request.infoHash,
      address: concatBytes([ip, Uint8Array.of(request.port >>> 8, request.port)]),
      isSeed,
      event: request.event,
      wanted: {
        count: Math.min(request.numWant ?? defaultNumWant, most),
        isOtherFamilyWelcome: via === 'http',
        isSeedWelcome: !isSeed && request.event !== 'paused',
      },
    }
    const { counts, peers4, peers6 } = await this.#store.announce(update, this.#nowSec())
    return {
      intervalSec: Math.round(intervalSec * (1 + Math.random() / 10)),
      minIntervalSec: Math.min(minIntervalSec, intervalSec),
      counts,
      peers4,
      peers6,
      externalIp: ip,
    }
  }

  scrape(infoHashes: readonly InfoHash[]): Promise<readonly SwarmCounts[]> {
    this.#scrapes++
    return this.#store.scrape(infoHashes)
  }

  /** Forgets peers that did not come for two intervals. */
  expire(): Promise<void> {
    return this.#store.expire(this.#nowSec() - Math.round(2.2 * this.#rules.intervalSec) - GRACE_SEC)
  }
}

/** Bytes of the address that a socket reports; IPv4-mapped IPv6 becomes IPv4. */
export function sourceIp(text: string | undefined): Uint8Array | undefined {
  return text === undefined ? undefined : ipBytes(text.split('%', 1)[0] ?? '')
}
