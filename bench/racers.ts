// What the races have in common: ourselves in the published form, and a torrent of one big file.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../test/interop/clients/client.ts'
import { shoalAt } from '../test/interop/clients/shoal.ts'
import { writeRandom } from './ballast.ts'

const ROOT = join(import.meta.dirname, '..')

/** `npm run build`, then the command that the package installs, with an address of its own for peers. */
export function buildShoal(ip = '127.0.0.1'): Client {
  const { status } = spawnSync(process.execPath, [join(ROOT, 'scripts/build.ts')], { stdio: 'inherit' })
  if (status !== 0) throw new Error('the build failed')
  return shoalAt(ip, { command: [process.execPath, join(ROOT, 'bin/shoal.cjs')] })
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

export interface LineJob {
  readonly torrent: string
  readonly dir: string
  /** The host's address. */
  readonly ip: string
  readonly isSeeder: boolean
}

/** A client as the command that runs it on some host, where nothing can ask it anything. */
export interface CommandLine {
  readonly name: string
  readonly start: (job: LineJob) => readonly string[]
}

/** Those that need no more than a command line. */
export function commandLines(): readonly CommandLine[] {
  buildShoal()
  return [
    {
      name: 'shoal',
      start: ({ torrent, dir, ip, isSeeder }) => [
        ...[process.execPath, join(ROOT, 'bin/shoal.cjs'), isSeeder ? 'seed' : 'download', torrent],
        ...['--dir', dir, '--listen', `${ip}:6881`],
      ],
    },
    {
      name: 'aria2',
      start: ({ torrent, dir }) => [
        ...['aria2c', '--no-conf', `--dir=${dir}`, '--listen-port=6881', '--disable-ipv6', '--enable-dht=false'],
        ...['--enable-peer-exchange=false', '--bt-enable-lpd=false', '--seed-ratio=0.0', '--check-integrity=true'],
        ...['--file-allocation=none', '--summary-interval=0', torrent],
      ],
    },
    {
      name: 'libtorrent',
      start: ({ torrent, dir, ip }) => [
        ...['/usr/bin/python3', join(ROOT, 'test/interop/clients/libtorrent-client.py')],
        JSON.stringify({ torrent, dir, settings: { listen_interfaces: `${ip}:6881` } }),
      ],
    },
  ]
}
