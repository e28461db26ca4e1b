// All torrents of one process, and what they share: the port, the peer id, the disk, the limits, the clock.
import { randomBytes } from 'node:crypto'
import { type Address, canonicalIp, isIPv6, isLoopback } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import { hashKey, type InfoHash, makePeerId, type PeerId } from '../core/ids.ts'
import { readU32, toHex } from '../core/bytes.ts'
import { localityOf } from '../core/locality.ts'
import { obfuscatedHash } from '../core/wire/mse.ts'
import type { Violation } from '../core/wire/violation.ts'
import { monotonicMs } from '../io/clock.ts'
import type { Disk } from '../io/disk/disk.ts'
import { DiskPool } from '../io/disk/disk-pool.ts'
import { defaultStateDir } from '../io/state-dir.ts'
import { nodeHasher } from '../io/hasher.ts'
import type { Listener, Network } from '../io/network.ts'
import { TCP } from '../io/tcp.ts'
import { version } from '../io/version.ts'
import type { AddOptions, TorrentSource } from './add-options.ts'
import type { EncryptionMode } from './encryption-mode.ts'
import { HANDSHAKE_TIMEOUT_MS, Handshaking, type TorrentFinder } from './handshaking.ts'
import type { HalfOpen, Host } from './host.ts'
import type { Peer } from './peer.ts'
import { RateGate } from './rate-gate.ts'
import { ResumeStore } from './resume.ts'
import { RunCache } from './run-cache.ts'
import { describeTorrent } from './session-add.ts'
import { showKept } from './torrent-totals.ts'
import { Torrent } from './torrent.ts'
import { TORRENT_LIFE } from './torrent-life.ts'
import { tickTorrent } from './torrent-ticks.ts'
import { Turns } from './turns.ts'
import { UdpTrackerClient } from './udp-tracker-client.ts'

export interface SessionOptions {
  /** Where progress is kept between runs; default: see io/state-dir.ts. */
  readonly stateDir?: string
  /** Where peers may connect; default: all interfaces, the first free port of 6881 to 6889. */
  readonly listen?: readonly Address[]
  readonly downloadBytesPerSec?: number
  readonly uploadBytesPerSec?: number
  /** Peers of all torrents together; default 500. */
  readonly maxPeers?: number
  /** Protocol encryption of connections; default 'allowed'. */
  readonly encryption?: EncryptionMode
  /** Default: worker threads of its own. A disk that is given stays open. */
  readonly disk?: Disk
  /** Another session whose disk and limits hold for this one, too; it lives longer. */
  readonly shares?: Session
  /** Default: TCP. */
  readonly network?: Network
}

/** The ports of the first client; many routers and firewalls know them. */
const DEFAULT_PORTS = [6881, 6882, 6883, 6884, 6885, 6886, 6887, 6888, 6889, 0]
const MAX_PEERS = 500
/** Connections that have not said which torrent they want. When there are more, the oldest goes. */
const MAX_HANDSHAKING = 200
/** libtorrent's figure for outgoing connections. */
const CONNECTS_PER_SEC = 30
/** Encrypted handshakes that are answered: 3 % of a core. */
const ENCRYPTIONS_PER_SEC = 100
/** Requests that are looked through for those that peers cancel: 5 % of a core. */
const CANCEL_LOOKS_PER_SEC = 20_000_000
const TICK_MS = 1_000
/** One of each kind, and some that lie. */
const MAX_EXTERNAL_IPS = 4
/** A torrent that has all and no peer is looked at so seldom: thousands of them should cost nothing. */
const SLEEPER_TICKS = 60
/** Enough to keep the disk workers busy; all at once would be as much garbage as there are torrents. */
const OPENINGS = 32
/** After a start with many torrents their announces are spread: the first ones go at once, the others 50 a second. */
const ANNOUNCES_AT_ONCE = 20
const ANNOUNCE_EVERY_MS = 20

