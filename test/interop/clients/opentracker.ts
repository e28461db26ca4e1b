// opentracker (Debian: opentracker), HTTP and UDP. Debian builds it closed: it serves only the hashes on its list.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, makeHome, startProgram, until } from '../../support/program.ts'

const PROGRAM = findProgram('opentracker')

export const opentracker = {
  missing: PROGRAM === undefined ? 'opentracker' : undefined,

  httpUrl: (port: number): string => `http://127.0.0.1:${port}/announce`,
  udpUrl: (port: number): string => `udp://127.0.0.1:${port}/announce`,

  /** `allowedHashes` are info-hashes in hex. Disposing ends it. */
  async start(port: number, allowedHashes: readonly string[]): Promise<AsyncDisposable> {
    const home = makeHome('opentracker')
    // Started by root it changes to a user that owns nothing, who must be able to read the list.
    chmodSync(home, 0o755)
    writeFileSync(join(home, 'allowed'), allowedHashes.map((hash) => `${hash}\n`).join(''))
    const address = ['-i', '127.0.0.1', '-p', `${port}`, '-P', `${port}`]
    const program = startProgram(PROGRAM ?? 'opentracker', [...address, '-d', '.', '-w', 'allowed'], { home })
    const isUp = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      )
    await until('opentracker answers', isUp, { program })
    return program
  },
}
