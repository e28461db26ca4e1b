// Files that are read or written as a whole: .torrent files, settings, tokens.
import { link, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { AppError, type ErrorCode } from '../core/errors.ts'

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-found',
  EEXIST: 'exists',
  EACCES: 'disk-permission',
  EPERM: 'disk-permission',
  EROFS: 'disk-read-only',
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
}

const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  'not-found': 'there is no such file or folder',
  exists: 'it exists already; --force replaces it',
  'disk-permission': 'it is not permitted',
  'disk-read-only': 'the disk is read-only',
  'disk-full': 'the disk is full',
}

/** A failure of the operating system as a sentence; an AppError stays what it is. */
export function failedFile(verb: 'read' | 'write', path: string, cause: unknown): AppError {
  if (cause instanceof AppError) return cause
  const errno = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
  const code = CODES[errno] ?? 'disk-error'
  return new AppError(code, `cannot ${verb} "${path}": ${WORDS[code] ?? errno}`, { cause })
}

/** Says before a long work, not after it, that its result could not be written there. */
export async function checkWritable(path: string, mayReplace: boolean): Promise<void> {
  try {
    await stat(dirname(path))
  } catch (cause) {
    throw failedFile('write', path, cause)
  }
  const there = await stat(path).catch(() => undefined) // most likely there is none; the write itself will tell
  if (there?.isDirectory() === true) throw new AppError('exists', `cannot write "${path}": it is a folder`)
  if (there !== undefined && !mayReplace) throw new AppError('exists', `cannot write "${path}": ${WORDS.exists}`)
}

/** By this process, so far. */
let written = 0

/** The whole file or none: readers never see half of it. Without `mayReplace`, AppError 'exists' if there is one. */
export async function writeWhole(path: string, bytes: Uint8Array, mayReplace: boolean, mode = 0o666): Promise<void> {
  const temporary = `${path}.${process.pid}-${++written}.tmp` // another write of it may be under way
  try {
    await writeFile(temporary, bytes, { flag: 'wx', mode })
    if (mayReplace) await rename(temporary, path)
    else await link(temporary, path)
  } catch (cause) {
    throw failedFile('write', path, cause)
  } finally {
    await rm(temporary, { force: true }).catch(() => {}) // the failure itself is what counts
  }
}
