// Does the jobs of the disk on one thread, whichever it is: for which torrent each is, and who knows how.
import { assert } from '../../core/errors.ts'
import { moveFiles } from './file-moving.ts'
import { removeFiles } from './file-removal.ts'
import { finish, prepare, setWanted, stamps, sync } from './file-upkeep.ts'
import type { Job, JobAnswer, StoreJob } from './job.ts'
import { look } from './look.ts'
import { OpenFiles } from './open-files.ts'
import { packSeen, packStamps } from './packed.ts'
import type { PieceHashes } from './piece-hash.ts'
import { type ReadBuffer, StorageJobs } from './storage-jobs.ts'
import type { StorageSpec } from './storage-spec.ts'

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
