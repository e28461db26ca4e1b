// One torrent of a session: its fields and its lifetime. What it does stands in functions by topic, torrent-*.ts.
import type { InfoHash, InfoHashV2 } from '../core/ids.ts'
import { hashKey, truncated } from '../core/ids.ts'
import { Choker } from '../core/choke/choker.ts'
import { AppError, assert } from '../core/errors.ts'
import type { MetadataDownload } from '../core/ext/metadata-download.ts'
import type { Magnet } from '../core/metainfo/magnet.ts'
import type { Info, Metainfo } from '../core/metainfo/metainfo.ts'
import { renamedInfo, renamedPath } from '../core/metainfo/renames.ts'
import type { Address } from '../core/address.ts'
import { RateMeter } from '../core/rate.ts'
import type { Bitfield } from '../core/bitfield.ts'
import type { AddOptions } from './add-options.ts'
import type { Announcer } from './announcer.ts'
import { Candidates, type Source } from './candidates.ts'
import type { Content } from './content.ts'
import type { Host } from './host.ts'
import type { Peer } from './peer.ts'
import { PeerSlots } from './peer-slots.ts'
import { RateGate } from './rate-gate.ts'
import type { ResumeRecord } from './resume.ts'
import type { TorrentState, TorrentStatus } from './torrent-status.ts'

/** libtorrent allows 200 of a session; a swarm gives no more with more than this. */
const MAX_PEERS = 100

/** What a torrent is begun with: a .torrent, or a link whose metainfo peers will tell. */
export type Origin =
  | { readonly kind: 'metainfo'; readonly metainfo: Metainfo; readonly bytes: Uint8Array }
  | { readonly kind: 'magnet'; readonly magnet: Magnet }

/** See torrent-life.ts. */
export interface TorrentLife {
  /** Rejects with AppError; when stopped meanwhile, just returns. */
  open(torrent: Torrent, signal: AbortSignal): Promise<void>
  closePeers(torrent: Torrent): void
  /** After `closePeers`. Nothing of the torrent is open afterwards, whatever failed. */
  close(torrent: Torrent): Promise<void>
  connectMore(torrent: Torrent): void
  statusOf(torrent: Torrent): TorrentStatus
}

export class Torrent {
  readonly session: Host
  readonly origin: Origin
  readonly options: AddOptions
  /** The download folder, absolute. */
  readonly dir: string
  readonly infoHashV1: InfoHash | undefined
  readonly infoHashV2: InfoHashV2 | undefined
  /** What it is called in handshakes and by trackers: v1, v2 cut to 20 bytes, or both. */
  readonly wireHashes: readonly InfoHash[]
  /** The info-hash under which it is kept: hex, of v1 if there is one. */
  readonly key: string
  maxPeers: number
  /** By file number, 0 for unwanted; absent until the metainfo is known, unless it was given. */
  priorities: readonly number[] | undefined
  isSequential: boolean
  /** Tiers that users chose instead of the torrent's own. */
  trackers: readonly (readonly string[])[] | undefined
  /** It stops when its metainfo is there, before anything else is asked of peers. */
  isMetainfoOnly: boolean
  /** What the next start takes for granted: all that was just hashed, what was kept, or nothing. */
  trust: 'all' | 'kept' | 'nothing'

  /** Absent until a magnet link's metadata is there. */
  metainfo: Metainfo | undefined
  /** Absent before the first start, and while the metainfo is missing. Kept after a stop, for its figures. */
  content: Content | undefined
  /** What was kept of a torrent that was not started in this run, to show it. */
  kept: Bitfield | undefined
  metadata: MetadataDownload | undefined
  announcer: Announcer | undefined
  /** What is kept between runs, while this process holds it. */
  record: ResumeRecord | undefined
  error: AppError | undefined

  readonly peers = new Set<Peer>()
  readonly slots = new PeerSlots()
  readonly candidates = new Candidates()
  /** Connections under way, handshake included. */
  connecting = 0
  /** Ban keys of peers that sent bad data. */
  readonly banned = new Set<string>()
  choker = new Choker()
  /** Its own, then others that hold: see torrent-control.ts. */
  readonly uploadGates: RateGate[]
  readonly downloadGates: RateGate[]

  /** Peers may come and go. */
  isOnline = false
  /** Files are looked at; nothing is asked of peers. */
  isChecking = false
  checkedBytes = 0
  /** Files that are getting their real names. */
  finishing = 0
  seedingSince: number | undefined
  chokedAt = Number.NEGATIVE_INFINITY
  checkpointAt = 0
  /** Bytes that had passed by then. */
  checkpointBytes = 0
  /** Thousands of idle torrents take turns. */
  readonly quietCheckpointMs = 600_000 * (1 + Math.random())

