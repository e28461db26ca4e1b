// What an upload will look like on disk: the browser's names made safe, each a path of its own, all below one name.
import { AppError } from '../core/errors.ts'
import { MAX_PATH_ELEMENTS, safePath } from '../core/metainfo/safe-path.ts'
import { receivedPath } from '../direct/received-file.ts'

export interface WantedUpload {
  /** Of the folder, where the files have none in common. */
  readonly name?: string | undefined
  /** Paths with `/`, as the browser has them. */
  readonly files: readonly { readonly path: string; readonly size: number }[]
}

export interface UploadLayout {
  /** The one entry that comes of it: a file or a folder. Every path begins with it. */
  readonly name: string
  readonly files: readonly { readonly path: readonly string[]; readonly size: number }[]
}

const USUAL_NAME = 'Upload'

/** Throws AppError 'usage' for two of one name, for no file at all, and for what nests too deep. */
export function layoutOf({ name = USUAL_NAME, files }: WantedUpload): UploadLayout {
  const found = files.map(({ path, size }) => ({ path: receivedPath(path), size }))
  const [first] = found
  if (first === undefined) throw new AppError('usage', 'files: there is none, choose some')
  const [top = '_'] = first.path
  const isCommon = found.length === 1 || found.every(({ path }) => path.length > 1 && path[0] === top)
  const [folder = '_'] = safePath([new TextEncoder().encode(name)], process.platform)
  const layout = isCommon
    ? { name: top, files: found }
    : { name: folder, files: found.map(({ path, size }) => ({ path: [folder, ...path], size })) }
  checkPaths(layout)
  return layout
}

function checkPaths({ files }: UploadLayout): void {
  const taken = new Set<string>()
  const folders = new Set<string>()
  for (const { path } of files) {
    const shown = JSON.stringify(path.join('/'))
    if (path.length > MAX_PATH_ELEMENTS) throw new AppError('usage', `${shown} has too many folders: pack it flatter`)
    const key = keyOf(path)
    const above = path.slice(1).map((_, n) => keyOf(path.slice(0, n + 1)))
    if (taken.has(key) || folders.has(key) || above.some((folder) => taken.has(folder))) {
      throw new AppError('usage', `two of the files would be called ${shown} here: rename one of them`)
    }
    taken.add(key)
    for (const folder of above) folders.add(folder)
  }
}

/** Equal for paths that the platform's usual file systems take for the same. */
function keyOf(path: readonly string[]): string {
  const text = path.join('/')
  return process.platform === 'win32' || process.platform === 'darwin' ? text.normalize('NFC').toLowerCase() : text
}
