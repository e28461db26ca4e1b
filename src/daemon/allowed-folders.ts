// Which files of this machine clients of the API may see and share: those below the folders that the setting "page-roots"
// names, and below the user's own folders; nothing that is hidden there, and nothing of the state folder, which holds the
// token and the keys. Links are followed before that is decided, so none leads out. Callers that are not at this machine
// send and put into links only such files too, and setting-change.ts lets them set folders only there.
import { lstat, realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { AppError } from '../core/errors.ts'
import { failedFile } from '../io/files.ts'
import type { Settings } from './settings.ts'

/** A daemon, or what of it says which folders these are. */
export interface FolderRules {
  readonly settings: Pick<Settings, 'page-roots' | 'download-roots' | 'download-dir' | 'receive-dir' | 'shared-dir'>
  readonly stateDir: string
}

/** Links are followed in all of them. */
export interface AllowedFolders {
  /** Each once; those that are not there are left out. */
  readonly folders: readonly string[]
  readonly stateDir: string
}

export async function allowedFolders({ settings, stateDir }: FolderRules): Promise<AllowedFolders> {
  const all = await Promise.all(wanted(settings).map((folder) => realpath(folder).catch(() => undefined)))
  const state = await realpath(stateDir).catch(() => resolve(stateDir))
  const folders = new Set(all.filter((folder) => folder !== undefined))
  folders.delete(state)
  return { folders: [...folders], stateDir: state }
}

/**
 * Where the file or folder really is. Throws AppError: 'usage' for one that is not below an allowed folder (whether it is
 * there is not told), 'not-found'.
 */
export async function allowedPath(rules: FolderRules, path: string): Promise<string> {
  return placeOf(rules, await allowedFolders(rules), path)
}

/** As `allowedPath`, of what is given away with all that is in it: no folder that has the state folder somewhere below. */
export async function allowedSources(rules: FolderRules, paths: readonly string[]): Promise<string[]> {
  const allowed = await allowedFolders(rules)
  const places: string[] = []
  for (const path of paths) {
    const place = await placeOf(rules, allowed, path)
    if (isBelow(place, allowed.stateDir)) {
      const why = 'Shoal keeps its keys somewhere in it: choose what is in it instead'
      throw new AppError('usage', `${JSON.stringify(path)} cannot be given away, ${why}`)
    }
    places.push(place)
  }
  return places
}

async function placeOf({ settings }: FolderRules, allowed: AllowedFolders, path: string): Promise<string> {
  if (!isAbsolute(path) || path.includes('\0')) {
    throw new AppError('usage', `path: expected the absolute path of a file or folder, got ${JSON.stringify(path)}`)
  }
  try {
    const real = await realpath(path)
    if (isAllowed(allowed, real)) return real
  } catch (cause) {
    const named = { ...allowed, folders: [...allowed.folders, ...wanted(settings)] }
    if (isAllowed(named, resolve(path))) throw failedFile('read', path, cause)
  }
  const way = 'add a folder that it is in to the setting "page-roots"'
  throw new AppError('usage', `${JSON.stringify(path)} is hidden, or not below a folder that may be shown: ${way}`)
}

/**
 * May callers from elsewhere have files go to this folder, or come from it? It need not be there yet. The folders for
 * downloads count too. `isGivenAway`: with all that is in it.
 */
export async function isFolderAllowed(rules: FolderRules, path: string, isGivenAway: boolean): Promise<boolean> {
  const place = await futurePlace(path)
  if (place === undefined) return false
  const { folders, stateDir } = await allowedFolders(rules)
  const { settings } = rules
  const future = await Promise.all([...wanted(settings), ...settings['download-roots']].map(futurePlace))
  const all = [...folders, ...future.filter((folder) => folder !== undefined)]
  return isAllowed({ folders: all, stateDir }, place) && !(isGivenAway && isBelow(place, stateDir))
}

/** Links are followed as far as there is something; `undefined` where a link leads to nothing, for that can change. */
async function futurePlace(path: string): Promise<string | undefined> {
  if (path.includes('\0')) return undefined
  try {
    return await realpath(path)
  } catch {
    const isThere = await lstat(path).then(
      () => true,
      () => false,
    )
    const parent = dirname(path)
    if (isThere || parent === path) return undefined
    const above = await futurePlace(parent)
    return above === undefined ? undefined : join(above, basename(path))
  }
}

/** The folder above an allowed path; `undefined` if that is none that is allowed. */
export function allowedParent(allowed: AllowedFolders, path: string): string | undefined {
  const parent = dirname(path)
  return parent !== path && isAllowed(allowed, parent) ? parent : undefined
}

function wanted(settings: FolderRules['settings']): string[] {
  const { 'page-roots': roots, 'download-dir': downloads, 'receive-dir': received, 'shared-dir': shared } = settings
  return [...roots, downloads, received, ...(shared === '' ? [] : [shared])]
}

/** Of a path in which links are followed. */
export function isAllowed({ folders, stateDir }: AllowedFolders, path: string): boolean {
  return folders.some((folder) => {
    if (!isBelow(folder, path)) return false
    const isHidden = relative(folder, path)
      .split(sep)
      .some((name) => name.startsWith('.'))
    // A service may have its downloads in the state folder: that folder was named, and is not one of the state's own.
    const isOwn = isBelow(stateDir, path) && (folder === stateDir || !isBelow(stateDir, folder))
    return !isHidden && !isOwn
  })
}

/** Is the path this folder, or below it? */
function isBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}
