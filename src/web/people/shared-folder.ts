// What somebody shares, flat as it is told, as the rows of one folder. Pure; shared-files.tsx draws it.
import type { SharedRow } from '../../daemon/rpc/types.ts'

export interface FolderRow {
  readonly kind: 'folder' | 'file'
  readonly name: string
  /** For `shoal_get`. */
  readonly path: string
  /** Of a folder: of what is known of it. */
  readonly size: number
  readonly files: number
}

const { compare } = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** Folders first. `folder`: with `/` between, empty for the top. */
export function inFolder(files: readonly SharedRow[], folder: string): FolderRow[] {
  const start = folder === '' ? '' : `${folder}/`
  const folders = new Map<string, { size: number; files: number }>()
  const own: FolderRow[] = []
  for (const { path, size } of files) {
    if (!path.startsWith(start)) continue
    const slash = path.indexOf('/', start.length)
    if (slash < 0) {
      own.push({ kind: 'file', name: path.slice(start.length), path, size, files: 1 })
      continue
    }
    const name = path.slice(start.length, slash)
    const sum = folders.get(name) ?? { size: 0, files: 0 }
    sum.size += size
    sum.files++
    folders.set(name, sum)
  }
  const below = Array.from(folders, ([name, sum]): FolderRow => ({ kind: 'folder', name, path: start + name, ...sum }))
  return [...below.sort(byName), ...own.sort(byName)]
}

/** As they were found, with their whole paths for names. */
export function asFound(files: readonly SharedRow[]): FolderRow[] {
  return files.map(({ path, size }) => ({ kind: 'file', name: path, path, size, files: 1 }))
}

/** The folders around it, from the top: those of a path of links. */
export function foldersAround(folder: string): { readonly name: string; readonly path: string }[] {
  if (folder === '') return []
  const names = folder.split('/')
  return names.map((name, n) => ({ name, path: names.slice(0, n + 1).join('/') }))
}

function byName(a: FolderRow, b: FolderRow): number {
  return compare(a.name, b.name)
}