export class Session implements Host, TorrentFinder {
  readonly peerId: PeerId
  readonly userAgent: string
  readonly trackerKey: number
  maxPeers: number
  peerCount = 0
  encryption: EncryptionMode
  readonly disk: Disk
  readonly network: Network
  readonly runs: RunCache
  readonly openings = new Turns(OPENINGS)
  readonly resume: ResumeStore
  readonly udpTrackers = new UdpTrackerClient()
  readonly uploadGate: RateGate
  readonly downloadGate: RateGate
  readonly torrents = new Set<Torrent>()
  readonly handshaking = new Set<HalfOpen>()
  readonly hungry = new Set<Peer>()
  readonly awake = new Set<Torrent>()
  /** How often peers broke which rule. */
  readonly violations = new Map<Violation, number>()
  /** Where trackers saw us, the latest last. */
  readonly externalIps = new Set<string>()
  /** A peer from outside has connected to us. */
  wasReached = false
  readonly #ownsDisk: boolean
  readonly #ownsGates: boolean
  readonly #listeners: Listener[] = []
  readonly #byHash = new Map<string, Torrent>()
  readonly #byObfuscated = new Map<string, { readonly torrent: Torrent; readonly hash: InfoHash }>()
  readonly #unflushed: Peer[] = []
  readonly #timer: NodeJS.Timeout
  #connects = 0
  #encryptions = 0
  #cancelLooks = 0
  /** Goes through all torrents, again and again. */
  #round: Iterator<Torrent, undefined> = this.torrents.values()
  #announceAt = Number.NEGATIVE_INFINITY
  #closing: Promise<void> | undefined

  /** Throws AppError: 'port-in-use', or what is wrong with the state directory. */
  static async open(options: SessionOptions = {}): Promise<Session> {
    const session = new Session(options)
    try {
      await session.#listen(options.listen)
      return session
    } catch (error) {
      await session.close()
      throw error
    }
  }

  private constructor(options: SessionOptions) {
    this.resume = ResumeStore.open(options.stateDir ?? defaultStateDir())
    this.userAgent = `Shoal ${version()}`
    this.peerId = makePeerId(version(), randomBytes(12))
    this.trackerKey = readU32(randomBytes(4), 0)
    this.maxPeers = options.maxPeers ?? MAX_PEERS
    this.encryption = options.encryption ?? 'allowed'
    this.disk = options.shares?.disk ?? options.disk ?? new DiskPool()
    this.network = options.network ?? TCP
    this.#ownsDisk = options.disk === undefined && options.shares === undefined
    this.#ownsGates = options.shares === undefined
    this.runs = new RunCache(this.disk)
    this.uploadGate = options.shares?.uploadGate ?? new RateGate(options.uploadBytesPerSec)
    this.downloadGate = options.shares?.downloadGate ?? new RateGate(options.downloadBytesPerSec)
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
  }

  /** Where peers can connect. */
  get addresses(): readonly Address[] {
    return this.#listeners.map((listener) => listener.address)
  }

  get port(): number {
    return this.#listeners[0]?.address.port ?? 0
  }

