// Torrents that the daemon makes: a job hashes what is at a path, seeds it from there, and lists it at the catalogues of its
// trackers. `shoal_share` begins one, the page watches them.
import { realpath } from 'node:fs/promises'
import { basename } from 'node:path'
import { AppError } from '../core/errors.ts'
import type { TorrentVersion } from '../core/metainfo/build.ts'
import { magnetOf, printMagnet } from '../core/metainfo/magnet.ts'
import { type CreatedTorrent, createTorrent } from '../engine/create.ts'
import { tiersOf } from '../engine/torrent-announce.ts'
import { reachableAddresses } from '../io/lan.ts'
import { version } from '../io/version.ts'
import type { Daemon } from './daemon.ts'
import { hashesOf, kindOf, type ListedTorrent } from './listed-torrent.ts'
import { cataloguesOf, publish } from './publish.ts'
import type { JobRow } from './rpc/page-types.ts'
import { changeTiers } from './rpc/tracker-changes.ts'
import { listedTorrent } from './torrent-list.ts'

export interface ShareRequest {
  /** Of a file or folder; whoever asks may share it. */
  readonly path: string
  /** Each a tier of its own. */
  readonly trackers: readonly string[]
  /** It stays out of catalogues. */
  readonly isUnlisted: boolean
  readonly isPrivate: boolean
  readonly version: TorrentVersion
  readonly comment: string | undefined
}

/** One alone keeps the disk busy; several may be on several disks. The others wait. */
const HASHING_AT_ONCE = 4
/** The oldest that is finished goes when there are more. */
const MAX_JOBS = 100
/** More file names help nobody. */
const MAX_SKIPPED = 50

interface Job {
  readonly id: number
  readonly request: ShareRequest
  readonly stop: AbortController
  state: JobRow['state']
  doneBytes: number
  totalBytes: number
  error: string
  hash: string | undefined
  magnet: string | undefined
  listed: JobRow['listed']
  skipped: readonly string[]
}

export class ShareJobs {
  readonly #daemon: Daemon
  readonly #jobs = new Map<number, Job>()
  /** Jobs that wait to be hashed: MAX_JOBS at most. */
  readonly #waiting: Job[] = []
  readonly #underWay = new Set<Promise<void>>()
  /** One after the other, MAX_JOBS at most: two may have made the same torrent. */
  #seeding: Promise<void> = Promise.resolve()
  #hashing = 0
  #lastId = 0

  constructor(daemon: Daemon) {
    this.#daemon = daemon
  }

  /** Throws AppError: 'usage' for what cannot be shared so, 'busy'. */
  begin(request: ShareRequest): JobRow {
    const trackers = changeTiers([], { tracker_add: [...request.trackers] })?.flat() ?? []
    if (request.isPrivate && trackers.length === 0) {
      throw new AppError('usage', 'others find a private torrent by a tracker only: name one')
    }
    this.#makeRoom()
    const job: Job = {
      id: ++this.#lastId,
      request: { ...request, trackers },
      stop: new AbortController(),
      state: 'hashing',
      doneBytes: 0,
      totalBytes: 0,
      error: '',
      hash: undefined,
      magnet: undefined,
      listed: [],
      skipped: [],
    }
    this.#jobs.set(job.id, job)
    this.#waiting.push(job)
    this.#takeTurns()
    return rowOf(job)
  }

