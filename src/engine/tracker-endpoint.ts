// One tracker, asked for one info-hash over one address family. A tracker of a hybrid torrent has four of these: each
// swarm and each family keeps its own list of peers (BEP 7, 52), so each hears its own `started` and `stopped`.
import type { InfoHash, PeerId } from '../core/ids.ts'
import type { AnnounceAnswer, AnnounceEvent, SwarmCounts } from '../core/tracker/announce.ts'
import { ToldEvents } from '../core/tracker/told-events.ts'
import { announceOverHttp, scrapeOverHttp } from './http-tracker-client.ts'
import type { UdpTrackerClient } from './udp-tracker-client.ts'

/** What trackers hear of us whatever happens. */
export interface AnnounceIdentity {
  readonly peerId: PeerId
  /** Where we accept connections. */
  readonly port: number
  /** 32 random bits of the session: tells a tracker that our IPv4 and IPv6 announces are one peer (BEP 7). */
  readonly key: number
  readonly userAgent: string
}

/** Bytes of this session, and what is missing. */
export interface AnnounceStats {
  readonly uploaded: number
  readonly downloaded: number
  /** 0 only when everything is there; above 0 also while a magnet link's metadata is missing. */
  readonly left: number
  /** Has all it wants but not all there is (BEP 21); `false` by default. */
  readonly isPartialSeed?: boolean
}

/**
 * After 15 + 30 s the next tracker gets its turn. BEP 15 goes on to 15 * 2^8 s, in which a person would see nothing
 * happen; here the schedule's back-off takes over, which doubles its pauses just the same.
 */
const UDP_TIMEOUTS = 2
/** Whoever scrapes is waiting for it. */
const UDP_SCRAPE_TIMEOUTS = 1

export class TrackerEndpoint {
  readonly infoHash: InfoHash
  readonly #url: string
  readonly #family: 4 | 6
  readonly #identity: AnnounceIdentity
  readonly #udp: UdpTrackerClient
  readonly #told = new ToldEvents()
  #trackerId: Uint8Array | undefined

  constructor(url: string, family: 4 | 6, infoHash: InfoHash, identity: AnnounceIdentity, udp: UdpTrackerClient) {
    this.infoHash = infoHash
    this.#url = url
    this.#family = family
    this.#identity = identity
    this.#udp = udp
  }

  /** Announces with the event that is due. Fails as the HTTP and UDP clients do. */
  announce(stats: AnnounceStats, hasFinished: boolean, numWant: number, signal: AbortSignal): Promise<AnnounceAnswer> {
    return this.#tell(this.#told.next(hasFinished, stats.isPartialSeed ?? false), stats, numWant, signal)
  }

  /** Says `stopped` if the tracker knows us, and `completed` before it if that was not said yet. */
  async leave(stats: AnnounceStats, hasFinished: boolean, signal: AbortSignal): Promise<void> {
    for (const event of this.#told.last(hasFinished)) await this.#tell(event, stats, 0, signal)
  }

  /** Counts of several torrents at once; `undefined` where the tracker said nothing. */
  scrape(infoHashes: readonly InfoHash[], signal: AbortSignal): Promise<readonly (SwarmCounts | undefined)[]> {
    const url = new URL(this.#url)
    const family = this.#family
    if (url.protocol === 'udp:') {
      return this.#udp.scrape({ url, family, timeouts: UDP_SCRAPE_TIMEOUTS, signal }, infoHashes)
    }
    return scrapeOverHttp({ url: this.#url, family, userAgent: this.#identity.userAgent, signal }, infoHashes)
  }

  async #tell(
    event: AnnounceEvent,
    stats: AnnounceStats,
    numWant: number,
    signal: AbortSignal,
  ): Promise<AnnounceAnswer> {
    const { peerId, port, key, userAgent } = this.#identity
    const { uploaded, downloaded, left } = stats
    const { infoHash } = this
    const request = { infoHash, peerId, port, uploaded, downloaded, left, event, numWant, key }
    const url = new URL(this.#url)
    const family = this.#family
    const answer =
      url.protocol === 'udp:'
        ? await this.#udp.announce({ url, family, timeouts: UDP_TIMEOUTS, signal }, request)
        : await announceOverHttp({ url: this.#url, family, userAgent, signal }, request, this.#trackerId)
    this.#told.told(event, left)
    this.#trackerId = answer.trackerId ?? this.#trackerId
    return answer
  }
}
