// Hashes what a torrent describes, on all disk workers, and tells which files are not as they should be.
import { Bitfield } from '../core/bitfield.ts'
import { AppError } from '../core/errors.ts'
import type { PieceIndex } from '../core/ids.ts'
import type { Info, Metainfo } from '../core/metainfo/metainfo.ts'
import { monotonicMs } from '../io/clock.ts'
import { answer } from '../io/disk/answer.ts'
import type { FileStamp, Storage } from '../io/disk/disk.ts'
import { DiskPool } from '../io/disk/disk-pool.ts'
import { NOTHING_YET, type VerifiedEvent } from './output/events.ts'
import type { Reporter } from './output/reporter.ts'

/** Bytes per job: long enough to keep a worker busy, short enough for a bar that moves. */
const RUN_BYTES = 16 * 1024 * 1024
const RUNS_IN_FLIGHT = 8

export async function verifyFiles(
  metainfo: Metainfo,
  dir: string,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<VerifiedEvent> {
  const { info, pieceRoots } = metainfo
  const disk = new DiskPool({ expectedBytes: info.totalSize })
  const storage = disk.open({ info, pieceRoots, dir, wanted: info.files.map(() => true), mode: 'share' })
  try {
    const stamps = await answer<readonly FileStamp[]>((done) => storage.stamps(done))
    const good = await checkPieces(info, storage, reporter, signal)
    return {
      event: 'verified',
      name: info.name,
      pieces: info.geometry.pieceCount,
      piecesGood: good.count,
      files: badFiles(info, good, stamps),
    }
  } finally {
    void disk.close() // nobody waits for that
  }
}

async function checkPieces(info: Info, storage: Storage, reporter: Reporter, signal: AbortSignal): Promise<Bitfield> {
  const { geometry, name } = info
  const good = new Bitfield(geometry.pieceCount)
  const perRun = Math.max(2, Math.floor(RUN_BYTES / geometry.pieceLength)) // two are hashed at once
  const startedAt = monotonicMs()
  let next = 0
  let checked = 0
  let reportedAt = startedAt

  async function checkRuns(): Promise<void> {
    while (next < geometry.pieceCount) {
      if (signal.aborted) throw new AppError('interrupted', 'verifying was interrupted')
      const first = next as PieceIndex // below pieceCount, as the loop asked
      const count = Math.min(perRun, geometry.pieceCount - first)
      next += count
      const results = await answer<Uint8Array>((done) => storage.check(first, count, done))
      for (const [n, isGood] of results.entries()) if (isGood === 1) good.add(first + n)
      checked += count
      const now = monotonicMs()
      if (now - reportedAt < reporter.progressMs) continue
      reportedAt = now
      const fraction = checked / geometry.pieceCount
      reporter.report({
        ...NOTHING_YET,
        name,
        state: 'checking',
        checked: Math.floor(info.totalSize * fraction),
        done: Math.floor(info.totalSize * (good.count / geometry.pieceCount)),
        total: info.totalSize,
        pieces: geometry.pieceCount,
        piecesDone: good.count,
        eta: Math.round(((now - startedAt) * (1 / fraction - 1)) / 1000),
      })
    }
  }
  await Promise.all(Array.from({ length: RUNS_IN_FLIGHT }, checkRuns))
  return good
}

/** Empty files have no piece: they only must exist. Links and padding are nobody's data. */
export function badFiles(info: Info, good: Bitfield, stamps: readonly FileStamp[]): VerifiedEvent['files'] {
  const sizes = new Map(stamps.map((stamp) => [stamp.file, stamp.sizeBytes]))
  return info.files.flatMap((file, n) => {
    if (file.isPad || file.symlink !== undefined) return []
    const size = sizes.get(n) ?? -1
    const span = info.geometry.piecesOfFile(n)
    const pieces = span === undefined ? 0 : span.last - span.first + 1
    let piecesGood = 0
    for (let at = 0; at < pieces; at++) if (good.has((span?.first ?? 0) + at)) piecesGood++
    if (size === file.length && piecesGood === pieces) return []
    const problem = size < 0 ? 'missing' : size === file.length ? 'bad' : 'wrong-size'
    return [{ path: file.path.join('/'), problem, pieces, piecesGood }] as const
  })
}
