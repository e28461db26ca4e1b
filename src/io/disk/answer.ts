// A job of the disk as a promise, for those who wait for one at a time. The way of a block does not come by here.
import { AppError } from '../../core/errors.ts'
import type { Done } from './disk.ts'

/** Rejects with the job's AppError. */
export function answer<Result>(ask: (done: Done<Result>) => void): Promise<Result> {
  return new Promise((resolve, reject) => {
    ask((result) => (result instanceof AppError ? reject(result) : resolve(result)))
  })
}
