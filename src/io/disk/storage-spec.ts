// What a worker is told of a torrent: enough to find its files, small enough to send. Hashes travel with the jobs.
import { assert } from '../../core/errors.ts'
import { hashKey } from '../../core/ids.ts'
import type { GeometryFile } from '../../core/geometry.ts'
import { partsFileName, type StorageOptions } from './disk.ts'
import { FilePlaces, numberOfName } from './file-places.ts'

export interface SpecFile extends GeometryFile {
  readonly path: readonly string[]
  readonly isExecutable: boolean
  readonly symlink: readonly string[] | undefined
}

/** Can be cloned to a worker; `places` and `wanted` are shared by all workers. */
export interface StorageSpec {
  readonly files: readonly SpecFile[]
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
    files: info.files.map(({ offset, length, isPad, path, isExecutable, symlink }) => ({
      ...{ offset, length, isPad, path, isExecutable, symlink },
    })),
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
