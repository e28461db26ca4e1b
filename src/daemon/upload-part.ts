// A part of an uploaded file: its bytes go to the disk as they come, so that no part is ever whole in memory.
import { constants } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../core/errors.ts'
import { failedFile } from '../io/files.ts'

export interface UploadFile {
  /** Below the work folder. */
  readonly path: readonly string[]
  readonly size: number
  have: number
  isWriting: boolean
}

export interface Part {
  readonly file: number
  /** Where in the file it begins. */
  readonly at: number
  readonly length: number
  readonly bytes: AsyncIterable<Uint8Array>
}

/**
 * Writes what comes at the end of what is here; whatever stops it, that stays. Throws AppError: 'network' if the bytes end
 * early, 'not-found' by the signal, or of the disk.
 */
export async function appendPart(
  work: string,
  file: UploadFile,
  { bytes, length }: Part,
  signal: AbortSignal,
): Promise<void> {
  const path = join(work, ...file.path)
  const end = file.have + length
  file.isWriting = true
  try {
    if (file.have === 0) await mkdir(dirname(path), { recursive: true })
    await using handle = await open(path, constants.O_WRONLY | constants.O_CREAT)
    if (file.have === 0) await handle.truncate()
    for await (const chunk of untilStopped(bytes, signal)) {
      const fitting = chunk.subarray(0, end - file.have)
      for (let written = 0; written < fitting.length; ) {
        const { bytesWritten } = await handle.write(fitting, written, fitting.length - written, file.have)
        written += bytesWritten
        file.have += bytesWritten
      }
    }
  } catch (cause) {
    throw failedFile('write', path, cause)
  } finally {
    file.isWriting = false
  }
}

/** A client that sends nothing more would hold up who ends the upload. */
async function* untilStopped(bytes: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const stopped = Promise.withResolvers<never>()
  const onAbort = (): void => stopped.reject(ended())
  stopped.promise.catch(() => {}) // often nobody waits for it
  signal.addEventListener('abort', onAbort)
  if (signal.aborted) onAbort()
  const iterator = bytes[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await Promise.race([iterator.next().catch(broken), stopped.promise])
      if (next.done === true) return
      yield next.value
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

export function ended(): AppError {
  return new AppError('not-found', 'this upload was ended: begin anew')
}

function broken(cause: unknown): never {
  throw new AppError('network', 'the connection broke: ask how much is here, and go on there', { cause })
}