  /** Adds a torrent, and starts it unless it is to be stopped. Throws AppError: 'bad-metainfo', 'bad-magnet', 'exists'. */
  add(source: TorrentSource, options: AddOptions): Torrent {
    const { origin, dir } = describeTorrent(source, options)
    const torrent = new Torrent(this, TORRENT_LIFE, origin, dir, options)
    const keys = torrent.wireHashes.map(hashKey)
    if (keys.some((key) => this.#byHash.has(key))) {
      throw new AppError('exists', `"${torrent.name}" is there already`)
    }
    this.torrents.add(torrent)
    for (const key of keys) this.#byHash.set(key, torrent)
    for (const hash of torrent.wireHashes) this.#byObfuscated.set(obfuscatedKey(hash), { torrent, hash })
    if (options.isStopped === true) showKept(torrent)
    else torrent.start()
    return torrent
  }

  /** Stops and forgets it; files and what is kept about them stay. */
  async remove(torrent: Torrent): Promise<void> {
    await torrent.stop()
    this.torrents.delete(torrent)
    this.awake.delete(torrent)
    for (const hash of torrent.wireHashes) {
      this.#byHash.delete(hashKey(hash))
      this.#byObfuscated.delete(obfuscatedKey(hash))
    }
  }

  findByHash(hash: InfoHash): Torrent | undefined {
    return this.#byHash.get(hashKey(hash))
  }

  /** Who asks so is told nothing of a torrent that is not online. */
  findObfuscated(obfuscated: Uint8Array): { readonly torrent: Torrent; readonly hash: InfoHash } | undefined {
    const found = this.#byObfuscated.get(toHex(obfuscated))
    return found?.torrent.isOnline === true ? found : undefined
  }

  countViolation(violation: Violation): void {
    this.violations.set(violation, (this.violations.get(violation) ?? 0) + 1)
  }

  seenAs(ip: string): void {
    const canonical = canonicalIp(ip)
    if (canonical === undefined || this.externalIps.has(canonical)) return
    const [oldest] = this.externalIps.size >= MAX_EXTERNAL_IPS ? this.externalIps : []
    if (oldest !== undefined) this.externalIps.delete(oldest)
    this.externalIps.add(canonical)
  }

  reachedBy({ ip }: Address): void {
    this.wasReached ||= localityOf(ip) === 'public'
  }

  flushSoon(peer: Peer): void {
    if (this.#unflushed.push(peer) > 1) return
    queueMicrotask(() => {
      for (const one of this.#unflushed.splice(0)) one.flush()
    })
  }

  mayConnect(): boolean {
    if (this.#connects >= CONNECTS_PER_SEC || this.peerCount >= this.maxPeers) return false
    this.#connects++
    return true
  }

  mayAnswerEncryption(): boolean {
    if (this.#encryptions >= ENCRYPTIONS_PER_SEC) return false
    this.#encryptions++
    return true
  }

  mayCancelAmong(requests: number): boolean {
    if (this.#cancelLooks >= CANCEL_LOOKS_PER_SEC) return false
    this.#cancelLooks += requests
    return true
  }

  sourceIp(remote: Address): string | undefined {
    const own = this.addresses.find((address) => isIPv6(address) === isIPv6(remote))?.ip
    if (own === undefined || own === '0.0.0.0' || own === '::') return undefined
    return isLoopback(own) === isLoopback(remote.ip) ? own : undefined
  }

  /** Says goodbye everywhere and saves. No socket, timer, worker or file of the session is left. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #listen(addresses: readonly Address[] | undefined): Promise<void> {
    if (addresses === undefined) return this.#listenByDefault()
    for (const address of addresses) this.#listeners.push(await this.#listenAt(address))
  }

  async #listenByDefault(): Promise<void> {
    for (const port of DEFAULT_PORTS) {
      try {
        this.#listeners.push(await this.#listenAt({ ip: '0.0.0.0', port }))
        break
      } catch (error) {
        if (port === 0 || !(error instanceof AppError && error.code === 'port-in-use')) throw error
      }
    }
    try {
      this.#listeners.push(await this.#listenAt({ ip: '::', port: this.port }))
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      // A host without IPv6, or another program on that port there: IPv4 is enough to begin with.
    }
  }

  #listenAt(address: Address): Promise<Listener> {
    return this.network.listen(address, (transport) => {
      const [oldest] = this.handshaking.size >= MAX_HANDSHAKING ? this.handshaking : []
      oldest?.close()
      return new Handshaking(this, transport, this)
    })
  }

  announceDelayMs(): number {
    const now = monotonicMs()
    this.#announceAt = Math.max(this.#announceAt, now - ANNOUNCES_AT_ONCE * ANNOUNCE_EVERY_MS) + ANNOUNCE_EVERY_MS
    return Math.max(0, this.#announceAt - now)
  }

  #tick(): void {
    const now = monotonicMs()
    this.#connects = 0
    this.#encryptions = 0
    this.#cancelLooks = 0
    for (const half of [...this.handshaking]) if (now - half.startedAt > HANDSHAKE_TIMEOUT_MS) half.close()
    for (const torrent of this.awake) {
      if (torrent.isOnline) tickTorrent(torrent, now)
      if (torrent.isDone && torrent.peers.size === 0) this.awake.delete(torrent)
    }
    for (let n = Math.ceil(this.torrents.size / SLEEPER_TICKS); n > 0; n--) {
      const { value: torrent } = this.#round.next()
      if (torrent === undefined) this.#round = this.torrents.values()
      else if (torrent.isOnline && !this.awake.has(torrent)) tickTorrent(torrent, now)
    }
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer)
    const listening = this.#listeners.map((listener) => listener.close())
    await Promise.all(Array.from(this.torrents, (torrent) => torrent.stop()))
    for (const half of [...this.handshaking]) half.close()
    await Promise.all(listening)
    if (this.#ownsGates) for (const gate of [this.uploadGate, this.downloadGate]) gate.close()
    await this.udpTrackers.close()
    if (this.#ownsDisk) await this.disk.close()
    this.resume.close()
  }
}

function obfuscatedKey(hash: InfoHash): string {
  return toHex(obfuscatedHash(nodeHasher, hash))
}
