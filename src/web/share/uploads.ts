// Files on their way from this browser to the machine where Shoal runs. They go on while the reader is elsewhere in the page,
// wait while there is no connection, and go on from what is there.
import { effect, signal } from '@preact/signals'
import type { UploadRow } from '../../daemon/rpc/page-types.ts'
import { ApiError, isSignedIn, request, sentenceOf } from '../state/api.ts'
import type { ChosenFile } from '../state/dialogs.ts'
import { isConnected } from '../state/live.ts'
import { words } from '../words/words.ts'
import { FIRST_PART_BYTES, nameForLoose, nextPart, nextPartBytes } from './upload-parts.ts'

export interface Upload {
  readonly id: number
  readonly name: string
  readonly fileCount: number
  readonly totalBytes: number
  readonly doneBytes: number
  /** 'waiting': for the connection; 'paused', 'failed': for the reader. */
  readonly state: 'sending' | 'waiting' | 'paused' | 'failed' | 'done'
  readonly error: string
}

/** Those that are under way or wait for the reader; they leave when they are whole or ended. */
export const uploads = signal<readonly Upload[]>([])

/** A file at a time fills most lines; two hide the pauses between parts. A browser has six connections to a daemon. */
const PARTS_AT_ONCE = 2
const AGAIN_MS = 2_000

interface Sending {
  readonly id: number
  readonly files: readonly ChosenFile[]
  readonly name: string | undefined
  readonly whenThere: (path: string) => Promise<void>
  readonly onEnd: (() => void) | undefined
  /** What the daemon knows of it; absent before it was told. */
  row: UploadRow | undefined
  /** What is there, by the daemon's last word. */
  there: { readonly size: number; have: number }[]
  /** Files before it are whole. */
  from: number
  readonly busy: Set<number>
  partBytes: number
  /** Ends what is under way, and waiting. */
  stop: AbortController
}

const byId = new Map<number, Sending>()
let lastId = 0

/**
 * `whenThere` gets the path on the machine where Shoal runs, once all is there; what it throws makes the upload fail, and it
 * can be tried again. `onEnd`: the reader gave it up.
 */
export function upload(
  files: readonly ChosenFile[],
  whenThere: (path: string) => Promise<void>,
  onEnd?: () => void,
): number {
  const paths = files.map(({ path }) => path)
  const id = ++lastId
  const name = nameForLoose(paths, words.share.loose)
  const sending: Sending = {
    ...{ id, files, name, whenThere, onEnd, row: undefined, there: [], from: 0, busy: new Set() },
    ...{ partBytes: FIRST_PART_BYTES, stop: new AbortController() },
  }
  byId.set(id, sending)
  const totalBytes = files.reduce((sum, { file }) => sum + file.size, 0)
  const shown = name ?? (files.length === 1 ? paths[0] : paths[0]?.split('/')[0]) ?? ''
  const row = {
    id,
    name: shown,
    fileCount: files.length,
    totalBytes,
    doneBytes: 0,
    state: 'sending',
    error: '',
  } as const
  uploads.value = [...uploads.value, row]
  warnWhenLeaving()
  void run(sending)
  return id
}

export function pauseUpload(id: number): void {
  change(id, { state: 'paused' })
  byId.get(id)?.stop.abort()
}

/** After a pause or a failure. */
export function resumeUpload(id: number): void {
  const sending = byId.get(id)
  if (sending === undefined) return
  sending.stop.abort()
  sending.stop = new AbortController()
  void run(sending)
}

export function endUpload(id: number): void {
  const sending = byId.get(id)
  if (sending === undefined) return
  sending.stop.abort()
  remove(id)
  sending.onEnd?.()
  // What stays there when this fails is removed after a day.
  if (sending.row !== undefined) request('DELETE', `/uploads/${sending.row.id}`).catch(() => undefined)
}

function change(id: number, told: Partial<Upload>): void {
  uploads.value = uploads.value.map((one) => (one.id === id ? { ...one, ...told } : one))
}

function remove(id: number): void {
  byId.delete(id)
  uploads.value = uploads.value.filter((one) => one.id !== id)
  warnWhenLeaving()
}

/** Never rejects. Ends whole, failed, or when `stop` says so. */
async function run(sending: Sending): Promise<void> {
  const { id, stop } = sending
  while (!stop.signal.aborted) {
    change(id, { state: 'sending', error: '' })
    try {
      const path = await send(sending, stop.signal)
      await sending.whenThere(path)
      change(id, { state: 'done' })
      remove(id)
      return
    } catch (error) {
      if (stop.signal.aborted) return
      if (!isPassing(error)) {
        if (error instanceof ApiError && error.code === '404') sending.row = undefined
        change(id, { state: 'failed', error: sentenceOf(error) })
        return
      }
      change(id, { state: 'waiting' })
      await pause(AGAIN_MS, stop.signal)
      await untilBack(stop.signal)
    }
  }
}

