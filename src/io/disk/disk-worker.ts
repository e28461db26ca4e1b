// What runs on a worker of the pool: jobs in by message, answers out by message, one after the other. There are two ways
// in: what is urgent overtakes, before each job of the other way. Uploads wait for a `load`, which takes microseconds
// when the data was just written; behind a queue of stores on a slow disk it would take a second.
import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads'
import { AppError, type ErrorCode } from '../../core/errors.ts'
import { hashesPairs } from '../sha1-pair.ts'
import { DiskJobs } from './disk-jobs.ts'
import type { Job, JobAnswer, StoreJob } from './job.ts'
import type { PieceHashes } from './piece-hash.ts'
import type { StorageSpec } from './storage-spec.ts'

/** The first message to a worker. */
export interface WorkerInit {
  readonly urgent: MessagePort
  readonly memories: readonly SharedArrayBuffer[]
}

/** To a worker, in order on each way. New storages go the urgent way: jobs of both need them. */
export type ToWorker =
  | { readonly kind: 'job'; readonly id: number; readonly storage: number; readonly job: Job }
  | PairOfStores
  | { readonly kind: 'open'; readonly storage: number; readonly spec: StorageSpec }
  | { readonly kind: 'end' }

/** Two whole pieces, to be hashed at once. The second job's number is the next one. */
export interface PairOfStores {
  readonly kind: 'pair'
  readonly id: number
  readonly storage: number
  readonly jobs: readonly [StoreJob, StoreJob]
}

/** From a worker: one for each job. */
export interface FromWorker {
  readonly id: number
  readonly answer: JobAnswer
  /** Of an AppError, which cannot be cloned as such. */
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly cause: unknown } | undefined
  /** See `hashesPairs`. */
  readonly hashesPairs: boolean | undefined
}

const parent = parentPort
if (parent !== null) parent.once('message', (init: WorkerInit) => begin(parent, init)) // worker-thread.ts posts it

function begin(port: MessagePort, { urgent, memories }: WorkerInit): void {
  const jobs = new DiskJobs(memories)
  const serve = (message: ToWorker): void => {
    switch (message.kind) {
      case 'job':
        port.postMessage(answerTo(message.id, () => jobs.run(message.storage, message.job)))
        break
      case 'pair':
        for (const answer of answersTo(jobs, message)) {
          port.postMessage(answer)
          serveUrgent()
        }
        break
      case 'open':
        jobs.open(message.storage, message.spec)
        break
      case 'end':
        jobs.close()
        port.close()
        urgent.close()
        break
    }
  }
  const serveUrgent = (): void => {
    for (let first = receiveMessageOnPort(urgent); first !== undefined; first = receiveMessageOnPort(urgent)) {
      serve(first.message as ToWorker) // the pool posts nothing else
    }
  }
  urgent.on('message', serve)
  port.on('message', (message: ToWorker) => {
    serveUrgent()
    serve(message)
  })
}

/** Both pieces are hashed before the first answer; it is posted before the second piece is written. */
function* answersTo(jobs: DiskJobs, { id, storage, jobs: [first, second] }: PairOfStores): Generator<FromWorker> {
  let hashes: readonly PieceHashes[] = []
  yield answerTo(id, () => {
    hashes = jobs.hash(storage, [first, second])
    return jobs.run(storage, first, hashes[0])
  })
  yield answerTo(id + 1, () => jobs.run(storage, second, hashes[1]))
}

function answerTo(id: number, run: () => JobAnswer): FromWorker {
  try {
    return { id, answer: run(), error: undefined, hashesPairs: hashesPairs() }
  } catch (cause) {
    return { id, answer: undefined, error: describe(cause), hashesPairs: hashesPairs() }
  }
}

function describe(error: unknown): FromWorker['error'] {
  if (error instanceof AppError) {
    const { code, message, cause } = error
    return { code, message, cause }
  }
  // A mistake of ours fails one torrent, not all that this worker serves.
  const message = `the disk failed: ${error instanceof Error ? error.message : String(error)}`
  return { code: 'internal', message, cause: error }
}
