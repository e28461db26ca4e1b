// The disk on worker threads: one from the start, the others when there is work for them. Jobs go to the least busy one.
import { availableParallelism } from 'node:os'
import { AppError } from '../../core/errors.ts'
import type { PieceIndex } from '../../core/ids.ts'
import {
  type Disk,
  type Done,
  SEGMENT_BYTES,
  type Slot,
  type Storage,
  type StorageOptions,
  type Stored,
} from './disk.ts'
import { type Job, type LoadJob, NO_STORAGE, type StoreJob } from './job.ts'
import { JobStorage } from './job-storage.ts'
import type { Seen } from './look.ts'
import { unpackSeen } from './packed.ts'
import { DEFAULT_MEMORY, type MemoryOptions, PieceBuffers } from './piece-buffers.ts'
import { makeSpec, type OpenedStorage } from './storage-spec.ts'
import { type Store, StorePairs } from './store-pairs.ts'
import { WarmReads } from './warm-reads.ts'
import { WorkerThread } from './worker-thread.ts'

export interface DiskPoolOptions extends MemoryOptions {
  readonly workers: number
  /** Those of them that store, as long as they hash pieces in pairs. */
  readonly storing: number
  /** What is going to be read at once, as far as it is known. */
  readonly expectedBytes: number
}

/** The main thread takes about a core under load, the workers the rest; but two share a core better than one fills it. */
export function defaultWorkers(cores: number): number {
  return Math.min(4, Math.max(2, cores - 1))
}

/**
 * With pairs a worker keeps up with the main thread, and has a core beside it. On two cores a second one cost its start, waited for the
 * first one's writes to the same file, and took the time of those who feed them (5 % of a transfer).
 */
export function defaultStoring(cores: number): number {
  return Math.min(4, Math.max(1, cores - 1))
}

/** How often idle workers are looked for. */
const RETIRE_MS = 500
/** Of so much all workers have a part: they start together, not when their first job is there (20 ms of a 0.8 s). */
const MUCH_BYTES = 256 * 1024 * 1024
/** Jobs of a worker until the next one reads too: a spinning disk wants several readers. */
const MAX_LOADS = 16

/**
 * No new pieces while so much waits to be stored. What lies in a processor's cache is hashed and written 1.5 times as
 * fast as what was pushed out of it by megabytes that came later (bench/race: 16 MiB under way 520 MB/s, 48 MiB 440).
 */
const MAX_STORING_BYTES = 8 * 1024 * 1024
/** Of long pieces so many: two that are stored, and one or two that come next (4 MiB: 490 to 580 MB/s). */
const MAX_STORING = 4

/** After them the files are closed, elsewhere or gone. */
const ENDING_JOBS: ReadonlySet<Job['kind']> = new Set(['close', 'move', 'remove'])

export class DiskPool implements Disk {
  readonly #buffers: PieceBuffers
  readonly #workers: (WorkerThread | undefined)[]
  readonly #warmReads: WarmReads
  readonly #storePairs = new StorePairs((first, second) => this.#store(first, second))
  readonly #storing: number
  #lastStorage = 0
  #storingBytes = 0
  #retire: NodeJS.Timeout | undefined
  #retired: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(options: Partial<DiskPoolOptions> = {}) {
    this.#buffers = new PieceBuffers({ ...DEFAULT_MEMORY, ...options })
    this.#workers = Array.from({ length: options.workers ?? defaultWorkers(availableParallelism()) }, () => undefined)
    this.#storing = options.storing ?? defaultStoring(availableParallelism())
    this.#warmReads = new WarmReads(this.#buffers.memories)
    const isMuch = (options.expectedBytes ?? 0) >= MUCH_BYTES
    // To start takes 60 ms, while others open what will be asked about.
    for (let n = 0; n < (isMuch ? this.#workers.length : 1); n++) this.#worker(n)
  }

  open(options: StorageOptions): Storage {
    const storage = ++this.#lastStorage
    // Made at the first job: thousands of idle torrents should not hold it.
    let opened: OpenedStorage | undefined
    const submit = <Answer>(job: Job, done: Done<Answer>): void => {
      if (opened === undefined) {
        opened = { storage, spec: makeSpec(options), geometry: options.info.geometry }
        this.#warmReads.open(storage, opened.spec)
      }
      this.#take(opened, job, done)
    }
    return new JobStorage(options, submit, (job) => this.#warmReads.load(storage, job))
  }

  #take<Answer>(opened: OpenedStorage, job: Job, done: Done<Answer>): void {
    const { storage } = opened
    if (job.kind === 'store') return this.#takeStore(opened, job, this.#countStoring(job.length, done))
    if (job.kind === 'load') return this.#run(this.#awake(), opened, job, this.#rememberLoad(storage, job, done))
    this.#storePairs.flush()
    if (ENDING_JOBS.has(job.kind)) this.#warmReads.close(storage)
    switch (job.kind) {
      case 'sync':
      case 'close':
        return this.#runOnAll(storage, job, done)
      case 'stamps':
        // What was stored before is in the stamps, whichever worker stores it.
        return this.#runOnAll(storage, { kind: 'fence' }, () => this.#run(this.#leastBusy(), opened, job, done))
      case 'abandon':
        return this.#run(this.#ownerOf(job.piece, opened) ?? this.#leastBusy(), opened, job, done)
      default:
        return this.#run(this.#leastBusy(), opened, job, done)
    }
  }

  #takeStore<Answer>(opened: OpenedStorage, job: StoreJob, done: Done<Answer>): void {
    const owner = this.#ownerOf(job.piece, opened)
    if (owner !== undefined) return this.#run(owner, opened, job, done)
    if (job.v1 === undefined) return this.#run(this.#leastBusy(), opened, job, done)
    if (this.#isClosed || !this.#hashesPairs) return this.#run(this.#leastBusyStoring(), opened, job, done)
    this.#storePairs.add({ opened, job, done: done as Done<Stored> }) // the job's kind says so
  }

  look(paths: readonly string[], done: Done<readonly Seen[]>): void {
    const onSeen: Done<Float64Array> = (numbers) => done(numbers instanceof AppError ? numbers : unpackSeen(numbers))
    this.#submit(this.#leastBusy(), (worker) => worker.run(NO_STORAGE, { kind: 'look', paths }, onSeen), done)
  }

  #countStoring<Answer>(bytes: number, done: Done<Answer>): Done<Answer> {
    this.#storingBytes += bytes
    return (result) => {
      this.#storingBytes -= bytes
      done(result)
    }
  }

