// Torrents that this page asked the daemon to make: what becomes of them is told wherever the reader is by then.
import { effect, signal } from '@preact/signals'
import type { JobRow } from '../../daemon/rpc/page-types.ts'
import { tell, tellError } from '../parts/toast.tsx'
import { ApiError, asSentence, call } from '../state/api.ts'
import { dialog, openDialog } from '../state/dialogs.ts'
import { jobs } from '../state/live.ts'
import { words } from '../words/words.ts'

const text = words.share

export interface ShareOptions {
  readonly trackers?: readonly string[]
  readonly unlisted: boolean
  readonly private: boolean
  readonly version: 'v1' | 'v2' | 'hybrid'
  readonly comment: string
}

/** Jobs of ours that have not ended, as they were when they began. */
const begun = signal<ReadonlyMap<number, JobRow>>(new Map())
/** The job that an open dialog shows: it says itself what becomes of it. */
export const shownJob = signal<number | undefined>(undefined)

/** The job's number. Throws ApiError. */
export async function share(path: string, options: ShareOptions): Promise<number> {
  const job = await call<JobRow>('shoal_share', { path, ...options })
  begun.value = new Map(begun.value).set(job.id, job)
  return job.id
}

/** As it was told last; `undefined` if the daemon knows it no more. */
export function jobOf(id: number): JobRow | undefined {
  return jobs.value.find((job) => job.id === id) ?? begun.value.get(id)
}

export function cancelJob(id: number): void {
  call('shoal_job_cancel', { id }).catch(tellError)
}

export function isHashing({ state }: JobRow): boolean {
  return state === 'hashing'
}

effect(() => {
  const known = begun.peek()
  const ended = jobs.value.filter((job) => known.has(job.id) && (job.hash_string !== null || !isHashing(job)))
  if (ended.length === 0) return
  const left = new Map(known)
  for (const job of ended) {
    left.delete(job.id)
    if (shownJob.peek() !== job.id) report(job)
  }
  begun.value = left
})

function report({ name, state, error, hash_string: hash }: JobRow): void {
  if (hash !== null) {
    tell(text.isShared(name), { label: text.show, onPress: () => openDialog({ kind: 'shared', hash }) })
  } else if (state === 'failed') tellError(new ApiError('failed', text.notShared(name, asSentence(error))))
}

/** While it is made ready, a dialog shows it; then link and code take its place. */
export function showWhenShared({ hash_string: hash }: JobRow): void {
  if (hash !== null && dialog.peek()?.kind === 'share') openDialog({ kind: 'shared', hash })
}
