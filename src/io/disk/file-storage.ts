// The files of one torrent on disk, as one worker sees them: bytes of pieces in, bytes of pieces out, at the offsets that
// the torrent says. How files are made, moved and finished is in file-upkeep.ts.
import { fstatSync, ftruncateSync, lstatSync, readSync, readvSync, type Stats, writeSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, assert } from '../../core/errors.ts'
import { BLOCK_BYTES, Geometry } from '../../core/geometry.ts'
import type { PieceIndex } from '../../core/ids.ts'
import { isSameFile, makeOurs, removePart } from './file-upkeep.ts'
import { type FileStamp, PART_SUFFIX } from './disk.ts'
import { diskError } from './disk-error.ts'
import { FilePlaces, numberedName, type Place } from './file-places.ts'
import { Folders } from './folders.ts'
import { KEYS_PER_STORAGE, type OpenFiles } from './open-files.ts'
import type { SpecFile, StorageSpec } from './storage-spec.ts'

/** In place of a file's number: the file that holds the ends of absent files, each byte at its offset in the torrent. */
export const PARTS_FILE = KEYS_PER_STORAGE - 1

export class FileStorage {
  readonly spec: StorageSpec
  readonly geometry: Geometry
  readonly places: FilePlaces
  readonly folders: Folders
  readonly #open: OpenFiles
  /** Key of file 0 among the open files. */
  readonly #firstKey: number
  /** Files written to since the last sync. */
  readonly dirty = new Set<number>()
  /** No file before this one is absent; files never become absent again. */
  firstAbsent = 0

  /** `id` tells the storages of a worker apart. */
  constructor(id: number, spec: StorageSpec, open: OpenFiles) {
    this.spec = spec
    this.geometry = new Geometry(spec.files, spec.pieceLength)
    this.places = new FilePlaces(spec.places)
    this.folders = new Folders(spec.dir)
    this.#open = open
    this.#firstKey = id * KEYS_PER_STORAGE
  }

  file(file: number): SpecFile {
    const entry = this.spec.files[file]
    assert(entry !== undefined, 'a file of this torrent')
    return entry
  }

  /**
   * Fills `bytes` from the torrent's bytes that begin at `begin` of a piece, and may go on in the pieces after it.
   * Padding is zeros. False if something is missing: then what is in `bytes` is worth nothing.
   */
  read(piece: PieceIndex, begin: number, bytes: Uint8Array): boolean {
    let end = 0
    let isWhole = true
    const isOnePiece = begin + bytes.length <= this.geometry.pieceBytes(piece)
    this.geometry.spans(piece, begin, bytes.length, (file, offset, length, at) => {
      if (!isWhole) return
      bytes.fill(0, end, at)
      end = at + length
      if (this.place(file) !== 'absent') isWhole = this.#readFile(file, offset, bytes, at, length)
      else isWhole = isOnePiece && this.#isBorder(piece, file) && this.#readParts(file, offset, bytes, at, length)
    })
    bytes.fill(0, end)
    return isWhole
  }