/** The connection, or the session: both come back. 409: a part that was cut off is still being written. */
function isPassing(error: unknown): boolean {
  return error instanceof ApiError && ['not-reached', '401', '409'].includes(error.code)
}

/** Answers where all of it is. */
async function send(sending: Sending, signal: AbortSignal): Promise<string> {
  const { files, name } = sending
  if (sending.row === undefined) {
    const list = files.map(({ path, file }) => ({ path, size: file.size }))
    sending.row = await request<UploadRow>('POST', '/uploads', { name, files: list }, signal)
  } else {
    sending.row = await request<UploadRow>('GET', `/uploads/${sending.row.id}`, undefined, signal)
  }
  const { row } = sending
  sending.there = row.files.map(({ size, have }) => ({ size, have }))
  sending.from = 0
  tellProgress(sending)
  if (row.path !== null) return row.path
  const isBroken = { value: false }
  const lanes = Array.from({ length: PARTS_AT_ONCE }, () => lane(sending, row.id, isBroken, signal))
  // Each is waited for, so that none writes into a later try.
  const failed = (await Promise.allSettled(lanes)).find((one) => one.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  const now = await request<UploadRow>('GET', `/uploads/${row.id}`, undefined, signal)
  if (now.path !== null) return now.path
  // All bytes are there, and yet it is not whole: an empty part says why.
  await request('PUT', `/uploads/${row.id}/0?at=${files[0]?.file.size ?? 0}`, new Blob(), signal)
  const last = await request<UploadRow>('GET', `/uploads/${row.id}`, undefined, signal)
  if (last.path === null) throw new ApiError('internal', words.somethingFailed)
  return last.path
}

/** One part after the other, until none is left that nobody is at, or a lane broke. */
async function lane(sending: Sending, id: string, isBroken: { value: boolean }, signal: AbortSignal): Promise<void> {
  const { files, there, busy } = sending
  while (!isBroken.value) {
    while (isWhole(there[sending.from])) sending.from++
    const part = nextPart(there, sending.from, (file) => busy.has(file), sending.partBytes)
    const progress = part && there[part.file]
    if (part === undefined || progress === undefined) return
    busy.add(part.file)
    try {
      const bytes = await readPart(files[part.file]?.file, part.begin, part.end)
      const startedAt = performance.now()
      const at = `/uploads/${id}/${part.file}?at=${part.begin}`
      const written = await request<{ have: number }>('PUT', at, bytes, signal)
      sending.partBytes = nextPartBytes(sending.partBytes, performance.now() - startedAt)
      progress.have = written.have
      tellProgress(sending, written.have - part.begin)
    } catch (error) {
      isBroken.value = true
      throw error
    } finally {
      busy.delete(part.file)
    }
  }
}

/** Read before it is sent: else a file that was changed or moved could not be told from a lost connection. */
async function readPart(file: File | undefined, begin: number, end: number): Promise<Blob> {
  try {
    return new Blob([await (file ?? new Blob()).slice(begin, end).arrayBuffer()])
  } catch {
    throw new ApiError('usage', words.share.changed(file?.name ?? ''))
  }
}

function isWhole(file: { readonly size: number; readonly have: number } | undefined): boolean {
  return file !== undefined && file.have >= file.size
}

/** `more`: bytes since the last time; without it all are counted. */
function tellProgress({ id, there }: Sending, more?: number): void {
  const before = uploads.peek().find((one) => one.id === id)?.doneBytes ?? 0
  change(id, { doneBytes: more === undefined ? there.reduce((sum, { have }) => sum + have, 0) : before + more })
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  return untilAborted(promise, resolve, signal).finally(() => clearTimeout(timer))
}

/** Until the rest of the page has a connection and a session again: one asks for all. */
function untilBack(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = effect(() => {
    if (isConnected.value && isSignedIn.value === true) resolve()
  })
  return untilAborted(promise, resolve, signal).finally(stop)
}

async function untilAborted(promise: Promise<void>, resolve: () => void, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  signal.addEventListener('abort', resolve)
  await promise
  signal.removeEventListener('abort', resolve)
}

/** Files cannot be chosen again by the page itself: whoever leaves is asked. */
function warnWhenLeaving(): void {
  if (byId.size > 0) addEventListener('beforeunload', ask)
  else removeEventListener('beforeunload', ask)
}

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault()
}
