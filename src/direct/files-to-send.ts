// What a user names to be sent: files, and folders with all that is in them.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { getMimeType } from 'hono/utils/mime'
import { AppError } from '../core/errors.ts'
import { failedFile } from '../io/files.ts'
import { MAX_FILES } from './protocol.ts'

export interface FileToSend {
  readonly path: string
  /** As the receiver should call it, with `/`. */
  readonly name: string
  readonly size: number
  readonly type: string
}

/** Links are left out: they would lead elsewhere on the other side. Throws AppError. */
export async function filesToSend(paths: readonly string[]): Promise<FileToSend[]> {
  const files: FileToSend[] = []
  for (const path of paths) await gather(resolve(path), basename(resolve(path)), files)
  if (files.length === 0) throw new AppError('usage', 'there is no file in that: nothing to send')
  return files
}

async function gather(path: string, name: string, files: FileToSend[]): Promise<void> {
  try {
    const stats = await stat(path)
    if (stats.isFile()) {
      if (files.length >= MAX_FILES)
        throw new AppError('usage', `more than ${MAX_FILES} files: share them as a torrent`)
      files.push({ path, name, size: stats.size, type: getMimeType(name) ?? 'application/octet-stream' })
    }
    if (!stats.isDirectory()) return
    const entries = await readdir(path, { withFileTypes: true })
    const wanted = entries.filter((entry) => entry.isFile() || entry.isDirectory())
    for (const entry of wanted.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      await gather(join(path, entry.name), `${name}/${entry.name}`, files)
    }
  } catch (cause) {
    throw failedFile('read', path, cause)
  }
}

/** SHA-256, hex. Throws AppError. */
export async function hashFile({ path }: FileToSend, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash, { signal })
    return hash.digest('hex')
  } catch (cause) {
    if (signal.aborted) throw new AppError('interrupted', 'the transfer was cancelled', { cause })
    throw failedFile('read', path, cause)
  }
}
