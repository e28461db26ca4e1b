// One worker thread of the pool, from this side: jobs are posted, answers come back, and if it dies they are errors.
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import { AppError } from '../../core/errors.ts'
import type { Done, Stored } from './disk.ts'
import type { Job, StoreJob } from './job.ts'
import type { FromWorker, ToWorker, WorkerInit } from './disk-worker.ts'
import type { StorageSpec } from './storage-spec.ts'

/** This module runs as TypeScript from the sources and as JavaScript when built, and so does the worker. */
const SCRIPT = new URL(import.meta.url.endsWith('.ts') ? './disk-worker.ts' : './disk-worker.js', import.meta.url)
/** A worker makes little garbage: a small nursery saves 2 MB of each, and is no slower. */
const YOUNG_GENERATION_MB = 2

const READING_JOBS: ReadonlySet<Job['kind']> = new Set(['load', 'check', 'digest', 'stamps', 'look'])

/** See `startSpareWorker`. */
let spare: Worker | undefined

/** A worker's thread takes 0.1 s to begin: who knows early that one will be needed starts it while other things are loaded. */
export function startSpareWorker(onStarted: () => void = () => {}): void {
  if (spare !== undefined) return
  const worker = startWorker(SCRIPT)
  worker.once('online', onStarted)
  worker.unref()
  spare = worker
  worker.on('error', () => {}) // who takes it hears that it has exited
  worker.once('exit', () => {
    if (spare === worker) spare = undefined
  })
}

function startWorker(script: URL): Worker {
  return new Worker(script, { name: 'disk', resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB } })
}

function takeSpare(): Worker | undefined {
  const taken = spare
  spare = undefined
  return taken
}

export class WorkerThread {
  readonly #worker: Worker
  readonly #urgent: MessagePort
  readonly #waiting = new Map<number, Done<never>>()
  /** Storages that the worker knows. */
  readonly #storages = new Set<number>()
  readonly #exited: Promise<void>
  #lastJob = 0
  #isDead = false
  #hashesPairs: boolean | undefined
  /** It may have written files open that no sync has seen, and pieces begun. */
  #hasStored = false

  constructor(memories: readonly SharedArrayBuffer[], script: URL = SCRIPT) {
    const { port1, port2 } = new MessageChannel()
    this.#urgent = port1
    this.#worker = (script === SCRIPT ? takeSpare() : undefined) ?? startWorker(script)
    const init: WorkerInit = { urgent: port2, memories }
    this.#worker.postMessage(init, [port2])
    this.#worker.on('message', (message: FromWorker) => this.#onAnswer(message))
    this.#worker.on('error', (cause) => this.#onDeath(cause))
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (code) => {
        this.#onDeath(new Error(`exit code ${code}`))
        resolve()
      })
    })
    this.#worker.unref()
  }

  get isDead(): boolean {
    return this.#isDead
  }

  /** Jobs without an answer. */
  get load(): number {
    return this.#waiting.size
  }

  /** Nothing would be lost if it ended without jobs. */
  get canRetire(): boolean {
    return !this.#hasStored && !this.#isDead
  }

  knows(storage: number): boolean {
    return this.#storages.has(storage)
  }

  openStorage(storage: number, spec: StorageSpec): void {
    if (this.knows(storage)) return
    this.#storages.add(storage)
    this.#postUrgently({ kind: 'open', storage, spec })
  }

  /** Whether it hashes two pieces faster than one after the other. Undefined: that is known after its first ones. */
  get hashesPairs(): boolean | undefined {
    return this.#hashesPairs
  }

  run<Answer>(storage: number, job: Job, done: Done<Answer>): void {
    const id = this.#expect(job, done)
    if (job.kind === 'close') this.#storages.delete(storage)
    if (job.kind === 'load') this.#postUrgently({ kind: 'job', id, storage, job })
    else this.#post({ kind: 'job', id, storage, job })
  }

  /** Two whole pieces. */
  storePair(storage: number, jobs: readonly [StoreJob, StoreJob], dones: readonly [Done<Stored>, Done<Stored>]): void {
    const id = this.#expect(jobs[0], dones[0])
    this.#expect(jobs[1], dones[1])
    this.#post({ kind: 'pair', id, storage, jobs })
  }

  #expect<Answer>(job: Job, done: Done<Answer>): number {
    const id = ++this.#lastJob
    if (this.#waiting.size === 0) this.#worker.ref()
    this.#waiting.set(id, done)
    this.#hasStored ||= !READING_JOBS.has(job.kind)
    return id
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message)
  }

  #postUrgently(message: ToWorker): void {
    this.#urgent.postMessage(message)
  }

  #onAnswer({ id, answer, error, hashesPairs }: FromWorker): void {
    this.#hashesPairs = hashesPairs
    const done = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#worker.unref()
    if (error === undefined)
      done?.(answer as never) // the job's kind says which
    else done?.(new AppError(error.code, error.message, { cause: error.cause }))
  }

  #onDeath(cause: Error): void {
    this.#isDead = true
    this.#urgent.close()
    const error = new AppError('internal', `a disk worker died (${cause.message}): start again`, { cause })
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const done of waiting) done(error)
  }

  /** After the jobs that were given before. */
  async end(): Promise<void> {
    if (!this.#isDead) {
      this.#worker.ref()
      this.#post({ kind: 'end' })
    }
    await this.#exited
  }
}
