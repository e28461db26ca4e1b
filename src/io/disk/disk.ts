// The disk as the engine sees it: jobs go out with numbers, results come back as one call each. disk-pool.ts runs them
// on worker threads, inline-disk.ts on this thread (tests, simulation); test/suites/disk.ts holds both to this contract.
import type { AppError } from '../../core/errors.ts'
import type { Info, PlacedFile } from '../../core/metainfo/metainfo.ts'
import type { PieceIndex } from '../../core/ids.ts'
import type { Seen } from './look.ts'

/**
 * Large pieces are handed over in segments of this size, in order, so that memory does not grow with the piece length.
 * 4 MiB: most torrents have smaller pieces, which then are hashed before a byte of them is written.
 */
export const SEGMENT_BYTES = 4 * 1024 * 1024

/** Room for one segment (or one run of blocks to send), made once and reused. Owned by whoever reserved it. */
export interface Slot {
  readonly bytes: Uint8Array<SharedArrayBuffer>
  /** Which of the pool's memories it lies in, and where: all that a worker is told. */
  readonly arena: number
  readonly offset: number
}

/** What the disk needs of a torrent. */
export type StoredInfo = Pick<Info, 'geometry' | 'pieceHashes' | 'infoHashV1' | 'infoHashV2'> & {
  readonly files: readonly PlacedFile[]
}

export interface StorageOptions {
  readonly info: StoredInfo
  /** v2 and hybrid: expected Merkle root of every piece. */
  readonly pieceRoots: Uint8Array | undefined
  /** The download folder; made if missing. */
  readonly dir: string
  /** Files that are wanted, by number; border data of the others goes to one hidden file (`partsFileName`). */
  readonly wanted: readonly boolean[]
  /** 'share': files are complete, somebody else's, and never written to. 'download': ours, `.part` until complete. */
  readonly mode: 'share' | 'download'
  /**
   * Files that `finishFile` finished before, by number, with the names it gave them: they are found under these names
   * and repaired in place. Any other file under a real name is somebody else's: if it has the right size its good
   * pieces are used, but before the first write it is copied, and it stays as it was.
   */
  readonly finished?: ReadonlyMap<number, string> | undefined
}

/**
 * Size and modification time of a file as it was last seen; -1 and -1 if it does not exist. What the parts file holds of
 * an unwanted file is no file.
 */
export interface FileStamp {
  readonly file: number
  readonly sizeBytes: number
  readonly modifiedAtMs: number
}

export interface FinishedFile extends FileStamp {
  /** What the file is called now: its own name, or `name (1).ext` if something else has that. See `finished`. */
  readonly name: string
}

export interface Stored {
  readonly result: 'stored' | 'bad-hash' | 'more'
  /** Files that the write touched; for the last of several segments, all that the piece touched. */
  readonly stamps: readonly FileStamp[]
  /** One 8-byte digest per block, if asked for or if the hash was bad: tells which sender's block was the bad one. */
  readonly digests: Uint8Array | undefined
}

/** Called once, never from inside the call that took the job. */
export type Done<Result> = (result: Result | AppError) => void

export interface Storage {
  /**
   * Stores `slot[0..length)`, which begins at `begin` of the piece. Segments of a piece come in order; all but the last
   * answer 'more'. The last (usually the only) one answers whether the whole piece's hash is right. A piece of a single
   * segment is written only if it is. Padding at the piece's end is not in the slot: the hash adds its zeros.
   */
  store(piece: PieceIndex, begin: number, slot: Slot, length: number, wantDigests: boolean, done: Done<Stored>): void
  /** A piece whose segments were partly stored is given up: forget its hash state. */
  abandon(piece: PieceIndex): void
  /**
   * Reads `length` bytes from `begin` of a piece into the slot as blocks of 16 KiB, each behind a gap of `headerBytes`:
   * `[gap][block 0][gap][block 1]...`; padding reads as zeros. The answer is the number of bytes read.
   */
  load(piece: PieceIndex, begin: number, length: number, slot: Slot, headerBytes: number, done: Done<number>): void
  /**
   * As `load`, at once, if that needs no waiting for a disk. False: it could not be said or done, and what is in the slot is
   * worth nothing.
   */
  loadNow(piece: PieceIndex, begin: number, length: number, slot: Slot, headerBytes: number): boolean
  /** Hashes `count` pieces from `first` on disk: one byte each, 1 good, 0 bad or missing. */
  check(first: PieceIndex, count: number, done: Done<Uint8Array>): void
  /** Hashes pieces without comparing: v1 20 bytes each, then v2 32 bytes each, as far as the torrent has them. */
  digest(first: PieceIndex, count: number, done: Done<Digests>): void
  /** The file's pieces are all there: give it its real name (never over an existing file) and mode. */
  finishFile(file: number, done: Done<FinishedFile>): void
  /** Makes the download folder, and of what is wanted empty files and symlinks; answers with the stamps of all files. */
  prepare(done: Done<readonly FileStamp[]>): void
  /** Which files are wanted changed. What was kept of them in the parts file is moved when they are written or finished. */
  setWanted(wanted: readonly boolean[], done: Done<undefined>): void
  /** Size and time of every file, after the jobs before it. */
  stamps(done: Done<readonly FileStamp[]>): void
  /** Takes away the files, links and empty folders that the torrent made; somebody else's stay. Nothing comes after it. */
  removeFiles(done: Done<undefined>): void
  /**
   * Takes all files to a download folder, there with these paths by file number, or fails ('exists' if something is in
   * the way) and leaves all where they are. Nothing comes after it.
   */
  moveFiles(dir: string, paths: readonly (readonly string[])[], done: Done<undefined>): void
  /** Bytes reach the platters: what a power cut needs. */
  sync(done: Done<undefined>): void
  /** All jobs before it are done, all files closed. */
  close(done: Done<undefined>): void
}

export interface Digests {
  readonly v1: Uint8Array | undefined
  readonly v2: Uint8Array | undefined
}

export interface Disk {
  open(options: StorageOptions): Storage
  /** What is at these paths; an error if one is gone, or a file that may not be read. Links are not followed. */
  look(paths: readonly string[], done: Done<readonly Seen[]>): void
  /**
   * A slot of at least `bytes` bytes, to receive SEGMENT_BYTES at most, or `undefined` when the memory set aside is in
   * use: then wait for a release.
   */
  reserve(bytes: number, purpose: 'receive' | 'send'): Slot | undefined
  release(slot: Slot): void
  close(): Promise<void>
}

/** The hidden file beside the torrent's files that holds data of unwanted files which share a piece with wanted ones. */
export function partsFileName(infoHashHex: string): string {
  return `.${infoHashHex}.parts`
}

export { PART_SUFFIX } from '../../core/metainfo/name-tree.ts'
