// The files that one worker has open: a bounded number for all its torrents, the least recently used is closed.
import { closeSync, constants, fstatSync, openSync } from 'node:fs'
import { AppError } from '../../core/errors.ts'
import { diskError, errnoOf } from './disk-error.ts'

/** Per worker. The usual limit of a process is 1,024 descriptors, and sockets need most of them. */
const MAX_OPEN_FILES = 128
/** So many keys belong to one storage: more than a torrent can have files (`MAX_FILES`). */
export const KEYS_PER_STORAGE = 2 ** 20

interface OpenFile {
  readonly fd: number
  /** Where the file was when it was opened: if that is another place now, this is another file. */
  readonly place: number
  readonly isWritable: boolean
}

export class OpenFiles {
  /** Least recently used first. */
  readonly #files = new Map<number, OpenFile>()
  readonly #limit: number

  constructor(limit: number = MAX_OPEN_FILES) {
    this.#limit = limit
  }

  /** The descriptor, if the file is open as it is needed. */
  get(key: number, place: number, isWritable: boolean): number | undefined {
    const file = this.#files.get(key)
    if (file === undefined) return undefined
    if (file.place !== place || (isWritable && !file.isWritable)) {
      this.close(key)
      return undefined
    }
    this.#files.delete(key)
    this.#files.set(key, file)
    return file.fd
  }

  /** Opens a regular file, never through a link; throws AppError. Does not wait for the other end of a pipe. */
  open(key: number, place: number, path: string, mode: 'read' | 'write' | 'create'): number {
    const access = mode === 'read' ? constants.O_RDONLY : constants.O_RDWR
    const create = mode === 'create' ? constants.O_CREAT : 0
    const flags = access | create | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
    this.#closeDownTo(this.#limit - 1)
    const fd = this.#open(path, flags, mode)
    if (!fstatSync(fd).isFile()) {
      closeSync(fd)
      const sentence = `something else is where the file "${path}" should be: move it away`
      throw new AppError(mode === 'read' ? 'data-missing' : 'disk-error', sentence)
    }
    this.#files.set(key, { fd, place, isWritable: mode !== 'read' })
    return fd
  }

  #open(path: string, flags: number, mode: string): number {
    const doing = mode === 'read' ? 'read' : 'write'
    try {
      return openSync(path, flags)
    } catch (cause) {
      const errno = errnoOf(cause)
      if (errno !== 'EMFILE' && errno !== 'ENFILE') throw diskError(cause, path, doing)
    }
    this.#closeDownTo(0) // others of this process need descriptors more
    try {
      return openSync(path, flags)
    } catch (cause) {
      throw diskError(cause, path, doing)
    }
  }

  close(key: number): void {
    const file = this.#files.get(key)
    if (file === undefined) return
    this.#files.delete(key)
    closeSync(file.fd)
  }

  /** All keys from `from` to before `to`. */
  closeRange(from: number, to: number): void {
    for (const key of [...this.#files.keys()]) if (key >= from && key < to) this.close(key)
  }

  #closeDownTo(count: number): void {
    for (const key of this.#files.keys()) {
      if (this.#files.size <= count) return
      this.close(key)
    }
  }
}
