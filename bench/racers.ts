// What the races have in common: ourselves in the published form, and a torrent of one big file.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../test/interop/clients/client.ts'
import { shoalOf } from '../test/interop/clients/shoal.ts'
import { writeRandom } from './ballast.ts'

const ROOT = join(import.meta.dirname, '..')

/** `npm run build`, then the command that the package installs. */
export function buildShoal(): Client {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'scripts/build.ts')], { stdio: 'inherit' })
  if (status !== 0) throw new Error('the build failed')
  return shoalOf({ command: [process.execPath, join(ROOT, 'bin/shoal.cjs')] })
}

export interface RaceTorrent {
  readonly mib: number
  readonly pieceKiB: number
  readonly trackerUrl: string
}

/** Writes `seed/data` and `data.torrent` below `work`; the answer is the info-hash. */
export function makeRaceTorrent(work: string, { mib, pieceKiB, trackerUrl }: RaceTorrent): string {
  mkdirSync(join(work, 'seed'))
  writeRandom(join(work, 'seed/data'), mib * 1024 * 1024)
  const script = join(ROOT, 'test/interop/clients/libtorrent-create.py')
  const args = [script, join(work, 'seed/data'), join(work, 'data.torrent'), trackerUrl, 'v1', `${pieceKiB * 1024}`]
  const { stdout, stderr, status } = spawnSync('/usr/bin/python3', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout.split('\n')[0] ?? ''
}
