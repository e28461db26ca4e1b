// Hashes the content of a torrent that is being made, on all of the disk's workers.
import { AppError } from '../core/errors.ts'
import { NODE_BYTES } from '../core/metainfo/merkle.ts'
import type { Info } from '../core/metainfo/metainfo.ts'
import { answer } from '../io/disk/answer.ts'
import type { Digests, Disk, FileStamp, Storage } from '../io/disk/disk.ts'
import type { Source } from './source-files.ts'

const SHA1_BYTES = 20
/** One job: long enough that handing it over costs nothing, short enough for a smooth bar and a quick end. */
const RUN_BYTES = 16 * 1024 * 1024
/** Of what is not large so many at least, for the workers are done when the last of them has done its last run. */
const LEAST_RUNS = 64
/** Two for each worker of the largest pool, so that none waits for this thread. */
const RUNS_IN_FLIGHT = 8

export interface HashOptions {
  readonly disk: Disk
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** The hashes of every piece of `plan`, whose files are those of `source`; throws if a file changed meanwhile. */
export async function hashContent(plan: Info, source: Source, options: HashOptions): Promise<Digests> {
  const storage = options.disk.open({
    info: plan,
    pieceRoots: plan.infoHashV2 && new Uint8Array(plan.geometry.pieceCount * NODE_BYTES),
    dir: source.dir,
    wanted: plan.files.map(() => true),
    mode: 'share',
  })
  try {
    const digests = await hashPieces(plan, storage, options)
    await checkUnchanged(plan, source, storage)
    return digests
  } finally {
    await answer<undefined>((done) => storage.close(done))
  }
}

async function hashPieces(plan: Info, storage: Storage, options: HashOptions): Promise<Digests> {
  const { geometry } = plan
  const v1 = plan.pieceHashes && new Uint8Array(geometry.pieceCount * SHA1_BYTES)
  const v2 = plan.infoHashV2 && new Uint8Array(geometry.pieceCount * NODE_BYTES)
  const runBytes = Math.min(RUN_BYTES, plan.totalSize / LEAST_RUNS)
  const piecesPerRun = Math.max(2, Math.floor(runBytes / geometry.pieceLength)) // two are hashed at once
  const stop = new AbortController()
  let next = 0
  let doneBytes = 0

  async function lane(): Promise<void> {
    while (!stop.signal.aborted) {
      if (options.signal?.aborted === true) throw new AppError('interrupted', 'making the torrent was interrupted')
      const first = geometry.pieceIndex(next)
      if (first === undefined) return
      const count = Math.min(piecesPerRun, geometry.pieceCount - first)
      next += count
      const digests = await answer<Digests>((done) => storage.digest(first, count, done))
      if (digests.v1 !== undefined) v1?.set(digests.v1, first * SHA1_BYTES)
      if (digests.v2 !== undefined) v2?.set(digests.v2, first * NODE_BYTES)
      for (let n = 0; n < count; n++) {
        const piece = geometry.pieceIndex(first + n)
        if (piece !== undefined) doneBytes += geometry.dataBytes(piece)
      }
      options.onProgress?.(doneBytes, plan.totalSize)
    }
  }
  const lanes = Array.from({ length: RUNS_IN_FLIGHT }, () =>
    lane().catch((error: unknown) => {
      stop.abort() // the others end after the run they are at
      throw error
    }),
  )
  for (const result of await Promise.allSettled(lanes)) if (result.status === 'rejected') throw result.reason
  return { v1, v2 }
}

/** A file that grew, shrank or was written to has hashes of two states, and nobody could ever complete it. */
async function checkUnchanged(plan: Info, source: Source, storage: Storage): Promise<void> {
  const stamps = await answer<readonly FileStamp[]>((done) => storage.stamps(done))
  let nth = 0
  let nextStamp = 0
  plan.files.forEach((file, n) => {
    if (file.isPad) return
    const before = source.files[nth++]
    const after = stamps[nextStamp]?.file === n ? stamps[nextStamp++] : undefined // in the order of the files
    if (before === undefined || before.symlink !== undefined) return
    const isSame = after?.sizeBytes === before.length && Math.abs(after.modifiedAtMs - before.modifiedAtMs) < 1
    if (isSame) return
    const path = file.path.join('/')
    throw new AppError('busy', `"${path}" changed while it was read; try again when nothing writes to it`)
  })
}
