// Which files of this machine clients of the API may see and share: those below the folders that the setting "page-roots"
// names, and below the user's own folders. Links are followed before that is decided, so none leads out.
import { realpath } from 'node:fs/promises'
import { dirname, isAbsolute, resolve, sep } from 'node:path'
import { AppError } from '../core/errors.ts'
import { failedFile } from '../io/files.ts'
import type { Settings } from './settings.ts'

export type FolderSettings = Pick<Settings, 'page-roots' | 'download-dir' | 'receive-dir' | 'shared-dir'>

/** Where they really are, each once; folders that are not there are left out. */
export async function allowedFolders(settings: FolderSettings): Promise<readonly string[]> {
  const real = await Promise.all(wanted(settings).map((folder) => realpath(folder).catch(() => undefined)))
  return [...new Set(real.filter((folder) => folder !== undefined))]
}

/**
 * Where the file or folder really is. Throws AppError: 'usage' for one that is not below an allowed folder (whether it is
 * there is not told), 'not-found'.
 */
export async function allowedPath(settings: FolderSettings, path: string): Promise<string> {
  if (!isAbsolute(path) || path.includes('\0')) {
    throw new AppError('usage', `path: expected the absolute path of a file or folder, got ${JSON.stringify(path)}`)
  }
  const folders = await allowedFolders(settings)
  try {
    const real = await realpath(path)
    if (isBelow(folders, real)) return real
  } catch (cause) {
    if (isBelow([...folders, ...wanted(settings)], resolve(path))) throw failedFile('read', path, cause)
  }
  const way = 'add a folder that it is in to the setting "page-roots"'
  throw new AppError('usage', `${JSON.stringify(path)} is not below a folder that may be shown: ${way}`)
}

/** The folder above an allowed path; `undefined` if that is none that is allowed. */
export function allowedParent(folders: readonly string[], path: string): string | undefined {
  const parent = dirname(path)
  return parent !== path && isBelow(folders, parent) ? parent : undefined
}

function wanted(settings: FolderSettings): string[] {
  const { 'page-roots': roots, 'download-dir': downloads, 'receive-dir': received, 'shared-dir': shared } = settings
  return [...roots, downloads, received, ...(shared === '' ? [] : [shared])]
}

/** Is the path, links followed, one of these folders, or below one? */
export function isBelow(folders: readonly string[], path: string): boolean {
  return folders.some((folder) => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep))
}
