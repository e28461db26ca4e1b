// The jobs of the disk on one thread, whichever it is: what they are called, and for which torrent each is.
import { assert } from '../../core/errors.ts'
import type { PieceIndex } from '../../core/ids.ts'
import type { Digests, FinishedFile, Stored } from './disk.ts'
import { moveFiles } from './file-moving.ts'
import { removeFiles } from './file-removal.ts'
import { finish, prepare, setWanted, stamps, sync } from './file-upkeep.ts'
import { look } from './look.ts'
import { OpenFiles } from './open-files.ts'
import { packSeen, packStamps } from './packed.ts'
import type { PieceHashes } from './piece-hash.ts'
import { type ReadBuffer, StorageJobs } from './storage-jobs.ts'
import type { StorageSpec } from './storage-spec.ts'

/** A job as it is sent to a worker. `arena` and `offset` say where a slot lies. */
export type Job =
  | StoreJob
  | { readonly kind: 'abandon'; readonly piece: PieceIndex }
  | LoadJob
  | {
      readonly kind: 'check'
      readonly first: PieceIndex
      readonly count: number
      /** What the hashes of all these pieces should be, one after the other. */
      readonly v1: Uint8Array | undefined
      readonly v2: Uint8Array | undefined
    }
  | { readonly kind: 'digest'; readonly first: PieceIndex; readonly count: number }
  /** Asked of NO_STORAGE. */
  | { readonly kind: 'look'; readonly paths: readonly string[] }
  | { readonly kind: 'finish'; readonly file: number }
  | { readonly kind: 'move'; readonly dir: string; readonly paths: readonly (readonly string[])[] }
  | { readonly kind: 'want'; readonly wanted: readonly boolean[] }
  /** Of the files from `first` to before `end`. */
  | { readonly kind: 'stamps'; readonly first: number; readonly end: number }
  | { readonly kind: 'prepare' | 'remove' | 'fence' | 'sync' | 'close' }

export interface StoreJob {
  readonly kind: 'store'
  readonly piece: PieceIndex
  readonly begin: number
  readonly arena: number
  readonly offset: number
  readonly length: number
  readonly wantDigests: boolean
  /** What the piece's hashes should be. */
  readonly v1: Uint8Array | undefined
  readonly v2: Uint8Array | undefined
}

export interface LoadJob {
  readonly kind: 'load'
  readonly piece: PieceIndex
  readonly begin: number
  readonly length: number
  readonly arena: number
  readonly offset: number
  readonly headerBytes: number
}

/** Storages are numbered from 1. */
export const NO_STORAGE = 0

export type JobAnswer =
  | Stored
  | Digests
  | FinishedFile
  | Uint8Array
  /** See packed.ts. */
  | Float64Array
  | number
  | undefined

export class DiskJobs {
  readonly #storages = new Map<number, StorageJobs>()
  readonly #memories: readonly SharedArrayBuffer[]
  readonly #openFiles = new OpenFiles()
  readonly #buffer: ReadBuffer = { bytes: undefined }

  /** `memories`: where slots lie, by the number of their arena. */
  constructor(memories: readonly SharedArrayBuffer[]) {
    this.#memories = memories
  }

  open(storage: number, spec: StorageSpec): void {
    this.#storages.set(storage, new StorageJobs(storage, spec, this.#openFiles, this.#buffer))
  }

  /** Of whole pieces that will be stored. */
  hash(storage: number, stores: readonly StoreJob[]): PieceHashes[] {
    return this.#of(storage).hash(stores.map((job) => ({ piece: job.piece, bytes: this.#stored(job) })))
  }

  /** Does the job; throws AppError. `hashes`: of the piece that is stored, if they are known. */
  run(storage: number, job: Job, hashes?: PieceHashes): JobAnswer {
    if (job.kind === 'look') return packSeen(look(job.paths))
    const jobs = this.#of(storage)
    switch (job.kind) {
      case 'store':
        return jobs.store(job, this.#stored(job), hashes)
      case 'abandon':
        return jobs.abandon(job.piece)
      case 'load': {
        const bytes = this.#slot(job.arena, job.offset, undefined)
        return jobs.load(job.piece, job.begin, job.length, bytes, job.headerBytes)
      }
      case 'check':
        return jobs.check(job.first, job.count, job)
      case 'digest':
        return jobs.digest(job.first, job.count)
      case 'finish':
        return finish(jobs.files, job.file)
      case 'want':
        setWanted(jobs.files, job.wanted)
        return undefined
      case 'prepare':
        return packStamps(prepare(jobs.files))
      case 'stamps':
        return packStamps(stamps(jobs.files, job.first, job.end))
      case 'move':
        moveFiles(jobs.files, job.dir, job.paths)
        return undefined
      case 'remove':
        removeFiles(jobs.files)
        return undefined
      case 'fence':
        return undefined // the jobs before it are done
      case 'sync':
        sync(jobs.files)
        return undefined
      case 'close':
        this.#storages.delete(storage)
        jobs.files.close()
        return undefined
    }
  }

  #of(storage: number): StorageJobs {
    const jobs = this.#storages.get(storage)
    assert(jobs !== undefined, 'a job of an open storage')
    return jobs
  }

  #stored({ arena, offset, length }: StoreJob): Uint8Array {
    return this.#slot(arena, offset, length)
  }

  #slot(arena: number, offset: number, length: number | undefined): Uint8Array {
    const memory = this.#memories[arena]
    assert(memory !== undefined, 'a slot lies in a known memory')
    return new Uint8Array(memory, offset, length)
  }

  close(): void {
    for (const { files } of this.#storages.values()) files.close()
    this.#storages.clear()
  }
}
