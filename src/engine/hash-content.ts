// Hashes the content of a torrent that is being made, on all of the disk's workers.
import { AppError } from '../core/errors.ts'
import type { TorrentVersion } from '../core/metainfo/build.ts'
import { NODE_BYTES } from '../core/metainfo/merkle.ts'
import type { Layout } from '../core/metainfo/layout.ts'
import { answer } from '../io/disk/answer.ts'
import type { Digests, Disk, FileStamp, Storage } from '../io/disk/disk.ts'
import type { Source } from './source-files.ts'

const SHA1_BYTES = 20
/** One job: long enough that handing it over costs nothing, short enough for a smooth bar and a quick end. */
const RUN_BYTES = 16 * 1024 * 1024
/** Of what is not large so many at least, for the workers are done when the last of them has done its last run. */
const LEAST_RUNS = 64
/** Two for each worker of the largest pool, so that none waits for this thread; */
const LEAST_RUNS_IN_FLIGHT = 8
/** of small files more, because this thread is busy with their names meanwhile. */
const BYTES_IN_FLIGHT = 128 * 1024 * 1024

export interface HashOptions {
  readonly disk: Disk
  readonly onProgress?: ((doneBytes: number, totalBytes: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface ContentToHash {
  readonly source: Source
  /** Of the files of `source`. */
  readonly layout: Layout
  readonly version: TorrentVersion
}

/**
 * The hashes of every piece; throws if a file changed meanwhile. `planFor` is called once the workers have begun; what it
 * throws ends the hashing.
 */
export async function hashContent<Plan>(
  { source, layout, version }: ContentToHash,
  options: HashOptions,
  planFor: () => Plan,
): Promise<{ readonly hashes: Digests; readonly plan: Plan }> {
  const { files, geometry } = layout
  const hashes: Digests = {
    v1: version === 'v2' ? undefined : new Uint8Array(geometry.pieceCount * SHA1_BYTES),
    v2: version === 'v1' ? undefined : new Uint8Array(geometry.pieceCount * NODE_BYTES),
  }
  const storage = options.disk.open({
    info: { files, geometry, pieceHashes: hashes.v1, infoHashV1: undefined, infoHashV2: undefined },
    pieceRoots: hashes.v2,
    dir: source.dir,
    wanted: files.map(() => true),
    mode: 'share',
  })
  try {
    const plan = await hashPieces(layout, storage, hashes, options, planFor)
    await checkUnchanged(layout, source, storage)
    return { hashes, plan }
  } finally {
    await answer<undefined>((done) => storage.close(done))
  }
}

/** Puts all hashes where they belong, several runs at a time. The first error ends it, after the runs that the disk has. */
async function hashPieces<Plan>(
  { geometry, totalSize }: Layout,
  storage: Storage,
  hashes: Digests,
  options: HashOptions,
  planFor: () => Plan,
): Promise<Plan> {
  const wantedBytes = Math.min(RUN_BYTES, totalSize / LEAST_RUNS)
  const piecesPerRun = Math.max(2, Math.floor(wantedBytes / geometry.pieceLength)) // two are hashed at once
  const runs = Math.ceil(geometry.pieceCount / piecesPerRun)
  const bytesPerRun = piecesPerRun * geometry.pieceLength
  let next = 0
  let doneBytes = 0
  let isFailed = false

  async function lane(): Promise<void> {
    while (!isFailed) {
      if (options.signal?.aborted === true) throw new AppError('interrupted', 'making the torrent was interrupted')
      const first = geometry.pieceIndex(next)
      if (first === undefined) return
      const count = Math.min(piecesPerRun, geometry.pieceCount - first)
      next += count
      const digests = await answer<Digests>((done) => storage.digest(first, count, done))
      if (isFailed) return
      if (digests.v1 !== undefined) hashes.v1?.set(digests.v1, first * SHA1_BYTES)
      if (digests.v2 !== undefined) hashes.v2?.set(digests.v2, first * NODE_BYTES)
      for (let n = 0; n < count; n++) {
        const piece = geometry.pieceIndex(first + n)
        if (piece !== undefined) doneBytes += geometry.dataBytes(piece)
      }
      options.onProgress?.(doneBytes, totalSize)
    }
  }
  async function guarded<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      isFailed = true
      throw error
    }
  }
  const runsInFlight = Math.max(LEAST_RUNS_IN_FLIGHT, Math.floor(BYTES_IN_FLIGHT / bytesPerRun))
  const lanes = Array.from({ length: Math.min(runs, runsInFlight) }, () => guarded(lane))
  const plan = guarded(planFor)
  await Promise.allSettled([...lanes, plan])
  await Promise.all(lanes)
  return plan
}

/** A file that grew, shrank or was written to has hashes of two states, and nobody could ever complete it. */
async function checkUnchanged(layout: Layout, source: Source, storage: Storage): Promise<void> {
  const stamps = await answer<readonly FileStamp[]>((done) => storage.stamps(done))
  let nth = 0
  let nextStamp = 0
  layout.files.forEach((file, n) => {
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
