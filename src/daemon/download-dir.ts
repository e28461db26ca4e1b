// Where clients of the API may have downloads put.
import { isAbsolute, resolve, sep } from 'node:path'
import { AppError } from '../core/errors.ts'
import type { Settings } from './settings.ts'

/** The folder, if the settings allow it. Throws AppError 'usage'. */
export function safeDownloadDir(settings: Settings, wanted: string): string {
  if (!isAbsolute(wanted) || wanted.includes('\0')) {
    throw new AppError('usage', `download_dir: expected the absolute path of a folder, got ${JSON.stringify(wanted)}`)
  }
  const dir = resolve(wanted)
  const roots = settings['download-roots'].map((root) => resolve(root))
  const isAllowed =
    roots.length === 0 || roots.some((root) => dir === root || dir.startsWith(root.endsWith(sep) ? root : root + sep))
  if (!isAllowed)
    throw new AppError('usage', `download_dir: ${dir} is not below ${roots.join(' or ')} (setting "download-roots")`)
  return dir
}
