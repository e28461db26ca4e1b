// Peak memory of a seeder and a downloader whatever the torrent, and what a connection costs: as built, in /dev/shm.
//   npm run bench -- memory [--connections 1000]
// The file of 32 GiB is a hole: its first 3 GiB are transferred, with the books of all of it.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { setLateFlags } from '../src/cli/v8-flags.ts'
import { Session } from '../src/index.ts'
import { handshake, ID, message } from '../test/attack/scripted-peer.ts'
import { type Program, startProgram, until } from '../test/support/program.ts'
import { bytesOnDisk, holdMemory } from './ballast.ts'
import { memoryMiB } from './proc.ts'
import { buildShoal } from './racers.ts'

setLateFlags() // as the program has it

const GIB = 1024 ** 3
const MB_PER_MIB = 1.048_576
const MOST_BYTES = 3 * GIB
const PATIENT = { timeoutMs: 300_000, everyMs: 50 }
const SHOAL = join(import.meta.dirname, '../bin/shoal.cjs')

if (process.argv[2] === 'connect') await holdConnections()
else {
  const { values } = parseArgs({ options: { connections: { type: 'string', default: '1000' } } })
  buildShoal()
  const work = mkdtempSync('/dev/shm/shoal-memory-')
  try {
    console.log('| file | pieces of | seeder peak MB | downloader peak MB |\n|---|--:|--:|--:|')
    for (const [gib, pieceMiB] of [
      [2, 1],
      [2, 4],
      [2, 64],
      [32, 1],
      [32, 16],
    ] as const) {
      const dir = join(work, `${gib}-${pieceMiB}`)
      const { seeder, downloader } = await transfer(dir, gib * GIB, pieceMiB)
      rmSync(dir, { recursive: true })
      console.log(`| ${gib} GiB | ${pieceMiB} MiB | ${seeder.toFixed(0)} | ${downloader.toFixed(0)} |`)
    }
    await connections(work, Number(values.connections))
  } finally {
    rmSync(work, { recursive: true })
  }
}

async function transfer(dir: string, bytes: number, pieceMiB: number): Promise<{ seeder: number; downloader: number }> {
  mkdirSync(join(dir, 'got'), { recursive: true })
  writeFileSync(join(dir, 'data'), '')
  truncateSync(join(dir, 'data'), bytes)
  const torrent = join(dir, 'data.torrent')
  await using making = shoal('create', join(dir, 'data'), '--output', torrent, '--piece-length', `${pieceMiB}M`)
  await making.program.exited()
  await using seeder = shoal('seed', torrent, '--dir', dir, '--listen', '127.0.0.1:0')
  await until('it seeds', () => seeder.events.has('seeding'), { ...PATIENT, program: seeder.program })
  using _ballast = holdMemory(Math.min(bytes, MOST_BYTES), join(dir, 'got'))
  const where = ['--dir', join(dir, 'got'), '--listen', '127.0.0.1:0']
  const address = String(seeder.events.get('listening')?.['address'])
  await using downloader = shoal('download', torrent, ...where, '--peer', address)
  const isThere = (): boolean => bytesOnDisk(join(dir, 'got')) >= Math.min(bytes, MOST_BYTES)
  await until('it is there', isThere, { ...PATIENT, program: downloader.program })
  return { seeder: peakMB(seeder.program.pid), downloader: peakMB(downloader.program.pid) }
}

function peakMB(pid: number): number {
  return memoryMiB(pid, 'VmHWM') * MB_PER_MIB
}

interface Running extends AsyncDisposable {
  readonly program: Program
  /** The last one of each kind. */
  readonly events: ReadonlyMap<unknown, Record<string, unknown>>
}

function shoal(...args: readonly string[]): Running {
  const events = new Map<unknown, Record<string, unknown>>()
  const onLine = (line: string): void => {
    const event = JSON.parse(line) as Record<string, unknown>
    events.set(event['event'], event)
  }
  const program = startProgram(process.execPath, [SHOAL, ...args, '--json'], { onLine })
  return { program, events, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() }
}

/** A seed in this process, and peers in another that said what peers say and then wait. */
async function connections(work: string, count: number): Promise<void> {
  const bytes = new Uint8Array(64 * 1024 * 1024)
  const pieceBytes = 65_536
  writeFileSync(join(work, 'file'), bytes)
  const hash = createHash('sha1').update(bytes.subarray(0, pieceBytes)).digest()
  const hashes = Buffer.concat(Array.from({ length: bytes.length / pieceBytes }, () => hash))
  const info = Buffer.concat([
    Buffer.from(`d6:lengthi${bytes.length}e4:name4:file12:piece lengthi${pieceBytes}e6:pieces${hashes.length}:`),
    hashes,
    Buffer.from('e'),
  ])
  const metainfo = Buffer.concat([Buffer.from('d4:info'), info, Buffer.from('e')])
  const listen = [{ ip: '127.0.0.1', port: 0 }]
  const session = await Session.open({ stateDir: join(work, 'state'), listen, maxPeers: count + 10 })
  const torrent = session.add({ metainfo }, { dir: work, mode: 'seed', maxPeers: count + 10 })
  await until('it seeds', () => torrent.status().state === 'seeding')
  await wait(2_000) // the second disk worker has ended by then
  const before = process.memoryUsage().rss
  const infoHash = createHash('sha1').update(info).digest('hex')
  const args = [import.meta.filename, 'connect', String(session.port), infoHash, String(count), `${hashes.length / 20}`]
  const peers = spawn(process.execPath, args, { stdio: ['pipe', 'inherit', 'inherit'] })
  await until('all are there', () => torrent.peers.size === count, PATIENT)
  await wait(5_000)
  const each = (process.memoryUsage().rss - before) / 1000 / count
  console.log(`\n${count} connections to a seed: ${each.toFixed(1)} kB each`)
  peers.kill()
  await session.close()
}

/** The other process of `connections`. */
async function holdConnections(): Promise<void> {
  const [port, infoHash, count, pieces] = process.argv.slice(3)
  const sockets: Socket[] = []
  for (let n = 0; n < Number(count); n++) {
    const socket = connect({ host: '127.0.0.1', port: Number(port), localAddress: `127.0.${1 + (n >> 8)}.${n & 255}` })
    await once(socket, 'connect')
    socket.resume()
    const bitfield = new Uint8Array(Math.ceil(Number(pieces) / 8))
    bitfield[0] = 0x80
    socket.write(
      Buffer.concat([
        handshake({ infoHash: Buffer.from(infoHash ?? '', 'hex') }),
        message(ID.bitfield, [], bitfield),
        message(ID.interested),
      ]),
    )
    sockets.push(socket)
  }
  await wait(600_000)
}
