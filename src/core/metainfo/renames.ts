// Files and folders of a torrent under names that users gave them. The torrent itself stays as it is: others know it by
// its own names.
import { AppError } from '../errors.ts'
import type { Info } from './metainfo.ts'
import { NameTree } from './name-tree.ts'
import { type Platform, safeName } from './safe-path.ts'

export interface Rename {
  /** A file or folder of the torrent as it was called before, below the download folder, with `/`. */
  readonly path: string
  /** Its new name, without the folders above it. */
  readonly name: string
}

/** One after the other: later ones name what earlier ones made. */
export function renamedPath(path: readonly string[], renames: readonly Rename[]): readonly string[] {
  return renames.reduce((now, rename) => {
    const depth = depthOf(now, rename)
    return depth === 0 ? now : now.with(depth - 1, rename.name)
  }, path)
}

/** So many elements of the path are what is renamed; 0 if it is something else. */
function depthOf(path: readonly string[], { path: renamed }: Rename): number {
  const elements = renamed.split('/')
  return elements.every((element, n) => path[n] === element) ? elements.length : 0
}

/** The torrent with its files where they are on this disk. */
export function renamedInfo(info: Info, renames: readonly Rename[]): Info {
  if (renames.length === 0) return info
  const files = info.files.map((file) => ({
    ...file,
    path: renamedPath(file.path, renames),
    symlink: file.symlink && renamedPath(file.symlink, renames),
  }))
  return { ...info, files }
}

/** Throws AppError: 'usage' for what is no name, 'not-found' for what the torrent has not, 'exists' for a name taken. */
export function checkRename({ files }: Info, { path, name }: Rename, platform: Platform): void {
  if (safeName(new TextEncoder().encode(name), platform) !== name) {
    throw new AppError('usage', `"${name}" cannot be the name of a file: it needs one without / and control characters`)
  }
  if (!files.some((file) => depthOf(file.path, { path, name }) > 0)) {
    throw new AppError('not-found', `the torrent has no "${path}"`)
  }
  const names = new NameTree(platform)
  for (const file of files) {
    if (file.isPad) continue
    const wanted = renamedPath(file.path, [{ path, name }])
    if (names.place(wanted).join('/') === wanted.join('/')) continue
    throw new AppError('exists', `the torrent has something called "${name}" there already`)
  }
}
