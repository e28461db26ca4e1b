// A seeder and its downloaders on thin lines: how close the last one's time comes to what is possible at all, and how
// often the seeder sent the file. Each host is a network namespace (as root); the clients take turns.
//   npm run bench -- thin [--mib 32] [--downloaders 6] [--seed-up 20] [--up 20] [--down 100] [--runs 3] [--only shoal]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startProgram, until } from '../test/support/program.ts'
import { bytesOnDisk } from './ballast.ts'
import { median } from './median.ts'
import { type Host, Lan } from './namespaces.ts'
import { type CommandLine, commandLines, makeRaceTorrent } from './racers.ts'

const MIB = 1024 * 1024
const TRACKER_PORT = 6969
const FINISH_MS = 120_000
/** More than handshakes and bitfields. */
const FIRST_DATA_BYTES = 50_000

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '32' },
    'piece-kib': { type: 'string', default: '128' },
    downloaders: { type: 'string', default: '6' },
    'seed-up': { type: 'string', default: '20' },
    up: { type: 'string', default: '20' },
    down: { type: 'string', default: '100' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
})
const bytes = Number(values.mib) * MIB
const downloaders = Number(values.downloaders)
const seedUp = Number(values['seed-up'])
const [up, down] = [Number(values.up), Number(values.down)]
const bytesPerSec = (mbit: number): number => (mbit * 1e6) / 8
/** Somebody must send each byte once, each must receive all, and all together cannot send more than their lines carry. */
const boundSec = Math.max(
  bytes / bytesPerSec(seedUp),
  bytes / bytesPerSec(down),
  (downloaders * bytes) / (bytesPerSec(seedUp) + downloaders * bytesPerSec(up)),
)

interface Result {
  /** From the start of the programs, and from the seeder's first block. */
  readonly seconds: number
  readonly sendingSec: number
  readonly copies: number
}

const work = mkdtempSync(join(tmpdir(), 'shoal-thin-'))
try {
  const trackerUrl = `http://10.77.0.254:${TRACKER_PORT}/announce`
  makeRaceTorrent(work, { mib: Number(values.mib), pieceKiB: Number(values['piece-kib']), trackerUrl })
  const racers = commandLines().filter(({ name }) => values.only?.split(',').includes(name) ?? true)
  const results = new Map<string, Result[]>(racers.map(({ name }) => [name, []]))
  for (let run = 1; run <= Number(values.runs); run++) {
    for (const racer of racers) {
      const result = await once(racer)
      results.get(racer.name)?.push(result)
      const { seconds, sendingSec, copies } = result
      const times = `${seconds.toFixed(2)} s, ${sendingSec.toFixed(2)} s from the first block`
      console.error(`run ${run}  ${racer.name.padEnd(12)} ${times}, ${copies.toFixed(2)} copies`)
    }
  }
  console.log(`${values.mib} MiB to ${downloaders}, bound ${boundSec.toFixed(2)} s, medians of ${values.runs}\n`)
  console.log(
    '| client | last one done s | of the bound | from the first block s | of the bound | copies sent by the seeder, with headers |\n|---|--:|--:|--:|--:|--:|',
  )
  for (const [name, runs] of results) {
    const seconds = median(runs.map((run) => run.seconds))
    const copies = median(runs.map((run) => run.copies))
    const sending = median(runs.map((run) => run.sendingSec))
    const times = [seconds, sending].flatMap((sec) => [sec.toFixed(2), (sec / boundSec).toFixed(2)])
    console.log(`| ${[name, ...times, copies.toFixed(2)].join(' | ')} |`)
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}

async function once({ start }: CommandLine): Promise<Result> {
  const torrent = join(work, 'data.torrent')
  const got = mkdtempSync(join(work, 'got-'))
  using lan = new Lan()
  await using programs = new AsyncDisposableStack()
  const run = (host: Host, command: readonly string[]) => {
    const [program = '', ...args] = [...host.prefix, ...command]
    return programs.use(startProgram(program, args))
  }
  const main = join(import.meta.dirname, '../bin/shoal.cjs')
  const tracker = run(lan.hub, [process.execPath, main, 'tracker', '--host', lan.hub.ip, '--port', `${TRACKER_PORT}`])
  await until('the tracker listens', () => tracker.lastLines().includes('announce') || undefined, { program: tracker })
  const seederHost = lan.addHost({ upMbit: seedUp, downMbit: down })
  const seeder = run(seederHost, start({ torrent, dir: join(work, 'seed'), ip: seederHost.ip, isSeeder: true }))
  await until('the seeder has announced itself', () => lan.sentBytes(seederHost) > 1000 || undefined, {
    program: seeder,
    timeoutMs: FINISH_MS,
  })
  const hosts = Array.from({ length: downloaders }, () => lan.addHost({ upMbit: up, downMbit: down }))
  const sentBefore = lan.sentBytes(seederHost)
  const begunAt = performance.now()
  const dirs = hosts.map((host, n) => {
    const dir = join(got, `${n}`)
    mkdirSync(dir)
    run(host, start({ torrent, dir, ip: host.ip, isSeeder: false }))
    return dir
  })
  const isSending = (): true | undefined =>
    lan.sentBytes(seederHost) - sentBefore > FIRST_DATA_BYTES ? true : undefined
  await until('the seeder sends', isSending, { program: seeder, timeoutMs: FINISH_MS, everyMs: 100 })
  const sendingAt = performance.now()
  const isDone = (): true | undefined => (dirs.every((dir) => bytesOnDisk(dir) >= bytes) ? true : undefined)
  await until('the last one has all', isDone, { program: seeder, timeoutMs: FINISH_MS, everyMs: 20 })
  const seconds = (performance.now() - begunAt) / 1000
  const sendingSec = (performance.now() - sendingAt) / 1000
  const copies = (lan.sentBytes(seederHost) - sentBefore) / bytes
  rmSync(got, { recursive: true })
  return { seconds, sendingSec, copies }
}
