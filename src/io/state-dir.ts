// Where Shoal keeps what it must remember between runs: one folder for each user, or for the service.
import { accessSync, constants, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { AppError, type ErrorCode } from '../core/errors.ts'

const ERROR_CODES: Readonly<Record<string, ErrorCode>> = {
  EACCES: 'disk-permission',
  EPERM: 'disk-permission',
  EROFS: 'disk-read-only',
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
}

/**
 * The folder by systemd's STATE_DIRECTORY (`StateDirectory=` of a unit), else `shoal` in XDG_STATE_HOME, which is
 * `~/.local/state` by default. It need not exist: see `makeStateDir`.
 */
export function defaultStateDir(env: NodeJS.ProcessEnv = process.env, home: string = homedir()): string {
  // Of several folders of a unit, systemd joins the names with colons; the first is the main one.
  const [service] = (env['STATE_DIRECTORY'] ?? '').split(':')
  if (service !== undefined && service !== '') return service
  const xdg = env['XDG_STATE_HOME'] ?? ''
  // The XDG specification has relative paths ignored.
  return join(xdg.startsWith('/') ? xdg : join(home, '.local/state'), 'shoal')
}

/** Makes the folder if it is missing, for its owner only, and sees that it can be written to; else throws AppError. */
export function makeStateDir(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
    accessSync(dir, constants.W_OK | constants.X_OK)
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
    const sentence = `cannot keep progress in ${dir} (${reason}): make it writable, or choose another with --state-dir`
    throw new AppError(ERROR_CODES[reason] ?? 'disk-error', sentence, { cause })
  }
}
