// Who may change which settings: what bounds the page and programs is its owner's, who calls on this machine; folders that
// callers from elsewhere choose lie where they may look already. `shoal_config_set` and `session_set` ask.
import { AppError } from '../core/errors.ts'
import { type FolderRules, isFolderAllowed } from './allowed-folders.ts'
import { safeDownloadDir } from './download-dir.ts'
import type { Caller } from './rpc/method.ts'
import { FOR_OWNER } from './setting-table.ts'
import type { Settings, SettingsChange } from './settings.ts'

interface Changing extends FolderRules {
  readonly settings: Settings
}

const FOLDERS = ['download-dir', 'receive-dir', 'shared-dir', 'watch-dir'] as const

/** Throws AppError 'usage'. */
export async function checkChange(daemon: Changing, change: SettingsChange, { isLocal }: Caller): Promise<void> {
  const { settings } = daemon
  const downloads = change['download-dir']
  if (downloads !== undefined) safeDownloadDir(settings, downloads)
  if (isLocal) return
  for (const name of FOR_OWNER) {
    if (change[name] === undefined) continue
    const way = `shoal config ${name} …`
    throw new AppError('usage', `"${name}" is changed only on the machine where Shoal runs: ${way}`)
  }
  for (const name of FOLDERS) {
    const path = change[name]
    if (path === undefined || path === '' || path === settings[name]) continue
    if (await isFolderAllowed(daemon, path, name === 'shared-dir')) continue
    const way = `choose another, or on the machine where Shoal runs: shoal config ${name} …`
    throw new AppError(
      'usage',
      `${name}: ${JSON.stringify(path)} is not below "page-roots" or "download-roots": ${way}`,
    )
  }
}
