// Reads of what the system has in memory anyway, at once and on this thread: to hand one to a worker, and to be woken when it is
// done, costs more than the read. Linux alone can say "read it unless you would have to wait" (preadv2(2), RWF_NOWAIT).
import { statfsSync } from 'node:fs'
import { assert } from '../../core/errors.ts'
import { BLOCK_BYTES } from '../../core/geometry.ts'
import { libc, type Libc, loadLibc } from '../libc.ts'
import { onlySpan } from './file-storage.ts'
import type { LoadJob } from './job-storage.ts'
import { OpenFiles } from './open-files.ts'
import type { StorageSpec } from './storage-spec.ts'
import { TorrentFiles } from './torrent-files.ts'

const RWF_NOWAIT = 8
/** Of statfs(2). What lies in memory needs no such flag, and refuses it. */
const TMPFS_MAGIC = 0x0102_1994
/** Of two words, an address and a length. */
const VECTOR_BYTES = 16
/** IOV_MAX of Linux is 1,024; the longest run has 64. */
const MAX_VECTORS = 64
const WORD = 2 ** 32
/** Beside those of the workers. */
const MAX_OPEN_FILES = 64

interface WarmStorage {
  readonly spec: StorageSpec
  /** Made when it is first needed, as thousands of idle torrents never do. */
  files: TorrentFiles | undefined
  flags: number
  /** A worker has read them: to open one again does not wait for a disk either. */
  readonly known: Set<number>
}

export class WarmReads {
  readonly #memories: readonly SharedArrayBuffer[]
  readonly #openFiles = new OpenFiles(MAX_OPEN_FILES)
  readonly #storages = new Map<number, WarmStorage>()
  #reader: VectorReader | undefined
  #isAsked = false

  /** `memories`: where slots lie, by the number of their arena. */
  constructor(memories: readonly SharedArrayBuffer[]) {
    this.#memories = memories
  }

  open(storage: number, spec: StorageSpec): void {
    this.#storages.set(storage, { spec, files: undefined, flags: RWF_NOWAIT, known: new Set() })
  }

  /** A worker has done this load. */
  loaded(storage: number, { piece, begin, length }: LoadJob): void {
    if (this.#reader === undefined) return this.#askForReader()
    const warm = this.#storages.get(storage)
    if (warm === undefined) return
    if (warm.files === undefined) {
      warm.files = new TorrentFiles(storage, warm.spec, this.#openFiles)
      if (isInMemory(warm.spec.dir)) warm.flags = 0
    }
    const span = onlySpan(warm.files, piece, begin, length)
    if (span !== undefined) warm.known.add(span.file)
  }

  /** False: a worker has to read it. */
  load(storage: number, job: LoadJob): boolean {
    const { files, known, flags = 0 } = this.#storages.get(storage) ?? {}
    const span = files && onlySpan(files, job.piece, job.begin, job.length)
    if (files === undefined || span === undefined || known?.has(span.file) !== true) return false
    if (!files.places.isAtRest(span.file)) return false
    try {
      const fd = files.fdToRead(span.file)
      return fd !== undefined && this.#reader?.read(fd, span.offset, job, flags) === true
    } catch {
      return false // a worker will say what is wrong
    }
  }

  /** Before its files are closed, moved or removed. */
  close(storage: number): void {
    this.#storages.get(storage)?.files?.close()
    this.#storages.delete(storage)
  }

  #askForReader(): void {
    if (this.#isAsked) return
    this.#isAsked = true
    void loadLibc().then((isThere) => {
      const preadv2 = isThere ? libc().preadv2 : undefined
      if (preadv2 !== undefined) this.#reader = new VectorReader(libc(), preadv2, this.#memories)
    })
  }
}

/** Reads blocks, each behind a gap. */
class VectorReader {
  readonly #preadv2: NonNullable<Libc['preadv2']>
  /** Of the memories. */
  readonly #addresses: readonly number[]
  readonly #vectors: Uint32Array
  readonly #vectorsAddress: bigint

  constructor(system: Libc, preadv2: NonNullable<Libc['preadv2']>, memories: readonly SharedArrayBuffer[]) {
    this.#preadv2 = preadv2
    this.#addresses = memories.map((memory) => Number(system.addressOf(new Uint8Array(memory))))
    const { address, bytes } = system.allocate(MAX_VECTORS * VECTOR_BYTES)
    this.#vectors = new Uint32Array(bytes)
    this.#vectorsAddress = address
  }

  read(fd: number, position: number, { length, arena, offset, headerBytes }: LoadJob, flags: number): boolean {
    const memory = this.#addresses[arena]
    assert(memory !== undefined, 'a slot lies in a known memory')
    const count = Math.ceil(length / BLOCK_BYTES)
    if (count > MAX_VECTORS) return false
    for (let n = 0; n < count; n++) {
      const address = memory + offset + headerBytes + n * (headerBytes + BLOCK_BYTES)
      this.#vectors[n * 4] = address % WORD
      this.#vectors[n * 4 + 1] = Math.floor(address / WORD)
      this.#vectors[n * 4 + 2] = Math.min(BLOCK_BYTES, length - n * BLOCK_BYTES)
    }
    return this.#preadv2(fd, this.#vectorsAddress, count, position, flags) === length
  }
}

function isInMemory(dir: string): boolean {
  try {
    return statfsSync(dir).type === TMPFS_MAGIC
  } catch {
    return false
  }
}