  /** Does the piece hold bytes of other files too? */
  #isBorder(piece: PieceIndex, file: number): boolean {
    const { offset, length } = this.file(file)
    const start = this.geometry.pieceOffset(piece)
    return start < offset || start + this.geometry.dataBytes(piece) > offset + length
  }

  /** Reads blocks, each behind a gap: see `Storage.load`. */
  readBlocks(piece: PieceIndex, begin: number, length: number, bytes: Uint8Array, gapBytes: number): boolean {
    const blocks: Uint8Array[] = []
    for (let at = 0, to = gapBytes; at < length; at += BLOCK_BYTES, to += gapBytes + BLOCK_BYTES) {
      blocks.push(bytes.subarray(to, to + Math.min(BLOCK_BYTES, length - at)))
    }
    if (this.#readVectored(piece, begin, length, blocks)) return true
    return blocks.every((block, n) => this.read(piece, begin + n * BLOCK_BYTES, block))
  }

  /** The usual case: all of it lies in one file, and one call of the system reads it. False: read it another way. */
  #readVectored(piece: PieceIndex, begin: number, length: number, blocks: readonly Uint8Array[]): boolean {
    let only = -1
    let from = 0
    this.geometry.spans(piece, begin, length, (file, offset, spanLength) => {
      if (spanLength !== length) return
      only = file
      from = offset
    })
    if (only < 0) return false
    if (this.place(only) === 'absent') return false
    const fd = this.fdToRead(only)
    if (fd === undefined) return false
    try {
      return readvSync(fd, blocks, from) === length
    } catch (cause) {
      throw diskError(cause, this.show(only), 'read')
    }
  }

  #readFile(file: number, offset: number, bytes: Uint8Array, at: number, length: number): boolean {
    const fd = this.fdToRead(file)
    return fd !== undefined && this.#readFully(file, fd, bytes, at, length, offset)
  }

  #readParts(file: number, offset: number, bytes: Uint8Array, at: number, length: number): boolean {
    const fd = this.fdToRead(PARTS_FILE)
    return fd !== undefined && this.#readFully(PARTS_FILE, fd, bytes, at, length, this.file(file).offset + offset)
  }

  #readFully(file: number, fd: number, bytes: Uint8Array, at: number, length: number, position: number): boolean {
    try {
      for (let done = 0; done < length; ) {
        const read = readSync(fd, bytes, at + done, length - done, position + done)
        if (read === 0) return false
        done += read
      }
    } catch (cause) {
      throw diskError(cause, this.show(file), 'read')
    }
    return true
  }

  /** Writes the bytes that begin at `begin` of a piece; returns how the files that were touched are now. */
  write(piece: PieceIndex, begin: number, bytes: Uint8Array): FileStamp[] {
    assert(this.spec.mode === 'download', 'what is only shared is never written to')
    const stamps: FileStamp[] = []
    this.geometry.spans(piece, begin, bytes.length, (file, offset, length, at) => {
      const isUnwanted = this.spec.wanted[file] === 0
      if (isUnwanted && this.place(file) === 'absent' && this.#isBorder(piece, file)) {
        this.writeFully(PARTS_FILE, bytes, at, length, this.file(file).offset + offset)
        if (this.place(file) === 'absent') return
        // Another worker made the file meanwhile, and may have missed what was just written: write it there too.
      }
      this.writeFully(file, bytes, at, length, offset)
      const fd = this.fdToWrite(file)
      stamps.push(this.guarded(file, () => stampOf(file, fstatSync(fd))))
    })
    return stamps
  }

  /** To a file or the parts file; makes it if it is absent. */
  writeFully(file: number, bytes: Uint8Array, at: number, length: number, position: number): void {
    const fd = this.fdToWrite(file)
    this.dirty.add(file)
    try {
      for (let done = 0; done < length; ) {
        done += writeSync(fd, bytes, at + done, length - done, position + done)
      }
    } catch (cause) {
      throw diskError(cause, this.show(file), 'write')
    }
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
      removePart(this, file) // a kill came between the two steps of `finish`
      return ['real', 0]
    }
    if (part !== undefined) return ['part', 0]
    return [real?.size === this.file(file).length ? 'foreign' : 'absent', 0]
  }

  /** Of a regular file; `undefined` if there is none. */
  stats(path: readonly string[]): Stats | undefined {
    const folder = this.folders.find(path)
    if (folder === undefined) return undefined
    const stats = lstatSync(join(folder, path.at(-1) ?? ''), { throwIfNoEntry: false })
    return stats?.isFile() === true ? stats : undefined
  }

  realPath(file: number, nameNumber = 0): readonly string[] {
    const { path } = this.file(file)
    return nameNumber === 0 ? path : path.with(-1, numberedName(path.at(-1) ?? '', nameNumber))
  }

  partPath(file: number): readonly string[] {
    const { path } = this.file(file)
    return path.with(-1, (path.at(-1) ?? '') + PART_SUFFIX)
  }

  /** Below the download folder. For an absent file: what it will be. */
  currentPath(file: number): readonly string[] {
    if (file === PARTS_FILE) return [this.spec.partsFile]
    const place = this.places.get(file)
    return place === 'part' || place === 'absent'
      ? this.partPath(file)
      : this.realPath(file, this.places.nameNumber(file))
  }

  show(file: number): string {
    return this.folders.show(this.currentPath(file))
  }

  /** Descriptor of a file that is not absent, or of the parts file; `undefined` if it does not exist. */
  fdToRead(file: number): number | undefined {
    // Twice: another worker may give it its real name between our look at the place and the opening.
    return this.#openToRead(file) ?? this.#openToRead(file)
  }

  #openToRead(file: number): number | undefined {
    const place = this.#placeWord(file)
    const known = this.#open.get(this.#firstKey + file, place, false)
    if (known !== undefined) return known
    const path = this.currentPath(file)
    const folder = this.folders.find(path)
    if (folder === undefined) return undefined
    try {
      return this.#open.open(this.#firstKey + file, place, join(folder, path.at(-1) ?? ''), 'read')
    } catch (error) {
      if (error instanceof AppError && error.code === 'data-missing') return undefined
      throw error
    }
  }

  /** Descriptor of a file of ours or of the parts file, which are made if they are absent. */
  fdToWrite(file: number): number {
    const isParts = file === PARTS_FILE
    if (!isParts) makeOurs(this, file)
    const place = this.#placeWord(file)
    const known = this.#open.get(this.#firstKey + file, place, true)
    if (known !== undefined) return known
    // A file that was made before is not made again: without what was written to it, it would be full of holes.
    const path = this.currentPath(file)
    const name = join(this.folders.make(path), path.at(-1) ?? '')
    const fd = this.#open.open(this.#firstKey + file, place, name, isParts ? 'create' : 'write')
    if (!isParts) this.guarded(file, () => extend(fd, this.file(file).length))
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

  /** As it is on disk now. */
  stamp(file: number): FileStamp {
    const stats = this.place(file) === 'absent' ? undefined : this.stats(this.currentPath(file))
    return stats === undefined ? { file, sizeBytes: -1, modifiedAtMs: -1 } : stampOf(file, stats)
  }

  /** Runs calls of the system that write; what they throw becomes an AppError that names the file. */
  guarded<Result>(file: number, action: () => Result): Result {
    try {
      return action()
    } catch (cause) {
      throw diskError(cause, this.show(file), 'write')
    }
  }
}

/** Sparse, and never shorter than it was. */
export function extend(fd: number, length: number): void {
  if (fstatSync(fd).size < length) ftruncateSync(fd, length)
}

function stampOf(file: number, stats: Stats): FileStamp {
  return { file, sizeBytes: stats.size, modifiedAtMs: stats.mtimeMs }
}
