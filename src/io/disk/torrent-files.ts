// The files of one torrent, as one worker sees them: where each of them is, under which name, and its descriptor.
import { fstatSync, ftruncateSync, lstatSync, type Stats, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, assert } from '../../core/errors.ts'
import { Geometry } from '../../core/geometry.ts'
import type { PlacedFile } from '../../core/metainfo/metainfo.ts'
import { type FileStamp, PART_SUFFIX } from './disk.ts'
import { diskError } from './disk-error.ts'
import { FilePlaces, numberedName, type Place } from './file-places.ts'
import { Folders } from './folders.ts'
import { KEYS_PER_STORAGE, type OpenFiles } from './open-files.ts'
import { readFiles, type StorageSpec } from './storage-spec.ts'

/** In place of a file's number: the file that holds the ends of absent files, each byte at its offset in the torrent. */
export const PARTS_FILE = KEYS_PER_STORAGE - 1

export class TorrentFiles {
  readonly spec: StorageSpec
  readonly all: readonly PlacedFile[]
  readonly geometry: Geometry
  readonly places: FilePlaces
  readonly folders: Folders
  /** Files written to since the last sync. */
  readonly dirty = new Set<number>()
  /** No file before this one is absent; files never become absent again. */
  firstAbsent = 0
  readonly #open: OpenFiles
  /** Key of file 0 among the open files. */
  readonly #firstKey: number

  /** `id` tells the torrents of a worker apart. */
  constructor(id: number, spec: StorageSpec, open: OpenFiles) {
    this.spec = spec
    this.all = readFiles(spec)
    this.geometry = new Geometry(this.all, spec.pieceLength)
    this.places = new FilePlaces(spec.places)
    this.folders = new Folders(spec.dir)
    this.#open = open
    this.#firstKey = id * KEYS_PER_STORAGE
  }

  file(file: number): PlacedFile {
    const entry = this.all[file]
    assert(entry !== undefined, 'a file of this torrent')
    return entry
  }

  /** Where the file is; looks when nobody has yet. */
  place(file: number): Place {
    const place = this.places.get(file)
    if (place !== 'unknown') return place
    const [found, nameNumber] = this.#look(file)
    this.places.advance(file, 'unknown', found, nameNumber)
    return this.places.get(file)
  }

  #look(file: number): readonly [Place, number] {
    const { mode, finished } = this.spec
    const nameNumber = finished.get(file)
    if (mode === 'share') return ['real', nameNumber ?? 0]
    if (nameNumber !== undefined && this.stats(this.realPath(file, nameNumber)) !== undefined) {
      return ['real', nameNumber]
    }
    const part = this.stats(this.partPath(file))
    const real = this.stats(this.realPath(file))
    if (part !== undefined && real !== undefined && isSameFile(part, real)) {
      // A kill came between the two steps of giving it its real name.
      this.writing(file, () => unlinkSync(this.folders.show(this.partPath(file))))
      return ['real', 0]
    }
    if (part !== undefined) return ['part', 0]
    return [real?.size === this.file(file).length ? 'foreign' : 'absent', 0]
  }

  /** Of a regular file; `undefined` if there is none. */
  stats(path: readonly string[]): Stats | undefined {
    const name = this.folders.locate(path)
    if (name === undefined) return undefined
    const stats = lstatSync(name, { throwIfNoEntry: false })
    return stats?.isFile() === true ? stats : undefined
  }

  realPath(file: number, nameNumber = 0): readonly string[] {
    const { path } = this.file(file)
    return nameNumber === 0 ? path : path.with(-1, numberedName(path.at(-1) ?? '', nameNumber))
  }

  partPath(file: number): readonly string[] {
    return partPath(this.file(file).path)
  }

  /** Below the download folder. For an absent file: what it will be. */
  currentPath(file: number): readonly string[] {
    if (file === PARTS_FILE) return [this.spec.partsFile]
    const place = this.place(file)
    return place === 'part' || place === 'absent'
      ? this.partPath(file)
      : this.realPath(file, this.places.nameNumber(file))
  }

  show(file: number): string {
    return this.folders.show(this.currentPath(file))
  }

  /** As it is on disk now. */
  stamp(file: number): FileStamp {
    const stats = this.place(file) === 'absent' ? undefined : this.stats(this.currentPath(file))
    return stats === undefined ? { file, sizeBytes: -1, modifiedAtMs: -1 } : stampOf(file, stats)
  }

  /** Descriptor of a file that is not absent, or of the parts file; `undefined` if it does not exist. */
  fdToRead(file: number): number | undefined {
    // Twice: another worker may give it its real name between our look at the place and the opening.
    return this.#openToRead(file) ?? this.#openToRead(file)
  }

  #openToRead(file: number): number | undefined {
    const word = this.#placeWord(file)
    const known = this.#open.get(this.#firstKey + file, word, false)
    if (known !== undefined) return known
    const name = this.folders.locate(this.currentPath(file))
    if (name === undefined) return undefined
    try {
      return this.#open.open(this.#firstKey + file, word, name, 'read')
    } catch (error) {
      if (error instanceof AppError && error.code === 'data-missing') return undefined
      throw error
    }
  }

  /** Descriptor of a file that was made ours (make-ours.ts), or of the parts file, which is made if missing. */
  fdToWrite(file: number): number {
    const isParts = file === PARTS_FILE
    const word = this.#placeWord(file)
    const known = this.#open.get(this.#firstKey + file, word, true)
    if (known !== undefined) return known
    const path = this.currentPath(file)
    const name = join(this.folders.make(path), path.at(-1) ?? '')
    // A file of ours that is gone is not made again: without what was written to it, it would be full of holes.
    const fd = this.#open.open(this.#firstKey + file, word, name, isParts ? 'create' : 'write')
    if (!isParts) this.writing(file, () => extend(fd, this.file(file).length))
    return fd
  }

  #placeWord(file: number): number {
    if (file === PARTS_FILE) return 0
    this.place(file)
    return this.places.word(file)
  }

  closeFile(file: number): void {
    this.#open.close(this.#firstKey + file)
  }

  close(): void {
    this.#open.closeRange(this.#firstKey, this.#firstKey + KEYS_PER_STORAGE)
  }

  /** Runs calls of the system; what they throw becomes an AppError that names the file. */
  reading<Result>(file: number, action: () => Result): Result {
    return this.#guarded(file, 'read', action)
  }

  writing<Result>(file: number, action: () => Result): Result {
    return this.#guarded(file, 'write', action)
  }

  #guarded<Result>(file: number, doing: 'read' | 'write', action: () => Result): Result {
    try {
      return action()
    } catch (cause) {
      throw diskError(cause, this.show(file), doing)
    }
  }
}

export function partPath(path: readonly string[]): readonly string[] {
  return path.with(-1, (path.at(-1) ?? '') + PART_SUFFIX)
}

/** One file with two names. */
export function isSameFile(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev
}

export function stampOf(file: number, stats: Stats): FileStamp {
  return { file, sizeBytes: stats.size, modifiedAtMs: stats.mtimeMs }
}

/** Sparse, and never shorter than it was. */
export function extend(fd: number, length: number): void {
  if (fstatSync(fd).size < length) ftruncateSync(fd, length)
}