  #rememberLoad<Answer>(storage: number, job: LoadJob, done: Done<Answer>): Done<Answer> {
    return (result) => {
      if (!(result instanceof AppError)) this.#warmReads.loaded(storage, job)
      done(result)
    }
  }

  get #hashesPairs(): boolean {
    return this.#workers.some((worker) => worker?.hashesPairs === true)
  }

  #store({ opened, job, done }: Store, second: Store | undefined): void {
    const index = this.#leastBusyStoring()
    if (second === undefined) return this.#run(index, opened, job, done)
    const worker = this.#worker(index)
    worker.openStorage(opened.storage, opened.spec)
    worker.storePair(opened.storage, [job, second.job], [done, second.done])
  }

  #run<Answer>(index: number, { storage, spec }: OpenedStorage, job: Job, done: Done<Answer>): void {
    const post = (worker: WorkerThread): void => {
      worker.openStorage(storage, spec)
      worker.run(storage, job, done)
    }
    this.#submit(index, post, done)
  }

  #submit<Answer>(index: number, post: (worker: WorkerThread) => void, done: Done<Answer>): void {
    if (this.#isClosed) {
      setImmediate(() => done(new AppError('internal', 'the disk was closed')))
      return
    }
    post(this.#worker(index))
    if (index > 0) this.#retire ??= setTimeout(() => this.#retireIdle(), RETIRE_MS).unref()
  }

  /** After a check one worker is enough to read what is sent: each of the others holds 12 MB. */
  #retireIdle(): void {
    this.#retire = undefined
    for (const [index, worker] of this.#workers.entries()) {
      if (index === 0 || worker?.canRetire !== true) continue
      if (worker.load > 0) this.#retire ??= setTimeout(() => this.#retireIdle(), RETIRE_MS).unref()
      else {
        this.#workers[index] = undefined
        this.#retired = Promise.all([this.#retired, worker.end()])
      }
    }
  }

  /** Each worker has files of its own open. */
  #runOnAll<Answer>(storage: number, job: Job, done: Done<Answer>): void {
    const workers = this.#workers.filter((worker) => worker?.isDead === false && worker.knows(storage))
    let left = workers.length
    let failure: AppError | undefined
    const onDone = (result: Answer | AppError): void => {
      if (result instanceof AppError) failure ??= result
      if (--left <= 0) done(failure ?? result)
    }
    if (left === 0) setImmediate(() => onDone(undefined as Answer)) // what all these jobs answer
    for (const worker of workers) worker?.run(storage, job, onDone)
  }

  #leastBusyStoring(): number {
    return this.#leastBusy(this.#workers[0]?.hashesPairs === false ? undefined : this.#storing)
  }

  /**
   * Of a long piece, whose segments are hashed one after the other; what was given up of it must not be written after them.
   * For SHA-1 one worker is enough here, too (two cores: 14 MB less, and 5 % faster); the leaves of v2 take all of them.
   */
  #ownerOf(piece: PieceIndex, { geometry, spec }: OpenedStorage): number | undefined {
    if (geometry.dataBytes(piece) <= SEGMENT_BYTES) return undefined
    return piece % (spec.hasV2 ? this.#workers.length : this.#storing)
  }

  /** To wake a worker costs this thread 0.1 ms, as much as the worker needs to read: those that are awake read on. */
  #awake(): number {
    const index = this.#workers.findIndex((worker) => (worker?.load ?? 0) < MAX_LOADS)
    return index < 0 ? this.#leastBusy() : index
  }

  /** Of the first `count`, if that is given. */
  #leastBusy(count?: number): number {
    let best = 0
    let least = Number.POSITIVE_INFINITY
    for (const [index, worker] of this.#workers.slice(0, count).entries()) {
      const load = worker?.load ?? 0
      if (load < least) {
        best = index
        least = load
      }
    }
    return best
  }

  #worker(index: number): WorkerThread {
    const known = this.#workers[index]
    if (known !== undefined && !known.isDead) return known
    const worker = new WorkerThread(this.#buffers.memories)
    this.#workers[index] = worker
    return worker
  }

  reserve(bytes: number, purpose: 'receive' | 'send'): Slot | undefined {
    if (purpose === 'receive' && this.#storingBytes >= Math.max(MAX_STORING_BYTES, MAX_STORING * bytes))
      return undefined
    return this.#buffers.reserve(bytes, purpose)
  }

  release(slot: Slot): void {
    this.#buffers.release(slot)
  }

  async close(): Promise<void> {
    this.#storePairs.flush()
    this.#isClosed = true
    clearTimeout(this.#retire)
    await this.#retired
    await Promise.all(this.#workers.flatMap((worker) => (worker === undefined ? [] : [worker.end()])))
  }
}