  /** Payload bytes of this session; `before…` of earlier ones. */
  downloadedBytes = 0
  uploadedBytes = 0
  wastedBytes = 0
  seedingMs = 0
  before = { downloaded: 0, uploaded: 0, seedingMs: 0 }
  readonly downloadMeter = new RateMeter()
  readonly uploadMeter = new RateMeter()
  /** What left for the line, looked at once a second: see torrent-choking.ts. */
  readonly sentMeter = new RateMeter()
  sentBytes = 0

  readonly #life: TorrentLife
  readonly #finished = Promise.withResolvers<void>()
  /** From a start to the stop. */
  #run: AbortController | undefined
  /** Starts and stops, one after the other. */
  #turn: Promise<void> = Promise.resolve()

  constructor(session: Host, life: TorrentLife, origin: Origin, dir: string, options: AddOptions) {
    this.#life = life
    this.session = session
    this.origin = origin
    this.options = options
    this.dir = dir
    const named = origin.kind === 'magnet' ? origin.magnet : origin.metainfo.info
    this.infoHashV1 = named.infoHashV1
    this.infoHashV2 = named.infoHashV2
    const hashes = [named.infoHashV1, named.infoHashV2].filter((hash) => hash !== undefined)
    this.wireHashes = hashes.map(truncated)
    const [first] = hashes
    assert(first !== undefined, 'a torrent has an info-hash')
    this.key = hashKey(first)
    this.metainfo = origin.kind === 'magnet' ? undefined : origin.metainfo
    this.maxPeers = options.maxPeers ?? MAX_PEERS
    const isForTheseFiles = options.priorities?.length === this.metainfo?.info.files.length
    this.priorities = isForTheseFiles ? options.priorities : undefined
    this.isSequential = options.isSequential ?? false
    this.trackers = options.trackers
    this.isMetainfoOnly = options.isMetainfoOnly ?? false
    this.trust = options.seedTrusted === true ? 'all' : 'kept'
    this.uploadGates = [new RateGate(options.uploadBytesPerSec), session.uploadGate]
    this.downloadGates = [new RateGate(options.downloadBytesPerSec), session.downloadGate]
  }

  get info(): Info | undefined {
    return this.metainfo?.info
  }

  get name(): string {
    const named = this.origin.kind === 'magnet' ? this.origin.magnet.name : undefined
    const [renamed] = renamedPath([this.info?.name ?? named ?? this.key], this.options.renames ?? [])
    return renamed ?? ''
  }

  /** With the names that its files have here. Made anew at every access. */
  get onDisk(): Info | undefined {
    return this.info && renamedInfo(this.info, this.options.renames ?? [])
  }

  get state(): TorrentState {
    if (this.error !== undefined) return 'failed'
    if (this.#run === undefined) return 'stopped'
    if (this.isChecking) return 'checking'
    if (this.content === undefined) return this.metainfo === undefined ? 'metadata' : 'checking'
    return this.isDone ? 'seeding' : 'downloading'
  }

  /** Everything that is wanted is verified and has its real name. */
  get isDone(): boolean {
    return this.content !== undefined && !this.isChecking && this.content.picker.isDone && this.finishing === 0
  }

  /** Settles the first time that everything wanted is there. */
  get finished(): Promise<void> {
    return this.#finished.promise
  }

  hasHash(hash: InfoHash): boolean {
    const key = hashKey(hash)
    return this.wireHashes.some((ours) => hashKey(ours) === key)
  }

  status(): TorrentStatus {
    return this.#life.statusOf(this)
  }

  /** Goes on where it was; after a failure, tries again. */
  start(): void {
    if (this.#run !== undefined) return
    const run = new AbortController()
    this.#run = run
    this.error = undefined
    this.#next(() => this.#life.open(this, run.signal))
  }

  /** Leaves the swarm and saves; settles when nothing is open any more. */
  stop(): Promise<void> {
    this.#run?.abort()
    if (this.#run !== undefined) {
      this.#run = undefined
      this.isOnline = false
      this.#life.closePeers(this)
      this.#next(() => this.#life.close(this))
    }
    return this.#turn
  }

  /** The world failed it: it stops, and says why until it is started again. */
  fail(error: AppError): void {
    if (this.#run === undefined) return
    this.error = error
    void this.stop()
  }

  /** Writes to what is kept between runs. If that cannot be, nothing that comes now would survive: the torrent stops. */
  keep(write: (record: ResumeRecord) => void): void {
    if (this.record === undefined) return
    try {
      write(this.record)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      this.fail(error)
    }
  }

  /** To be dialled as soon as there is room. */
  addPeers(addresses: readonly Address[], source: Source = 'user'): void {
    for (const address of addresses) this.candidates.add(address, source)
    this.#life.connectMore(this)
  }

  /** Everything wanted is there. */
  finish(): void {
    this.#finished.resolve()
  }

  #next(step: () => Promise<void>): void {
    this.#turn = this.#turn.then(step).catch((cause: unknown) => {
      const error = cause instanceof AppError ? cause : new AppError('internal', String(cause), { cause })
      if (error.code === 'interrupted') return
      if (this.#run === undefined) this.error ??= error
      else this.fail(error)
    })
  }
}
