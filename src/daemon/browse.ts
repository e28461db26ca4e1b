// `shoal_browse`, `shoal_make_folder`: folders of this machine, for people who choose what to share and where things go.
import type { Dirent } from 'node:fs'
import { mkdir, opendir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../core/errors.ts'
import { safeName } from '../core/metainfo/safe-path.ts'
import { failedFile } from '../io/files.ts'
import {
  type AllowedFolders,
  allowedFolders,
  allowedParent,
  allowedPath,
  type FolderRules,
  isAllowed,
} from './allowed-folders.ts'
import type { FolderEntry, FolderListing } from './rpc/page-types.ts'

/** More lines than anybody reads; they are half a megabyte. */
export const MAX_ENTRIES = 5_000
/** So many names are read and sorted; what comes after them is not looked at. To sort them takes 0.15 s. */
const MAX_NAMES = 20_000

/** `2.jpg` before `10.jpg`. */
const NATURAL = new Intl.Collator('en', { numeric: true })

/** Without a path, the folders that are allowed. Throws AppError. */
export async function browse(rules: FolderRules, path: string | undefined): Promise<FolderListing> {
  if (path === undefined) return listRoots(rules)
  const folder = await allowedPath(rules, path)
  const { names, isCut } = await readNames(folder)
  const allowed = await allowedFolders(rules)
  const found = await Promise.all(names.map((entry) => describe(allowed, folder, entry)))
  const entries = found.filter((entry) => entry !== undefined).toSorted(inOrder)
  return { path: folder, parent: allowedParent(allowed, folder) ?? null, entries, isCut }
}

async function listRoots(rules: FolderRules): Promise<FolderListing> {
  const folders = (await allowedFolders(rules)).folders.toSorted(NATURAL.compare)
  const entries = folders.map((path) => ({ name: path, path, kind: 'folder' as const, size_bytes: 0 }))
  return { path: null, parent: null, entries: entries.slice(0, MAX_ENTRIES), isCut: entries.length > MAX_ENTRIES }
}

/** One new folder. Answers where it really is. Throws AppError. */
export async function makeFolder(rules: FolderRules, path: string): Promise<string> {
  const name = basename(path)
  if (safeName(new TextEncoder().encode(name), process.platform) !== name || name.startsWith('.')) {
    throw new AppError('usage', `${JSON.stringify(name)} cannot be the name of a folder here: choose a plain one`)
  }
  const made = join(await allowedPath(rules, dirname(path)), name)
  try {
    await mkdir(made)
    return made
  } catch (cause) {
    const failure = failedFile('write', made, cause)
    if (failure.code !== 'exists') throw failure
    throw new AppError('exists', `"${made}" exists already: open it, or choose another name`, { cause })
  }
}

/** Those that are not hidden: MAX_ENTRIES at most, the first by name of MAX_NAMES. */
async function readNames(folder: string): Promise<{ readonly names: readonly Dirent[]; readonly isCut: boolean }> {
  const names: Dirent[] = []
  let isCut = false
  try {
    // Large reads: each takes a turn of the event loop.
    for await (const entry of await opendir(folder, { bufferSize: 1024 })) {
      if (entry.name.startsWith('.')) continue
      isCut = names.length === MAX_NAMES
      if (isCut) break
      names.push(entry)
    }
  } catch (cause) {
    const isFile = cause instanceof Error && 'code' in cause && cause.code === 'ENOTDIR'
    if (isFile) throw new AppError('usage', `"${folder}" is a file: only folders can be opened`, { cause })
    throw failedFile('read', folder, cause)
  }
  if (names.length <= MAX_ENTRIES) return { names, isCut }
  const sorted = names.toSorted((a, b) => Number(b.isDirectory()) - Number(a.isDirectory()) || byName(a, b))
  return { names: sorted.slice(0, MAX_ENTRIES), isCut: true }
}

/** `undefined` for what went meanwhile, is neither file nor folder, is a link that leads out, or is the state folder. */
async function describe(allowed: AllowedFolders, folder: string, entry: Dirent): Promise<FolderEntry | undefined> {
  const { name } = entry
  const path = join(folder, name)
  try {
    if (!isAllowed(allowed, entry.isSymbolicLink() ? await realpath(path) : path)) return undefined
    if (entry.isDirectory()) return { name, path, kind: 'folder', size_bytes: 0 }
    if (!entry.isFile() && !entry.isSymbolicLink()) return undefined
    const stats = await stat(path)
    if (stats.isDirectory()) return { name, path, kind: 'folder', size_bytes: 0 }
    return stats.isFile() ? { name, path, kind: 'file', size_bytes: stats.size } : undefined
  } catch {
    return undefined // what cannot be looked at cannot be shared either
  }
}

function inOrder(a: FolderEntry, b: FolderEntry): number {
  return Number(b.kind === 'folder') - Number(a.kind === 'folder') || byName(a, b)
}

/** Equal for nobody: some names differ in what the language overlooks. */
function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return NATURAL.compare(a.name, b.name) || (a.name < b.name ? -1 : 1)
}