  /** Also of those that ended, the latest last. */
  rows(): JobRow[] {
    return Array.from(this.#jobs.values(), rowOf)
  }

  /** What is seeded already stays so, and one that ended stays as it is. Throws AppError 'not-found'. */
  cancel(id: number): void {
    const job = this.#jobs.get(id)
    if (job === undefined) throw new AppError('not-found', `there is no job ${id}: shoal_jobs lists them`)
    const place = this.#waiting.indexOf(job)
    if (place >= 0) this.#waiting.splice(place, 1)
    if (!isOver(job)) job.state = job.state === 'listing' ? 'done' : 'cancelled'
    job.stop.abort()
  }

  /** Resolves when nothing is read and nobody is told any more. */
  async close(): Promise<void> {
    for (const id of [...this.#jobs.keys()]) this.cancel(id)
    await Promise.all(this.#underWay)
  }

  #makeRoom(): void {
    if (this.#jobs.size < MAX_JOBS) return
    const oldest = [...this.#jobs.values()].find(isOver)
    if (oldest === undefined) throw new AppError('busy', `${MAX_JOBS} torrents are being made: wait, or cancel some`)
    this.#jobs.delete(oldest.id)
  }

  #takeTurns(): void {
    while (this.#hashing < HASHING_AT_ONCE) {
      const job = this.#waiting.shift()
      if (job === undefined) return
      const work = this.#work(job).finally(() => this.#underWay.delete(work))
      this.#underWay.add(work)
    }
  }

  /** Never rejects: what goes wrong stands in the job. */
  async #work(job: Job): Promise<void> {
    try {
      const made = await this.#hash(job)
      if (isOver(job)) return
      job.skipped = skippedOf(made)
      const seeding = this.#seeding.then(() => this.#seed(job, made))
      this.#seeding = seeding.catch(() => {}) // whose it is tells
      await seeding
      if (isOver(job)) return
      job.state = 'listing'
      if (!job.request.isUnlisted) await this.#list(job, made)
      if (!isOver(job)) job.state = 'done'
    } catch (error) {
      if (isOver(job)) return
      job.error = sentenceOf(error)
      this.#daemon.journal.add('error', 'torrent', `${basename(job.request.path)} is not shared: ${job.error}`)
      job.state = 'failed'
    }
  }

  async #hash(job: Job): Promise<CreatedTorrent> {
    const { request } = job
    this.#hashing++
    try {
      return await createTorrent(request.path, {
        disk: this.#daemon.session.disk,
        version: request.version,
        trackers: request.trackers.map((tracker) => [tracker]),
        isPrivate: request.isPrivate,
        comment: request.comment,
        createdBy: `Shoal ${version()}`,
        createdAt: Math.floor(Date.now() / 1000),
        signal: job.stop.signal,
        isRealPath: true, // it was judged when it was asked for
        onProgress: (done, total) => this.#progress(job, done, total),
      })
    } finally {
      this.#hashing--
      this.#takeTurns()
    }
  }

  #progress(job: Job, done: number, total: number): void {
    if (isOver(job)) return
    job.doneBytes = done
    job.totalBytes = total
  }

  async #seed(job: Job, { bytes, metainfo, dir }: CreatedTorrent): Promise<void> {
    if (isOver(job)) return // cancelled while others were seeded
    const { session } = this.#daemon
    const [hash] = hashesOf(metainfo.info)
    try {
      this.#daemon.add({ metainfo: bytes }, { dir, mode: 'seed', isTrusted: true, wishes: { isStopped: false } })
    } catch (error) {
      const known = hash === undefined ? undefined : this.#daemon.list.byHash(hash)
      if (known === undefined || !(error instanceof AppError && error.code === 'exists')) throw error
      await this.#seedKnown(known, dir, job.request.trackers)
    }
    // Without a tracker, others begin with the addresses in the link.
    const peers = job.request.trackers.length > 0 ? [] : reachableAddresses(session.addresses)
    job.hash = hash
    job.magnet = printMagnet({ ...magnetOf(metainfo), peers })
  }

  /**
   * It may have been added without these trackers, been stopped, or its files went or are elsewhere: they were hashed just
   * now in `dir`. What is on its way goes on as it was.
   */
  async #seedKnown(known: ListedTorrent, dir: string, trackers: readonly string[]): Promise<void> {
    const { list } = this.#daemon
    const before = tiersOf(known.torrent)
    const tiers = changeTiers(before, { tracker_add: [...trackers] }) ?? []
    if (tiers.length > before.length) list.wish(known, { trackers: tiers })
    if (kindOf(known) === 'download' || known.wishes.movingTo !== undefined) return
    const there = await realpath(known.torrent.dir).catch(() => undefined)
    if (known.torrent.state === 'failed' || there !== dir) await list.relocate(known, dir, true)
    const now = listedTorrent(list, known.id) // with a new place it is another
    if (now.wishes.isStopped) list.start(now)
  }

  async #list(job: Job, { metainfo }: CreatedTorrent): Promise<void> {
    try {
      const published = await publish(metainfo, this.#daemon.stateDir, job.stop.signal)
      job.listed = published.map(({ tracker, reply }) =>
        'refusal' in reply
          ? { tracker, text: reply.refusal, isListed: false }
          : { tracker, text: `Listed as ${reply.name}`, isListed: true },
      )
    } catch (error) {
      const text = sentenceOf(error) // it is seeded all the same
      job.listed = cataloguesOf(metainfo).map((base) => ({ tracker: new URL(base).host, text, isListed: false }))
    }
  }
}

function isOver({ state }: Job): boolean {
  return state !== 'hashing' && state !== 'listing'
}

function skippedOf({ skipped }: CreatedTorrent): string[] {
  const shown = skipped.slice(0, MAX_SKIPPED).map(({ path, reason }) => `${path} ${reason}`)
  const rest = skipped.length - shown.length
  return rest > 0 ? [...shown, `and ${rest} more`] : shown
}

function sentenceOf(error: unknown): string {
  if (error instanceof AppError) return error.message
  return `something went wrong in Shoal itself: ${error instanceof Error ? error.message : 'an unknown error'}`
}

function rowOf({ id, request, state, totalBytes, doneBytes, error, hash, magnet, listed, skipped }: Job): JobRow {
  return {
    id,
    name: basename(request.path),
    path: request.path,
    state,
    total_bytes: totalBytes,
    done_bytes: doneBytes,
    error,
    hash_string: hash ?? null,
    magnet: magnet ?? null,
    listed,
    skipped,
  }
}
