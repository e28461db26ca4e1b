// Reads of what the system has in memory anyway, at once and on this thread: to hand one to a worker, and to be woken when it is
// done, costs more than the read. Linux alone can say "read it unless you would have to wait" (preadv2(2), RWF_NOWAIT).
import { statfsSync } from 'node:fs'
import { assert } from '../../core/errors.ts'
import { BLOCK_BYTES } from '../../core/geometry.ts'
import { libc, type Libc, loadLibc } from '../libc.ts'
import { onlySpan } from './file-storage.ts'
import type { LoadJob } from './job.ts'
import { OpenFiles } from './open-files.ts'
import type { StorageSpec } from './storage-spec.ts'
import { TorrentFiles } from './torrent-files.ts'

const RWF_NOWAIT = 8
const EOPNOTSUPP = 95
/** Of statfs(2): it refuses the flag. */
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
  /** Files that a worker has read: to open one again does not wait for a disk either. With the flags to read them with. */
  readonly known: Map<number, number>
  /** Its file system cannot say what it has in memory. */
  isRefused: boolean
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
    this.#storages.set(storage, { spec, files: undefined, known: new Map(), isRefused: false })
  }

  /** A worker has done this load. */
  loaded(storage: number, { piece, begin, length }: LoadJob): void {
    if (this.#reader === undefined) return this.#askForReader()
    const warm = this.#storages.get(storage)
    if (warm === undefined || warm.isRefused) return
    warm.files ??= new TorrentFiles(storage, warm.spec, this.#openFiles)
    const span = onlySpan(warm.files, piece, begin, length)
    if (span !== undefined && !warm.known.has(span.file)) warm.known.set(span.file, RWF_NOWAIT)
  }

  /** False: a worker has to read it. */
  load(storage: number, job: LoadJob): boolean {
    const warm = this.#storages.get(storage)
    if (warm?.files === undefined || warm.isRefused) return false
    const span = onlySpan(warm.files, job.piece, job.begin, job.length)
    const flags = span && warm.known.get(span.file)
    if (span === undefined || flags === undefined || !warm.files.places.isAtRest(span.file)) return false
    try {
      const fd = warm.files.fdToRead(span.file)
      if (fd === undefined || this.#reader === undefined) return false
      const result = this.#reader.read(fd, span.offset, job, flags)
      if (result === 'refused') this.#refused(warm, span.file, fd)
      return result === 'read'
    } catch {
      return false // a worker will say what is wrong
    }
  }

  /** What lies in memory needs no flag; elsewhere nothing more is tried. */
  #refused(warm: WarmStorage, file: number, fd: number): void {
    if (statfsSync(`/proc/self/fd/${fd}`).type === TMPFS_MAGIC) warm.known.set(file, 0)
    else {
      warm.isRefused = true
      warm.files?.close()
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
    const make = (isThere: boolean): void => {
      const preadv2 = isThere ? libc().preadv2 : undefined
      if (preadv2 !== undefined) this.#reader = new VectorReader(libc(), preadv2, this.#memories)
    }
    void loadLibc()
      .then(make)
      .catch(() => {}) // workers read everything, then
  }
}

/** Reads blocks, each behind a gap. */
class VectorReader {
  readonly #libc: Libc
  readonly #preadv2: NonNullable<Libc['preadv2']>
  /** Of the memories. */
  readonly #addresses: readonly number[]
  readonly #vectors: Uint32Array
  readonly #vectorsAddress: bigint

  constructor(system: Libc, preadv2: NonNullable<Libc['preadv2']>, memories: readonly SharedArrayBuffer[]) {
    this.#libc = system
    this.#preadv2 = preadv2
    this.#addresses = memories.map((memory) => Number(system.addressOf(new Uint8Array(memory))))
    const { address, bytes } = system.allocate(MAX_VECTORS * VECTOR_BYTES)
    this.#vectors = new Uint32Array(bytes)
    this.#vectorsAddress = address
  }

  read(fd: number, position: number, job: LoadJob, flags: number): 'read' | 'refused' | 'not-there' {
    const { length, arena, offset, headerBytes } = job
    const memory = this.#addresses[arena]
    assert(memory !== undefined, 'a slot lies in a known memory')
    const count = Math.ceil(length / BLOCK_BYTES)
    if (count > MAX_VECTORS) return 'not-there'
    for (let n = 0; n < count; n++) {
      const address = memory + offset + headerBytes + n * (headerBytes + BLOCK_BYTES)
      this.#vectors[n * 4] = address % WORD
      this.#vectors[n * 4 + 1] = Math.floor(address / WORD)
      this.#vectors[n * 4 + 2] = Math.min(BLOCK_BYTES, length - n * BLOCK_BYTES)
    }
    const read = this.#preadv2(fd, this.#vectorsAddress, count, position, flags)
    if (read === length) return 'read'
    return read < 0 && this.#libc.errno() === EOPNOTSUPP ? 'refused' : 'not-there'
  }
}
