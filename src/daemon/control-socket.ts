// The socket by which the commands of one user find their daemon: in the state folder, which only the owner can enter.
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** unix(7): sun_path holds 108 bytes on Linux and 104 elsewhere, the last one zero. */
const MAX_PATH_BYTES = 103

/** Where no path of a file will do: Windows has named pipes, and some state folders lie too deep. */
export function controlSocketPath(stateDir: string): string {
  const dir = resolve(stateDir)
  const name = createHash('sha256').update(dir).digest('hex').slice(0, 24)
  if (process.platform === 'win32') return `\\\\.\\pipe\\shoal-${name}`
  const path = join(dir, 'daemon.sock')
  return Buffer.byteLength(path) <= MAX_PATH_BYTES ? path : join(tmpdir(), `shoal-${name}.sock`)
}
