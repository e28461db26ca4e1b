// Where Shoal keeps what it must remember between runs: one folder for each user, or for the service.
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The folder by systemd's STATE_DIRECTORY (`StateDirectory=` of a unit), else `shoal` in XDG_STATE_HOME, which is
 * `~/.local/state` by default. It need not exist; whoever makes it gives it mode 0700.
 */
export function defaultStateDir(env: NodeJS.ProcessEnv = process.env, home: string = homedir()): string {
  // Of several folders of a unit, systemd joins the names with colons; the first is the main one.
  const [service] = (env['STATE_DIRECTORY'] ?? '').split(':')
  if (service !== undefined && service !== '') return service
  const xdg = env['XDG_STATE_HOME'] ?? ''
  // The XDG specification has relative paths ignored.
  return join(xdg.startsWith('/') ? xdg : join(home, '.local/state'), 'shoal')
}
