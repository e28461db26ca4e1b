// What a worker is told of a torrent: enough to find its files, small enough to send. Hashes travel with the jobs.
import { assert } from '../../core/errors.ts'
import { hashKey } from '../../core/ids.ts'
import type { Geometry } from '../../core/geometry.ts'
import type { PlacedFile } from '../../core/metainfo/metainfo.ts'
import { partsFileName, type StorageOptions } from './disk.ts'
import { FilePlaces, numberOfName } from './file-places.ts'

/** Can be cloned to a worker; `fileNumbers`, `places` and `wanted` are shared by all workers. */
export interface StorageSpec {
  /** For `readFiles`, as are the next two: numbers and text, because to clone objects takes many times as long. */
  readonly fileNumbers: Float64Array<SharedArrayBuffer>
  /** Of all files, with NUL between them: on no system a name has that, or a slash, in it. */
  readonly paths: string
  readonly symlinks: ReadonlyMap<number, readonly string[]>
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

/** Offset, length, and what it is: PAD and EXECUTABLE. */
const NUMBERS_PER_FILE = 3
const PAD = 1
const EXECUTABLE = 2
const NUL = '\0'

function numbersOf(files: readonly PlacedFile[]): Float64Array<SharedArrayBuffer> {
  const bytes = files.length * NUMBERS_PER_FILE * Float64Array.BYTES_PER_ELEMENT
  const numbers = new Float64Array(new SharedArrayBuffer(bytes))
  files.forEach(({ offset, length, isPad, isExecutable }, n) => {
    const at = n * NUMBERS_PER_FILE
    numbers[at] = offset
    numbers[at + 1] = length
    numbers[at + 2] = (isPad ? PAD : 0) + (isExecutable ? EXECUTABLE : 0)
  })
  return numbers
}

/** A worker looks at the paths of those files only that it opens, and at each of them once or twice. */
class FileOfSpec implements PlacedFile {
  readonly offset: number
  readonly length: number
  readonly isPad: boolean
  readonly isExecutable: boolean
  readonly symlink: readonly string[] | undefined
  readonly #path: string

  constructor({ fileNumbers, symlinks }: StorageSpec, file: number, path: string) {
    const at = file * NUMBERS_PER_FILE
    const kind = fileNumbers[at + 2] ?? 0
    this.offset = fileNumbers[at] ?? 0
    this.length = fileNumbers[at + 1] ?? 0
    this.isPad = (kind & PAD) !== 0
    this.isExecutable = (kind & EXECUTABLE) !== 0
    this.symlink = symlinks.get(file)
    this.#path = path
  }

  get path(): readonly string[] {
    return this.#path === '' ? [] : this.#path.split('/')
  }
}

export function readFiles(spec: StorageSpec): readonly PlacedFile[] {
  return spec.paths.split(NUL).map((path, file) => new FileOfSpec(spec, file, path))
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
    fileNumbers: numbersOf(info.files),
    paths: info.files.map(({ path }) => path.join('/')).join(NUL),
    symlinks: new Map(info.files.flatMap(({ symlink }, n) => (symlink === undefined ? [] : [[n, symlink]]))),
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
