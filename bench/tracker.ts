// How many announces trackers answer, and what a peer weighs: Shoal, opentracker and npm's bittorrent-tracker, in turns.
//
//   npm run bench -- tracker [udp] [http] [websocket] [memory]      by default all
//
// Each tracker has a processor to itself, the load another. Every answer is looked through (bench/tracker-load.ts).
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../src/core/bytes.ts'
import { findProgram, freePort, makeHome, startProgram, until } from '../test/support/program.ts'
import { median } from './median.ts'
import { residentMiB, runSeconds } from './proc.ts'
import { hashBytes, type LoadJob, type LoadResult } from './tracker-load-job.ts'

const RUNS = 5
const SECONDS = 3
const SWARMS = { torrents: 100_000, peersEach: 10 }
const [TRACKER_CPU, LOAD_CPU] = ['0', '1']

/** What a contender does not say of itself. */
type Job = Omit<LoadJob, 'port' | 'isOwnGiven'>

type Name = 'shoal' | 'portable' | 'opentracker' | 'npm'

interface Contender extends AsyncDisposable {
  readonly name: Name
  readonly pid: number
  readonly port: number
}

function pinned(cpu: string, file: string, args: readonly string[]): ReturnType<typeof spawn> {
  const script = join(import.meta.dirname, file)
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as const
  return spawn('taskset', ['-c', cpu, process.execPath, '--no-warnings', script, ...args], { stdio: [...stdio] })
}

async function start(name: Name, torrents: number): Promise<Contender> {
  const port = await freePort()
  if (name === 'opentracker') return startOpentracker(port, torrents)
  const child = pinned(TRACKER_CPU, 'tracker-contender.mjs', [name, String(port)])
  await once(child, 'message')
  const dispose = async (): Promise<void> => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  return { name, pid: child.pid ?? 0, port, [Symbol.asyncDispose]: dispose }
}

/** In its quick mode: one worker for UDP. Debian builds it closed: it serves the hashes on its list. */
async function startOpentracker(port: number, torrents: number): Promise<Contender> {
  const home = makeHome('opentracker')
  chmodSync(home, 0o755)
  const hash = new Uint8Array(20)
  const hashes = Array.from({ length: torrents }, (_, n) => {
    hashBytes(n, hash, 0)
    return `${toHex(hash)}\n`
  })
  writeFileSync(join(home, 'allowed'), hashes.join(''))
  const place = `127.0.0.1:${port}`
  const config = [
    'listen.tcp_udp ' + place,
    'listen.udp.workers 1',
    `tracker.rootdir ${home}`,
    'access.whitelist allowed',
  ]
  writeFileSync(join(home, 'config'), config.map((line) => `${line}\n`).join(''))
  const command = findProgram('opentracker') ?? 'opentracker'
  const program = startProgram('taskset', ['-c', TRACKER_CPU, command, '-f', join(home, 'config')], { home })
  const isUp = (): Promise<boolean> => fetch(`http://${place}/`).then(Boolean, () => false)
  await until('opentracker answers', isUp, { program })
  return { name: 'opentracker', pid: program.pid, port, [Symbol.asyncDispose]: () => program[Symbol.asyncDispose]() }
}

async function load(contender: Contender, job: Job): Promise<LoadResult> {
  const child = pinned(LOAD_CPU, 'tracker-load.ts', [])
  const whole: LoadJob = { ...job, port: contender.port, isOwnGiven: contender.name === 'opentracker' }
  child.send(whole)
  const [result] = await once(child, 'message')
  child.kill('SIGKILL')
  if ('error' in result) throw new Error(`${contender.name}: ${result.error}`)
  return result
}

interface Measured {
  readonly result: LoadResult
  /** Of the tracker's processor, an announce. */
  readonly cpuMicros: number
}

async function measure(contender: Contender, job: Job): Promise<Measured> {
  const before = runSeconds(contender.pid)
  const result = await load(contender, job)
  return { result, cpuMicros: ((runSeconds(contender.pid) - before) * 1e6) / result.answers }
}

type Medians = ReadonlyMap<string, { readonly perSecond: number; readonly cpuMicros: number }>

/** Rounds in which each has its turn, and the medians. */
async function race(
  title: string,
  contenders: readonly Contender[],
  jobOf: (contender: Contender) => Job,
): Promise<Medians> {
  const all = new Map<string, Measured[]>(contenders.map(({ name }) => [name, []]))
  for (let run = 0; run < RUNS; run++) {
    for (const contender of contenders) all.get(contender.name)?.push(await measure(contender, jobOf(contender)))
  }
  console.log(`\n${title}, medians of ${RUNS}`)
  const medians = new Map<string, { readonly perSecond: number; readonly cpuMicros: number }>()
  for (const [name, measured] of all) {
    const of = (pick: (one: Measured) => number): number => median(measured.map(pick))
    const perSecond = of(({ result }) => result.perSecond)
    const cpuMicros = of((one) => one.cpuMicros)
    medians.set(name, { perSecond, cpuMicros })
    const { wrong, lost } = measured.reduce(
      (sum, { result }) => ({ wrong: sum.wrong + result.wrong, lost: sum.lost + result.lost }),
      { wrong: 0, lost: 0 },
    )
    const peers = of(({ result }) => result.peers / result.answers).toFixed(1)
    const askedPerSec = of(({ result }) => result.askedPerSecond)
    const asked = askedPerSec > 1.2 * perSecond ? ` of ${askedPerSec.toFixed(0)} asked` : ''
    console.log(
      `  ${name.padEnd(12)} ${perSecond.toFixed(0).padStart(8)} answers/s${asked}  ${cpuMicros.toFixed(1).padStart(6)} µs of CPU  ` +
        `load ${of((one) => one.result.loadPercent).toFixed(0)} %  ` +
        `p50 ${of((one) => one.result.p50Ms).toFixed(2)} p99 ${of((one) => one.result.p99Ms).toFixed(2)} ms  ` +
        `${peers} peers each, ${wrong} wrong, ${lost} lost`,
    )
  }
  return medians
}

