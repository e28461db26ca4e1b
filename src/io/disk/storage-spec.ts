// What a worker is told of a torrent: enough to find its files, small enough to send. Hashes travel with the jobs.
import { assert } from '../../core/errors.ts'
import { hashKey } from '../../core/ids.ts'
import type { Geometry } from '../../core/geometry.ts'
import type { PlacedFile } from '../../core/metainfo/metainfo.ts'
import { partsFileName, type StorageOptions } from './disk.ts'
import { FilePlaces, numberOfName } from './file-places.ts'

/** Can be cloned to a worker; `places` and `wanted` are shared by all workers. */
export interface StorageSpec {
  /** For `readFiles`. As text, which is sent and read in a third of the time that objects take. */
  readonly files: string
  readonly pieceLength: number
  readonly hasV1: boolean
  readonly hasV2: boolean
  readonly dir: string
  readonly mode: 'share' | 'download'
  readonly partsFile: string
  /** Number of the name that a finished file got, see file-places.ts. */
  readonly finished: ReadonlyMap<number, number>
  /** For `FilePlaces`. */
  readonly places: Int32Array<SharedArrayBuffer>
  /** 1 for each wanted file. */
  readonly wanted: Uint8Array<SharedArrayBuffer>
}

/** What gives a torrent's jobs to workers needs to know. */
export interface OpenedStorage {
  readonly storage: number
  readonly spec: StorageSpec
  readonly geometry: Geometry
}

type Row = readonly [
  offset: number,
  length: number,
  isPad: boolean,
  isExecutable: boolean,
  path: readonly string[],
  ...symlink: (readonly string[])[],
]

function rowOf({ offset, length, isPad, isExecutable, path, symlink }: PlacedFile): Row {
  const row = [offset, length, isPad, isExecutable, path] as const
  return symlink === undefined ? row : [...row, symlink]
}

export function readFiles({ files }: StorageSpec): readonly PlacedFile[] {
  const rows = JSON.parse(files) as readonly Row[] // `makeSpec` wrote it
  return rows.map(([offset, length, isPad, isExecutable, path, symlink]) => {
    return { offset, length, isPad, path, isExecutable, symlink }
  })
}

export function makeSpec(options: StorageOptions): StorageSpec {
  const { info, dir, mode } = options
  assert(info.pieceHashes !== undefined || options.pieceRoots !== undefined, 'there is something to compare pieces by')
  const hash = info.infoHashV1 ?? info.infoHashV2
  const finished = new Map<number, number>()
  for (const [file, name] of options.finished ?? []) {
    finished.set(file, numberOfName(info.files[file]?.path.at(-1) ?? '', name))
  }
  const wanted = new Uint8Array(new SharedArrayBuffer(info.files.length))
  options.wanted.forEach((isWanted, file) => {
    wanted[file] = isWanted ? 1 : 0
  })
  return {
    files: JSON.stringify(info.files.map(rowOf)),
    pieceLength: info.geometry.pieceLength,
    hasV1: info.pieceHashes !== undefined,
    hasV2: options.pieceRoots !== undefined,
    dir,
    mode,
    partsFile: partsFileName(hash === undefined ? '' : hashKey(hash)),
    finished,
    places: FilePlaces.memory(info.files.length),
    wanted,
  }
}
