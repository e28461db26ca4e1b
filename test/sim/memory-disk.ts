// A disk that knows what a torrent's bytes should be and keeps only which pieces it has: a thousand peers fit into memory.
// A stored piece is compared instead of hashed and written; what is sent is copied from the one true content.
import type { PieceIndex } from '../../src/core/ids.ts'
import { BLOCK_BYTES } from '../../src/core/geometry.ts'
import type {
  Digests,
  Disk,
  Done,
  FileStamp,
  FinishedFile,
  Slot,
  Storage,
  StorageOptions,
  Stored,
} from '../../src/io/disk/disk.ts'
import { DIGEST_BYTES, digestBlocks } from '../../src/io/disk/piece-hash.ts'
import type { MadeTorrent } from '../support/torrents.ts'
import type { VirtualTime } from './virtual-time.ts'

/** Long enough that nothing is answered from inside a call, and short beside the lines. */
const JOB_MS = 0.1
/** As the real disk has it. */
const RECEIVE_BYTES = 32 * 1024 * 1024
const SEND_BYTES = 8 * 1024 * 1024

export class MemoryDisk implements Disk {
  readonly #time: VirtualTime
  readonly #torrent: MadeTorrent
  readonly #isLiar: boolean
  /** Memory that was given back, by size; shared by all disks. */
  readonly #free: Map<number, Uint8Array<SharedArrayBuffer>[]>
  readonly #used = { receive: 0, send: 0 }
  readonly #purposes = new Map<Slot, 'receive' | 'send'>()

  /** A liar's disk gives every fourth block with a wrong byte. */
  constructor(
    time: VirtualTime,
    torrent: MadeTorrent,
    free: Map<number, Uint8Array<SharedArrayBuffer>[]>,
    isLiar: boolean,
  ) {
    this.#isLiar = isLiar
    this.#time = time
    this.#torrent = torrent
    this.#free = free
  }

  open({ mode, info }: StorageOptions): Storage {
    const torrent = this.#torrent
    const { pieceCount } = info.geometry
    const has = new Uint8Array(pieceCount).fill(mode === 'share' ? 1 : 0)
    const later = <Result>(done: Done<Result>, result: () => Result): void => {
      this.#time.plan(JOB_MS, () => done(result()))
    }
    const stamps = (): FileStamp[] =>
      info.files.map((file, n) => ({
        file: n,
        sizeBytes: mode === 'share' ? file.length : -1,
        modifiedAtMs: mode === 'share' ? 0 : -1,
      }))
    return {
      store: (piece, begin, slot, length, wantDigests, done: Done<Stored>) =>
        later<Stored>(done, () => {
          const isGood = Buffer.compare(slot.bytes.subarray(0, length), torrent.piece(piece).subarray(begin)) === 0
          if (isGood) has[piece] = 1
          const digests = new Uint8Array(info.geometry.blockCount(piece) * DIGEST_BYTES)
          if (wantDigests || !isGood) digestBlocks(slot.bytes.subarray(0, length), digests, 0)
          return { result: isGood ? 'stored' : 'bad-hash', stamps: [], digests }
        }),
      abandon: () => {},
      loadNow: () => false,
      load: (piece, begin, length, slot, headerBytes, done) =>
        later(done, () => {
          if (has[piece] !== 1) throw new Error(`piece ${piece} is loaded before it is stored`)
          const bytes = torrent.piece(piece)
          for (let at = 0, to = headerBytes; at < length; at += BLOCK_BYTES, to += headerBytes + BLOCK_BYTES) {
            slot.bytes.set(bytes.subarray(begin + at, begin + Math.min(at + BLOCK_BYTES, length)), to)
            if (this.#isLiar && this.#time.random() < 0.25) slot.bytes[to] = (slot.bytes[to] ?? 0) ^ 1
          }
          return length
        }),
      check: (first: PieceIndex, count, done) => later(done, () => has.slice(first, first + count)),
      digest: (_first, _count, done: Done<Digests>) => later(done, () => ({ v1: undefined, v2: undefined })),
      finishFile: (file, done: Done<FinishedFile>) =>
        later(done, () => ({
          file,
          sizeBytes: info.files[file]?.length ?? 0,
          modifiedAtMs: 0,
          name: info.files[file]?.path.at(-1) ?? '',
        })),
      prepare: (done) => later(done, stamps),
      setWanted: (_wanted, done) => later(done, () => undefined),
      stamps: (done) => later(done, stamps),
      removeFiles: (done) => later(done, () => undefined),
      moveFiles: (_dir, _paths, done) => later(done, () => undefined),
      sync: (done) => later(done, () => undefined),
      close: (done) => later(done, () => undefined),
    }
  }

  look(_paths: readonly string[], done: Done<readonly never[]>): void {
    this.#time.plan(JOB_MS, () => done([]))
  }

  reserve(bytes: number, purpose: 'receive' | 'send'): Slot | undefined {
    if (this.#used[purpose] + bytes > (purpose === 'receive' ? RECEIVE_BYTES : SEND_BYTES)) return undefined
    this.#used[purpose] += bytes
    const memory = this.#free.get(bytes)?.pop() ?? new Uint8Array(new SharedArrayBuffer(bytes))
    const slot = { bytes: memory, arena: 0, offset: 0 }
    this.#purposes.set(slot, purpose)
    return slot
  }

  release(slot: Slot): void {
    const purpose = this.#purposes.get(slot)
    if (purpose === undefined) throw new Error('a slot was released twice')
    this.#purposes.delete(slot)
    this.#used[purpose] -= slot.bytes.length
    const free = this.#free.get(slot.bytes.length) ?? []
    free.push(slot.bytes)
    this.#free.set(slot.bytes.length, free)
  }

  async close(): Promise<void> {}
}