/** Where the load is full before the tracker is, only its time tells what a processor of its own would answer. */
function ratio(medians: Medians, one: Name, other: Name): void {
  const [first, second] = [medians.get(one), medians.get(other)]
  if (first === undefined || second === undefined) return
  const [rate, time] = [first.perSecond / second.perSecond, second.cpuMicros / first.cpuMicros]
  console.log(`  ${one} / ${other} = ${rate.toFixed(2)}; by processor time ${time.toFixed(2)}`)
}

async function fill(contender: Contender): Promise<void> {
  const { wrong } = await load(contender, { ...SWARMS, kind: 'udp', seconds: 'fill', underWay: 256 })
  if (wrong > 0) throw new Error(`${contender.name} gave ${wrong} wrong answers`)
}

async function raceUdp(): Promise<void> {
  const contenders = await Promise.all(
    (['shoal', 'portable', 'opentracker'] as const).map((n) => start(n, SWARMS.torrents)),
  )
  try {
    for (const contender of contenders) await fill(contender)
    const job = { ...SWARMS, kind: 'udp', seconds: SECONDS, underWay: 256 } as const
    const rates = await race('UDP, 100,000 torrents of 10 peers', contenders, () => job)
    ratio(rates, 'shoal', 'opentracker')
    ratio(rates, 'portable', 'opentracker')
    const half = ({ name }: Contender): Job => ({ ...job, ratePerSec: (rates.get(name)?.perSecond ?? 0) / 2 })
    await race('UDP at half of that', contenders, half)
    await race('UDP, 16 times as many under way', contenders, () => ({ ...job, underWay: 4096 }))
    // However many wait for their answers: what the tracker does not take is lost.
    const twice = ({ name }: Contender): Job => ({
      ...job,
      underWay: 65_000,
      ratePerSec: 2 * (rates.get(name)?.perSecond ?? 0),
    })
    await race('UDP, twice as many asked as were answered', contenders, twice)
  } finally {
    for (const contender of contenders) await contender[Symbol.asyncDispose]()
  }
}

async function raceHttp(): Promise<void> {
  const swarms = { torrents: 1000, peersEach: 10 }
  const contenders = await Promise.all((['shoal', 'opentracker', 'npm'] as const).map((n) => start(n, swarms.torrents)))
  const [shoal, opentracker, npm] = contenders
  if (shoal === undefined || opentracker === undefined || npm === undefined) return
  try {
    const job = { ...swarms, seconds: SECONDS, underWay: 64 }
    const once = await race('HTTP, a connection for each', contenders, () => ({ ...job, kind: 'http-once' }))
    ratio(once, 'shoal', 'npm')
    ratio(once, 'shoal', 'opentracker')
    const kept = await race('HTTP, connections kept', [shoal, npm], () => ({ ...job, kind: 'http' }))
    ratio(kept, 'shoal', 'npm')
    const [ours, theirs] = [kept.get('shoal')?.perSecond ?? 0, once.get('opentracker')?.perSecond ?? 1]
    console.log(`  shoal kept / opentracker once = ${(ours / theirs).toFixed(2)}`)
  } finally {
    for (const contender of contenders) await contender[Symbol.asyncDispose]()
  }
}

async function raceWebSocket(): Promise<void> {
  const contenders = await Promise.all((['shoal', 'npm'] as const).map((name) => start(name, 100)))
  try {
    const job = { torrents: 20, peersEach: 10, seconds: SECONDS, underWay: 200, kind: 'websocket', offers: 5 } as const
    ratio(await race('WebSocket, 200 sockets, 5 offers in each announce', contenders, () => job), 'shoal', 'npm')
  } finally {
    for (const contender of contenders) await contender[Symbol.asyncDispose]()
  }
}

async function weigh(): Promise<void> {
  console.log('\nMemory of the whole process, filled over UDP with 10 peers a torrent')
  for (const torrents of [100_000, 500_000]) {
    for (const name of ['shoal', 'portable', 'opentracker'] as const) {
      await using contender = await start(name, torrents)
      const before = residentMiB(contender.pid)
      const { wrong, answers } = await load(contender, {
        torrents,
        peersEach: 10,
        kind: 'udp',
        seconds: 'fill',
        underWay: 256,
      })
      const after = residentMiB(contender.pid)
      const each = ((after - before) * 1024 * 1024) / (torrents * 10)
      console.log(
        `  ${name.padEnd(12)} ${torrents * 10} peers: ${after.toFixed(0)} MiB (empty ${before.toFixed(0)}), ${each.toFixed(1)} bytes a peer; ${answers} answers, ${wrong} wrong`,
      )
    }
  }
}

if (
  spawnSync(process.execPath, [join(import.meta.dirname, '../scripts/build.ts')], { stdio: 'inherit' }).status !== 0
) {
  throw new Error('the build failed')
}
const JOBS = { udp: raceUdp, http: raceHttp, websocket: raceWebSocket, memory: weigh }
const wanted = process.argv.slice(2)
for (const [name, run] of Object.entries(JOBS)) if (wanted.length === 0 || wanted.includes(name)) await run()
