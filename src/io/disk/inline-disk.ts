// The disk on this thread: for tests, simulations, and platforms without workers. One job at a time, in order.
import { AppError } from '../../core/errors.ts'
import type { Disk, Done, Slot, Storage, StorageOptions } from './disk.ts'
import { DiskJobs } from './disk-jobs.ts'
import { type Job, NO_STORAGE } from './job.ts'
import { JobStorage } from './job-storage.ts'
import type { Seen } from './look.ts'
import { unpackSeen } from './packed.ts'
import { type MemoryOptions, PieceBuffers } from './piece-buffers.ts'
import { makeSpec } from './storage-spec.ts'

export class InlineDisk implements Disk {
  readonly #jobs: DiskJobs
  readonly #buffers: PieceBuffers
  #lastStorage = 0
  #openCount = 0

  constructor(memory?: MemoryOptions) {
    this.#buffers = new PieceBuffers(memory)
    this.#jobs = new DiskJobs(this.#buffers.memories)
  }

  /** Storages that are open now. */
  get openCount(): number {
    return this.#openCount
  }

  open(options: StorageOptions): Storage {
    const storage = ++this.#lastStorage
    this.#jobs.open(storage, makeSpec(options))
    this.#openCount++
    return new JobStorage(options, (job, done) => {
      setImmediate(() => this.#run(storage, job, done))
    })
  }

  look(paths: readonly string[], done: Done<readonly Seen[]>): void {
    const onSeen: Done<Float64Array> = (numbers) => done(numbers instanceof AppError ? numbers : unpackSeen(numbers))
    setImmediate(() => this.#run(NO_STORAGE, { kind: 'look', paths }, onSeen))
  }

  #run<Answer>(storage: number, job: Job, done: Done<Answer>): void {
    if (job.kind === 'close') this.#openCount--
    let answer: Answer | AppError
    try {
      answer = this.#jobs.run(storage, job) as Answer // the job's kind says which
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      answer = error
    }
    done(answer)
  }

  reserve(bytes: number, purpose: 'receive' | 'send'): Slot | undefined {
    return this.#buffers.reserve(bytes, purpose)
  }

  release(slot: Slot): void {
    this.#buffers.release(slot)
  }

  /** After the jobs that were given before. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#jobs.close()
        resolve()
      })
    })
  }
}
