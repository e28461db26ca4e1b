// What happened to a torrent since its last checkpoint, in order: pieces that were stored, files that were written or renamed. A
// file that only grows, by one call of the system for each: what it was told is kept once the call returns, even if the process is
// killed at once, and nothing ever waits for the disk. After a power cut any part of it may be missing (core/resume-trust.ts).
//
//   record   | its bytes u32 | check u32 | piece f64, -1 for none | wall clock f64, ms | stamps (resume-stamps.ts) |      little-endian
import { closeSync, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { AppError } from '../core/errors.ts'
import { diskError, unless } from '../io/disk/disk-error.ts'

export interface JournalEntry {
  /** NO_PIECE if only the stamps are news. */
  readonly piece: number
  /** Wall clock. */
  readonly recordedAtMs: number
  /** As `packStamps` makes them. */
  readonly stamps: Uint8Array
}

const HEAD_BYTES = 24
const CHECKED_FROM = 8
export const NO_PIECE = -1

export class ResumeJournal {
  /** Which of the torrent's: the database says whose turn it is. */
  readonly generation: number
  readonly #prefix: string
  /** Of whole records. */
  #bytes: number
  #fd: number | undefined

  /** `bytes`: what `readJournal` found whole in it; anything after that is cut off. */
  constructor(prefix: string, generation: number, bytes: number) {
    this.generation = generation
    this.#prefix = prefix
    this.#bytes = bytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get #path(): string {
    return this.#prefix + this.generation
  }

  /** Where in the file the record is. Throws AppError if the disk is full, and the like. */
  append(entry: JournalEntry): number {
    const at = this.#bytes
    this.#write(writeRecord(entry))
    return at
  }

  /** The journal that follows this one: what is in this one from a record on is in it. */
  next(from: number): ResumeJournal {
    const following = new ResumeJournal(this.#prefix, this.generation + 1, 0)
    try {
      following.remove() // a kill or a power cut may have left one that never came to count
      if (from < this.#bytes) following.#write(readWhole(this.#path).subarray(from, this.#bytes))
    } catch (cause) {
      following.close()
      throw diskError(cause, this.#path, 'write')
    }
    return following
  }

  #write(bytes: Uint8Array): void {
    try {
      this.#fd ??= this.#open()
      // What was written in part is overwritten by the next one.
      const written = writeSync(this.#fd, bytes, 0, bytes.length, this.#bytes)
      if (written < bytes.length) {
        throw new AppError('disk-full', `no space left for ${this.#path}: make room, then start again`)
      }
    } catch (cause) {
      throw diskError(cause, this.#path, 'write')
    }
    this.#bytes += bytes.length
  }

  #open(): number {
    const fd = openSync(this.#path, this.#bytes === 0 ? 'w' : 'r+', 0o600)
    ftruncateSync(fd, this.#bytes)
    return fd
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  remove(): void {
    this.close()
    rmSync(this.#path, { force: true })
  }
}

/** All whole records, and their bytes; nothing if there is no such file. Throws AppError if it cannot be read. */
export function readJournal(path: string): { readonly entries: readonly JournalEntry[]; readonly bytes: number } {
  return readRecords(readWhole(path))
}

function readWhole(path: string): Uint8Array {
  try {
    return new Uint8Array(unless(['ENOENT'], () => readFileSync(path)) ?? [])
  } catch (cause) {
    throw diskError(cause, path, 'read')
  }
}

/** Up to the first that is not whole, or not what was written. */
export function readRecords(file: Uint8Array): { readonly entries: readonly JournalEntry[]; readonly bytes: number } {
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  const entries: JournalEntry[] = []
  let at = 0
  while (at + HEAD_BYTES <= file.length) {
    const length = view.getUint32(at, true)
    if (length < HEAD_BYTES || at + length > file.length) break
    if (view.getUint32(at + 4, true) !== checkOf(file.subarray(at + CHECKED_FROM, at + length))) break
    entries.push({
      piece: view.getFloat64(at + 8, true),
      recordedAtMs: view.getFloat64(at + 16, true),
      stamps: file.slice(at + HEAD_BYTES, at + length),
    })
    at += length
  }
  return { entries, bytes: at }
}

export function writeRecord({ piece, recordedAtMs, stamps }: JournalEntry): Uint8Array {
  const record = new Uint8Array(HEAD_BYTES + stamps.length)
  const view = new DataView(record.buffer)
  view.setUint32(0, record.length, true)
  view.setFloat64(8, piece, true)
  view.setFloat64(16, recordedAtMs, true)
  record.set(stamps, HEAD_BYTES)
  view.setUint32(4, checkOf(record.subarray(CHECKED_FROM)), true)
  return record
}

/** FNV-1a: for what a crash leaves, not against people. */
function checkOf(bytes: Uint8Array): number {
  let hash = 0x811c_9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x0100_0193)
  return hash >>> 0
}
