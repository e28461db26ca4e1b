// What runs on a worker of the pool: jobs in by message, answers out by message, one after the other.
import { parentPort, workerData } from 'node:worker_threads'
import { AppError, type ErrorCode } from '../../core/errors.ts'
import { DiskJobs, type Job, type JobAnswer } from './disk-jobs.ts'
import type { StorageSpec } from './storage-spec.ts'

/** To a worker, in order. */
export type ToWorker =
  | { readonly kind: 'job'; readonly id: number; readonly storage: number; readonly job: Job }
  | { readonly kind: 'open'; readonly storage: number; readonly spec: StorageSpec }
  | { readonly kind: 'memory'; readonly arena: number; readonly memory: SharedArrayBuffer }
  | { readonly kind: 'drop'; readonly arena: number }
  | { readonly kind: 'end' }

/** From a worker: one for each job. */
export interface FromWorker {
  readonly id: number
  readonly answer: JobAnswer
  /** Of an AppError, which cannot be cloned as such. */
  readonly error: { readonly code: ErrorCode; readonly message: string; readonly cause: unknown } | undefined
}

const port = parentPort
if (port !== null && workerData === 'disk') {
  const jobs = new DiskJobs()
  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'job':
        port.postMessage(run(jobs, message.id, message.storage, message.job))
        break
      case 'open':
        jobs.open(message.storage, message.spec)
        break
      case 'memory':
        jobs.addMemory(message.arena, message.memory)
        break
      case 'drop':
        jobs.dropMemory(message.arena)
        break
      case 'end':
        jobs.close()
        port.close()
        break
    }
  })
}

function run(jobs: DiskJobs, id: number, storage: number, job: Job): FromWorker {
  try {
    return { id, answer: jobs.run(storage, job), error: undefined }
  } catch (error) {
    if (error instanceof AppError) {
      const { code, message, cause } = error
      return { id, answer: undefined, error: { code, message, cause } }
    }
    // A mistake of ours fails one torrent, not all that this worker serves.
    const message = `the disk failed: ${error instanceof Error ? error.message : String(error)}`
    return { id, answer: undefined, error: { code: 'internal', message, cause: error } }
  }
}
