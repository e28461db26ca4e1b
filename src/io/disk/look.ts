// What is at paths that a torrent is to be made of: many with one job, because each by itself costs a thread's wake-up.
import { accessSync, constants, lstatSync, type Stats } from 'node:fs'
import { AppError } from '../../core/errors.ts'
import { errnoOf } from './disk-error.ts'

export interface Seen {
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  readonly isExecutable: boolean
}

const ALL_READ = 0o444

/** Links are not followed. Throws AppError if something is gone, or a file that may not be read. */
export function look(paths: readonly string[]): Seen[] {
  return paths.map((path) => {
    try {
      const stats = lstatSync(path)
      if (stats.isFile() && !canAllRead(stats)) accessSync(path, constants.R_OK)
      return seen(stats)
    } catch (cause) {
      return refuseToRead(path, cause)
    }
  })
}

/** The usual case, and one call of the system less for each file. */
function canAllRead({ mode }: Stats): boolean {
  return (mode & ALL_READ) === ALL_READ
}

function seen(stats: Stats): Seen {
  return {
    kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'other',
    sizeBytes: stats.size,
    modifiedAtMs: stats.mtimeMs,
    isExecutable: process.platform !== 'win32' && (stats.mode & constants.S_IXUSR) !== 0,
  }
}

/** The words for somebody who named this path, or a folder that holds it. */
export function refuseToRead(path: string, cause: unknown): never {
  switch (errnoOf(cause)) {
    case 'ENOENT':
      throw new AppError('not-found', `there is no "${path}"`, { cause })
    case 'EACCES':
    case 'EPERM':
      throw new AppError('disk-permission', `no permission to read "${path}"`, { cause })
    default:
      throw new AppError('disk-error', `cannot read "${path}" (${errnoOf(cause)})`, { cause })
  }
}
