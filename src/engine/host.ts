// What a torrent needs of the session that runs it. Session is the one implementation; torrents know no more of it.
import type { Address } from '../core/address.ts'
import type { PeerId } from '../core/ids.ts'
import type { Violation } from '../core/wire/violation.ts'
import type { Disk } from '../io/disk/disk.ts'
import type { Network } from '../io/network.ts'
import type { EncryptionMode } from './encryption-mode.ts'
import type { Peer } from './peer.ts'
import type { RateGate } from './rate-gate.ts'
import type { ResumeStore } from './resume.ts'
import type { RunCache } from './run-cache.ts'
import type { Torrent } from './torrent.ts'
import type { Turns } from './turns.ts'
import type { UdpTrackerClient } from './udp-tracker-client.ts'

/** A connection whose handshake is not through. */
export interface HalfOpen {
  /** Absent until it is known. */
  readonly torrent: object | undefined
  readonly startedAt: number
  close(): void
}

export interface Host {
  readonly peerId: PeerId
  readonly userAgent: string
  /** 32 random bits for trackers, see AnnounceIdentity. */
  readonly trackerKey: number
  /** The port that trackers and peers are told. */
  readonly port: number
  readonly maxPeers: number
  /** Of connections that are made from now on. */
  readonly encryption: EncryptionMode
  /** Counts: each answer costs a third of a millisecond, whoever asks for it. */
  mayAnswerEncryption(): boolean
  /** Counts: to find one request of so many takes up to a hundredth of a millisecond, and a cancel is only 17 bytes. */
  mayCancelAmong(requests: number): boolean
  /** Of all torrents together; whoever lets one in, or out, counts. */
  peerCount: number
  readonly disk: Disk
  readonly network: Network
  readonly runs: RunCache
  readonly resume: ResumeStore
  readonly udpTrackers: UdpTrackerClient
  readonly uploadGate: RateGate
  readonly downloadGate: RateGate
  readonly handshaking: Set<HalfOpen>
  /** Peers that could be asked for more if there were memory, or blocks that nobody else was asked for. */
  readonly hungry: Set<Peer>
  /** Torrents that are looked at every second: with peers, or with something to get. */
  readonly awake: Set<Torrent>
  /** What the peer has gathered to say leaves when the present event is over: one write for many messages. */
  flushSoon(peer: Peer): void
  countViolation(violation: Violation): void
  /** Where a tracker sees us (BEP 24). */
  seenAs(ip: string): void
  /** Somebody at this address dialled us and speaks BitTorrent. */
  reachedBy(remote: Address): void
  /** One more outgoing connection within this second? */
  mayConnect(): boolean
  /** Torrents open a few at a time. */
  readonly openings: Turns
  /** How long a torrent that only seeds should wait before it tells its trackers that it is here. */
  announceDelayMs(): number
  /** Where to call from: who listens on one address only is seen at that address only. */
  sourceIp(remote: Address): string | undefined
}
