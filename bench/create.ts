// Making and verifying torrents, beside other programs and beside what the cores can hash: whole commands, start included.
//   npm run bench -- create [--mib 2048] [--files 20000] [--small-kib 16] [--runs 5]
// One large file and many small ones, in /dev/shm and read just before, so from memory. Ours as built (`npm run build`).
// "of capacity": against `openssl speed -evp sha1` on all cores at once, in the same minute.
import { spawnSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync, openSync, writeSync, closeSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { parseArgs } from 'node:util'
import { findProgram } from '../test/support/program.ts'
import { median } from './median.ts'

const MIB = 1024 * 1024
const ROOT = join(import.meta.dirname, '..')

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '2048' },
    files: { type: 'string', default: '20000' },
    'small-kib': { type: 'string', default: '16' },
    runs: { type: 'string', default: '5' },
  },
})
const runs = Number(values.runs)
const smallBytes = Number(values['small-kib']) * 1024

const LIBTORRENT_CREATE = `
import libtorrent as lt, os, sys
path, out = sys.argv[1:]
files = lt.file_storage()
lt.add_files(files, path)
torrent = lt.create_torrent(files, 0, lt.create_torrent.v1_only)
lt.set_piece_hashes(torrent, os.path.dirname(path))
open(out, 'wb').write(lt.bencode(torrent.generate()))
`
const LIBTORRENT_VERIFY = `
import libtorrent as lt, sys, time
torrent, folder = sys.argv[1:]
session = lt.session({'enable_dht': False, 'enable_lsd': False, 'enable_upnp': False, 'enable_natpmp': False,
                      'listen_interfaces': '127.0.0.1:0', 'hashing_threads': ${availableParallelism()}, 'aio_threads': 4})
handle = session.add_torrent({'ti': lt.torrent_info(torrent), 'save_path': folder})
while not handle.status().is_seeding: time.sleep(0.005)
`

interface Program {
  readonly name: string
  readonly create?: (path: string, torrent: string) => readonly string[]
  readonly verify?: (torrent: string, folder: string) => readonly string[]
}

const SHOAL = [process.execPath, join(ROOT, 'bin', 'shoal.cjs')]
const ALL: readonly Program[] = [
  {
    name: 'shoal',
    create: (path, torrent) => [...SHOAL, 'create', path, '--output', torrent, '--force'],
    verify: (torrent, folder) => [...SHOAL, 'verify', torrent, '--dir', folder],
  },
  {
    name: 'mktorrent',
    create: (path, torrent) => [
      ...['mktorrent', '-a', 'http://127.0.0.1/', '-t', String(availableParallelism())],
      ...['-l', pieceExponent, '-o', torrent, path],
    ],
  },
  {
    // Makes no torrent: every file read and hashed on all cores, which is the least that there is to do for many.
    name: 'openssl',
    create: (path) => [
      ...['sh', '-c', 'find "$0" -type f -print0 | xargs -0 -n 1000 -P "$1" openssl sha1 >/dev/null'],
      ...[path, String(availableParallelism())],
    ],
  },
  { name: 'transmission', create: (path, torrent) => ['transmission-create', '-o', torrent, path] },
  {
    name: 'libtorrent',
    create: (path, torrent) => ['/usr/bin/python3', '-c', LIBTORRENT_CREATE, path, torrent],
    verify: (torrent, folder) => ['/usr/bin/python3', '-c', LIBTORRENT_VERIFY, torrent, folder],
  },
  {
    name: 'aria2',
    verify: (torrent, folder) => [
      ...['aria2c', '--check-integrity', '--hash-check-only', '--seed-time=0', '--enable-dht=false', '--quiet'],
      ...['--enable-dht6=false', '--dir', folder, torrent],
    ],
  },
]
/** Of 1 MiB, what everybody but mktorrent chooses by itself for the large file. */
const pieceExponent = '20'
const PROGRAMS = ALL.filter(({ name, create, verify }) => {
  const [command = ''] = create?.('', '') ?? verify?.('', '') ?? []
  const isHere = isAbsolute(command) || findProgram(command) !== undefined
  if (!isHere) console.log(`${name} is left out: ${command} is not installed`)
  return isHere
})

const work = mkdtempSync('/dev/shm/shoal-create-')
try {
  makeLargeFile(join(work, 'large'), Number(values.mib))
  makeSmallFiles(join(work, 'small'), Number(values.files))
  measure('large', `one file of ${values.mib} MiB`, Number(values.mib) * MIB)
  measure('small', `${values.files} files of ${values['small-kib']} KiB`, Number(values.files) * smallBytes)
} finally {
  rmSync(work, { recursive: true })
}

function makeLargeFile(path: string, mib: number): void {
  const bytes = new Uint8Array(MIB)
  const file = openSync(path, 'w')
  for (let n = 0; n < mib; n++) writeSync(file, randomFillSync(bytes))
  closeSync(file)
}

function makeSmallFiles(folder: string, count: number): void {
  const bytes = new Uint8Array(smallBytes)
  for (let n = 0; n < count; n++) {
    const path = join(folder, `folder-${Math.floor(n / 200)}`, `file-${n}.bin`)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, randomFillSync(bytes))
  }
}

function measure(name: string, what: string, bytes: number): void {
  const path = join(work, name)
  const torrent = join(work, `${name}.torrent`)
  const seconds = new Map<string, number[]>()
  const add = (key: string, value: number): unknown => seconds.set(key, [...(seconds.get(key) ?? []), value])
  const capacities: number[] = []
  for (let run = 0; run < runs; run++) {
    capacities.push(capacityMBps())
    for (const { name: program, create } of PROGRAMS) {
      rmSync(torrent, { force: true }) // mktorrent replaces nothing
      if (create !== undefined) add(`create ${program}`, timed(create(path, torrent)))
    }
    timed([...SHOAL, 'create', path, '--output', torrent, '--force'])
    for (const { name: program, verify } of PROGRAMS) {
      if (verify !== undefined) add(`verify ${program}`, timed(verify(torrent, work)))
    }
  }
  const capacity = median(capacities)
  console.log(`\n${what}; the cores hash ${capacity.toFixed(0)} MB/s`)
  for (const [key, times] of seconds) {
    const middle = median(times)
    const rate = bytes / middle / 1e6
    const numbers = `${middle.toFixed(2).padStart(6)} s ${rate.toFixed(0).padStart(6)} MB/s`
    console.log(`${key.padEnd(20)} ${numbers}  ${(rate / capacity).toFixed(2)} of capacity`)
  }
}

/** Of SHA-1 on all cores together, in pieces of 16 KiB as OpenSSL measures. */
function capacityMBps(): number {
  const args = ['speed', '-mr', '-evp', 'sha1', '-bytes', '16384', '-seconds', '1']
  const { stdout } = spawnSync('openssl', [...args, '-multi', String(availableParallelism())], { encoding: 'utf8' })
  return Number(/^\+F:\d+:[^:]+:([\d.]+)/m.exec(stdout)?.[1]) / 1e6
}

function timed([command = '', ...args]: readonly string[]): number {
  const startedAt = performance.now()
  const { status, stderr } = spawnSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`)
  return (performance.now() - startedAt) / 1000
}
