// A film that is played while it comes, over a thin line: how long until it starts, and until it goes on after a seek to
// its end, while others fetch it beside. Each host is a network namespace (as root).
//   npm run bench -- play [--mib 200] [--piece-kib 128] [--seed-up 20] [--others 3] [--runs 5]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Program, startProgram, until } from '../test/support/program.ts'
import { median } from './median.ts'
import { type Host, Lan } from './namespaces.ts'
import { commandLines, makeRaceTorrent } from './racers.ts'

const MIB = 1024 * 1024
const TRACKER_PORT = 6969
const LIMIT_MS = 60_000
/** Others are in the middle of it by then. */
const HEAD_START_MS = 5_000

const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '200' },
    'piece-kib': { type: 'string', default: '128' },
    'seed-up': { type: 'string', default: '20' },
    others: { type: 'string', default: '3' },
    runs: { type: 'string', default: '5' },
  },
})
const bytes = Number(values.mib) * MIB
const main = join(import.meta.dirname, '../bin/shoal.cjs')

interface Times {
  readonly start: { readonly firstMs: number; readonly enoughMs: number }
  readonly seek: { readonly firstMs: number; readonly enoughMs: number }
}

const work = mkdtempSync(join(tmpdir(), 'shoal-play-'))
try {
  const trackerUrl = `http://10.77.0.254:${TRACKER_PORT}/announce`
  makeRaceTorrent(work, { mib: Number(values.mib), pieceKiB: Number(values['piece-kib']), trackerUrl })
  const all: Times[] = []
  for (let run = 1; run <= Number(values.runs); run++) {
    const times = await once(run)
    all.push(times)
    console.error(`run ${run}  ${JSON.stringify(times)}`)
  }
  const of = (what: (times: Times) => number): string => (median(all.map(what)) / 1000).toFixed(2)
  console.log(
    `${values.mib} MiB, seed ${values['seed-up']} Mbit/s, ${values.others} others; medians of ${values.runs}\n`,
  )
  console.log('| | first byte s | half a megabyte s |\n|---|--:|--:|')
  console.log(`| from the beginning | ${of(({ start }) => start.firstMs)} | ${of(({ start }) => start.enoughMs)} |`)
  console.log(`| after a seek to the end | ${of(({ seek }) => seek.firstMs)} | ${of(({ seek }) => seek.enoughMs)} |`)
} finally {
  rmSync(work, { recursive: true, force: true })
}

async function once(run: number): Promise<Times> {
  const torrent = join(work, 'data.torrent')
  const dir = (name: string): string => join(work, `${name}-${run}`)
  using lan = new Lan()
  await using programs = new AsyncDisposableStack()
  const start = (host: Host, command: readonly string[]): Program => {
    const [program = '', ...args] = [...host.prefix, ...command]
    return programs.use(startProgram(program, args))
  }
  const say = async (host: Host, command: readonly string[]): Promise<string> => {
    const [program = '', ...args] = [...host.prefix, ...command]
    const lines: string[] = []
    await using one = startProgram(program, args, { onLine: (line) => lines.push(line) })
    if ((await one.exited()) !== 0) throw new Error(one.lastLines())
    return lines.join('\n')
  }
  const shoal = commandLines().find(({ name }) => name === 'shoal')
  if (shoal === undefined) throw new Error('shoal is a racer')
  const tracker = start(lan.hub, [process.execPath, main, 'tracker', '--host', lan.hub.ip, '--port', `${TRACKER_PORT}`])
  await until('the tracker listens', () => tracker.lastLines().includes('announce') || undefined, { program: tracker })
  const seeder = lan.addHost({ upMbit: Number(values['seed-up']), downMbit: 100 })
  const seeding = start(seeder, shoal.start({ torrent, dir: join(work, 'seed'), ip: seeder.ip, isSeeder: true }))
  await until('the seeder announces', () => lan.sentBytes(seeder) > 1000 || undefined, { program: seeding })
  for (let n = 0; n < Number(values.others); n++) {
    const host = lan.addHost({ upMbit: 20, downMbit: 100 })
    start(host, shoal.start({ torrent, dir: dir(`other${n}`), ip: host.ip, isSeeder: false }))
  }
  const player = lan.addHost({ upMbit: 20, downMbit: 100 })
  const state = ['--state-dir', dir('state')]
  const daemon = start(player, [process.execPath, main, 'daemon', ...state])
  await until('the daemon serves', () => daemon.lastLines().includes('rpc') || undefined, { program: daemon })
  await new Promise((resolve) => setTimeout(resolve, HEAD_START_MS))
  await say(player, [process.execPath, main, 'add', torrent, '--dir', dir('played'), ...state])
  const url = await say(player, [process.execPath, main, 'play', '1', ...state])
  const client = join(import.meta.dirname, 'play-client.ts')
  const told = await Promise.race([
    say(player, [process.execPath, client, url, String(bytes), '3000']),
    new Promise<never>((_resolve, reject) => setTimeout(() => reject(new Error('it does not play')), LIMIT_MS).unref()),
  ])
  return JSON.parse(told) as Times
}
