// What `create` and `share` have in common: hashing with a progress bar, and the words about its result.
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import type { Address } from '../core/address.ts'
import { toHex } from '../core/bytes.ts'
import { magnetOf, printMagnet } from '../core/metainfo/magnet.ts'
import { type CreatedTorrent, createTorrent } from '../engine/create.ts'
import { monotonicMs } from '../io/clock.ts'
import { DiskPool } from '../io/disk/disk-pool.ts'
import { type CreatedEvent, NOTHING_YET } from './output/events.ts'
import { shownFiles } from './output/info-text.ts'
import type { Reporter } from './output/reporter.ts'
import { version } from '../io/version.ts'

/** Of `create` and `share`; as commander names them. */
export interface MakeOptions {
  readonly tracker?: readonly string[]
  readonly output?: string
  readonly force?: boolean
  readonly exclude?: readonly string[]
  readonly private?: boolean
  readonly pieceLength?: number
  readonly v1?: boolean
  readonly v2?: boolean
  readonly hybrid?: boolean
  readonly comment?: string
  readonly source?: string
  readonly webSeed?: readonly string[]
  readonly json?: boolean
}

/** Hashes what is at `path`. */
export async function makeTorrent(
  path: string,
  options: MakeOptions,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<CreatedTorrent> {
  const disk = new DiskPool({ expectedBytes: await sizeOf(path) })
  try {
    return await createTorrent(path, {
      disk,
      version: options.hybrid === true ? 'hybrid' : options.v2 === true ? 'v2' : 'v1',
      pieceLength: options.pieceLength,
      trackers: options.tracker?.map((tracker) => [tracker]),
      webSeeds: options.webSeed,
      isPrivate: options.private,
      source: options.source,
      comment: options.comment,
      createdBy: `Shoal ${version()}`,
      createdAt: Math.floor(Date.now() / 1000),
      exclude: options.exclude,
      signal,
      onProgress: hashingProgress(path, reporter),
    })
  } finally {
    void disk.close() // nobody waits for that
  }
}

/** Of a file; what else is there, or not, is found out by the walk. */
async function sizeOf(path: string): Promise<number> {
  const stats = await stat(path).catch(() => undefined)
  return stats?.isFile() === true ? stats.size : 0
}

/** `peers` go into the link only: to begin with, where no tracker helps. */
export function createdEvent(
  { metainfo, skipped }: CreatedTorrent,
  file: string,
  peers: readonly Address[] = [],
): CreatedEvent {
  const { info } = metainfo
  return {
    event: 'created',
    torrent: file,
    magnet: printMagnet({ ...magnetOf(metainfo), peers }),
    infoHashV1: info.infoHashV1 === undefined ? null : toHex(info.infoHashV1),
    infoHashV2: info.infoHashV2 === undefined ? null : toHex(info.infoHashV2),
    name: info.name,
    totalSize: info.totalSize,
    numFiles: shownFiles(info).length,
    pieceLength: info.geometry.pieceLength,
    pieces: info.geometry.pieceCount,
    skipped: skipped.map((one) => `${one.path} ${one.reason}`),
  }
}

/** Reports how far hashing is, as often as the reporter wants it. */
function hashingProgress(path: string, reporter: Reporter): (done: number, total: number) => void {
  const name = basename(resolve(path))
  const startedAt = monotonicMs()
  let reportedAt = 0
  return (done, total) => {
    const now = monotonicMs()
    // The end is told only where the way was.
    if (now - reportedAt < reporter.progressMs && (done < total || reportedAt === 0)) return
    reportedAt = now
    const eta = done === 0 || done === total ? null : Math.round((((now - startedAt) / done) * (total - done)) / 1000)
    reporter.report({ ...NOTHING_YET, name, state: 'hashing', done, total, eta })
  }
}
