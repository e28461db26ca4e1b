// What is said in an announce, whichever protocol carries it (HTTP: http-announce.ts, UDP: udp-packets.ts). Used by the
// client that asks and by the tracker that answers.
import type { Address } from '../address.ts'
import type { InfoHash, PeerId } from '../ids.ts'

/** `paused` (BEP 21): has all it wants but not all there is. */
export type AnnounceEvent = 'none' | 'started' | 'completed' | 'stopped' | 'paused'

export interface AnnounceRequest {
  readonly infoHash: InfoHash
  readonly peerId: PeerId
  /** Where the peer accepts connections; 0 if it accepts none. */
  readonly port: number
  /** Bytes since `started`. */
  readonly uploaded: number
  readonly downloaded: number
  /** Bytes that are missing; 0 makes the peer a seed. */
  readonly left: number
  readonly event: AnnounceEvent
  /** Absent: as many as the tracker likes. */
  readonly numWant: number | undefined
  /** 32 bits, the same for both address families (BEP 7), so that a tracker can tell that they are one peer. */
  readonly key: number | undefined
}

/** What a client has read. */
export interface AnnounceAnswer {
  readonly intervalSec: number | undefined
  readonly minIntervalSec: number | undefined
  readonly seeders: number | undefined
  readonly leechers: number | undefined
  readonly peers: readonly TrackerPeer[]
  /** Cleaned for display, like every text of a tracker. */
  readonly warning: string | undefined
  /** To be sent back with every further announce. */
  readonly trackerId: Uint8Array | undefined
  /** Our own address as the tracker sees it (BEP 24). */
  readonly externalIp: string | undefined
}

export interface TrackerPeer extends Address {
  /** Only the long form of HTTP answers has it. */
  readonly peerId?: PeerId
}

/** What a tracker says. Peers are in compact form: 6 bytes each (BEP 23) and 18 bytes each (BEP 7). */
export interface AnnounceReply {
  readonly intervalSec: number
  readonly minIntervalSec: number
  readonly counts: SwarmCounts
  readonly peers4: Uint8Array
  readonly peers6: Uint8Array
  /** 4 or 16 bytes: the address that the announce came from (BEP 24). */
  readonly externalIp: Uint8Array
}

export interface SwarmCounts {
  readonly seeders: number
  readonly leechers: number
  /** How often a peer has completed the torrent. */
  readonly completed: number
}

/** The tracker refused, or what came is no answer; cleaned for display. */
export interface TrackerFailure {
  readonly failure: string
}

/** More peers than this are not read from one answer: the engine knows 3,000 per torrent. */
export const MAX_ANSWER_PEERS = 3000

/** As many torrents as one UDP packet can ask for (BEP 15); HTTP gets no more. */
export const MAX_SCRAPE_HASHES = 74

export function isFailure(answer: object): answer is TrackerFailure {
  return 'failure' in answer
}
