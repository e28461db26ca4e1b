// A torrent's storage as jobs: what the pool and the inline disk have in common.
import { AppError, assert } from '../../core/errors.ts'
import type { PieceIndex } from '../../core/ids.ts'
import type { Job, LoadJob } from './job.ts'
import type { Digests, Done, FileStamp, FinishedFile, Slot, Storage, StorageOptions, Stored } from './disk.ts'
import type { PieceHashes } from './piece-hash.ts'
import { unpackStamps } from './packed.ts'
import { hashesAt } from './storage-jobs.ts'

/** With one job: some 10 ms, for which an upload may have to wait; and the workers share what a large torrent takes. */
const STAMPS_PER_JOB = 2048

/** Takes a job; the answer is what `DiskJobs.run` returns for it. */
export type Submit = <Answer>(job: Job, done: Done<Answer>) => void

export class JobStorage implements Storage {
  readonly #options: StorageOptions
  readonly #submit: Submit
  readonly #loadNow: (job: LoadJob) => boolean
  #isClosed = false

  /** `loadNow`: see `Storage`. */
  constructor(options: StorageOptions, submit: Submit, loadNow: (job: LoadJob) => boolean = () => false) {
    this.#options = options
    this.#submit = submit
    this.#loadNow = loadNow
  }

  store(piece: PieceIndex, begin: number, slot: Slot, length: number, wantDigests: boolean, done: Done<Stored>): void {
    const { arena, offset } = slot
    const { v1, v2 } = this.#expected(piece, 1)
    this.#run({ kind: 'store', piece, begin, arena, offset, length, wantDigests, v1, v2 }, done)
  }

  abandon(piece: PieceIndex): void {
    this.#run<undefined>({ kind: 'abandon', piece }, () => {})
  }

  load(piece: PieceIndex, begin: number, length: number, slot: Slot, headerBytes: number, done: Done<number>): void {
    const { arena, offset } = slot
    this.#run({ kind: 'load', piece, begin, length, arena, offset, headerBytes }, done)
  }

  loadNow(piece: PieceIndex, begin: number, length: number, slot: Slot, headerBytes: number): boolean {
    const { arena, offset } = slot
    return !this.#isClosed && this.#loadNow({ kind: 'load', piece, begin, length, arena, offset, headerBytes })
  }

  check(first: PieceIndex, count: number, done: Done<Uint8Array>): void {
    this.#run({ kind: 'check', first, count, ...this.#expected(first, count) }, done)
  }

  digest(first: PieceIndex, count: number, done: Done<Digests>): void {
    this.#run({ kind: 'digest', first, count }, done)
  }

  finishFile(file: number, done: Done<FinishedFile>): void {
    this.#run({ kind: 'finish', file }, done)
  }

  prepare(done: Done<readonly FileStamp[]>): void {
    this.#run<Float64Array>({ kind: 'prepare' }, (numbers) => {
      done(numbers instanceof AppError ? numbers : unpackStamps(numbers))
    })
  }

  setWanted(wanted: readonly boolean[], done: Done<undefined>): void {
    this.#run({ kind: 'want', wanted }, done)
  }

  stamps(done: Done<readonly FileStamp[]>): void {
    const count = this.#options.info.files.length
    const answers: (Float64Array | AppError)[] = []
    const jobs = Math.max(1, Math.ceil(count / STAMPS_PER_JOB)) // one, if only to answer
    let left = jobs
    for (let n = 0, first = 0; n < jobs; n++, first += STAMPS_PER_JOB) {
      const end = Math.min(count, first + STAMPS_PER_JOB)
      this.#run<Float64Array>({ kind: 'stamps', first, end }, (numbers) => {
        answers[n] = numbers
        if (--left > 0) return
        const failure = answers.find((answer) => answer instanceof AppError)
        done(failure ?? answers.flatMap((answer) => (answer instanceof AppError ? [] : unpackStamps(answer))))
      })
    }
  }

  removeFiles(done: Done<undefined>): void {
    this.#run({ kind: 'remove' }, done)
  }

  moveFiles(dir: string, paths: readonly (readonly string[])[], done: Done<undefined>): void {
    this.#run({ kind: 'move', dir, paths }, done)
  }

  sync(done: Done<undefined>): void {
    this.#run({ kind: 'sync' }, done)
  }

  close(done: Done<undefined>): void {
    this.#run({ kind: 'close' }, done)
    this.#isClosed = true
  }

  #run<Answer>(job: Job, done: Done<Answer>): void {
    assert(!this.#isClosed, 'a closed storage gets no jobs')
    this.#submit(job, done)
  }

  /** Copies: a view would take the whole torrent file along to the worker. */
  #expected(first: PieceIndex, count: number): PieceHashes {
    const { info, pieceRoots } = this.#options
    const { v1, v2 } = hashesAt({ v1: info.pieceHashes, v2: pieceRoots }, first, count)
    return { v1: v1?.slice(), v2: v2?.slice() }
  }
}
