// One send to many people over thin lines: how often the sender's line carries the file, and when the last one has it.
// Each is a network namespace (as root).
//   npm run bench -- people [--mib 32] [--receivers 8] [--up 20] [--down 100] [--runs 3] [--one-by-one]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Program, startProgram, until } from '../test/support/program.ts'
import { writeRandom } from './ballast.ts'
import { median } from './median.ts'
import { type Host, Lan } from './namespaces.ts'
import { buildShoal } from './racers.ts'

const PORT = 53_317
const { values } = parseArgs({
  options: {
    mib: { type: 'string', default: '32' },
    receivers: { type: 'string', default: '8' },
    up: { type: 'string', default: '20' },
    down: { type: 'string', default: '100' },
    runs: { type: 'string', default: '3' },
    'one-by-one': { type: 'boolean', default: false },
  },
})
const bytes = Number(values.mib) * 1024 * 1024
const count = Number(values.receivers)
const bytesPerSec = (mbit: string): number => (Number(mbit) * 1e6) / 8
/** Somebody must send each byte once, each must receive all, and all together cannot send more than their lines carry. */
const boundSec = Math.max(
  bytes / bytesPerSec(values.up),
  bytes / bytesPerSec(values.down),
  (count * bytes) / ((count + 1) * bytesPerSec(values.up)),
)
const main = join(import.meta.dirname, '../bin/shoal.cjs')

buildShoal()
const work = mkdtempSync(join(tmpdir(), 'shoal-people-'))
try {
  const file = join(work, 'data')
  writeRandom(file, bytes)
  const results: { seconds: number; copies: number }[] = []
  for (let run = 1; run <= Number(values.runs); run++) {
    const result = await once(file, run)
    results.push(result)
    console.error(`run ${run}  ${result.seconds.toFixed(2)} s, ${result.copies.toFixed(2)} copies`)
  }
  const seconds = median(results.map((one) => one.seconds))
  const copies = median(results.map((one) => one.copies))
  const how = values['one-by-one'] ? ', one after the other' : ''
  console.log(`${values.mib} MiB to ${count} people${how}, bound ${boundSec.toFixed(2)} s; medians of ${values.runs}\n`)
  console.log('| last one has it s | of the bound | copies sent by the sender, with headers |\n|--:|--:|--:|')
  console.log(`| ${seconds.toFixed(2)} | ${(seconds / boundSec).toFixed(2)} | ${copies.toFixed(2)} |`)
} finally {
  rmSync(work, { recursive: true, force: true })
}

async function once(file: string, run: number): Promise<{ seconds: number; copies: number }> {
  using lan = new Lan()
  await using programs = new AsyncDisposableStack()
  const env = { SHOAL_DIRECT_ON: 'true', SHOAL_NEARBY: 'false' }
  const begin = (host: Host, ...words: string[]): Program => {
    const [program = '', ...args] = [...host.prefix, process.execPath, main, ...words]
    return programs.use(startProgram(program, args, { env }))
  }
  const line = { upMbit: Number(values.up), downMbit: Number(values.down) }
  const people = Array.from({ length: count + 1 }, (_, n) => {
    const host = lan.addHost(line)
    const state = ['--state-dir', join(work, `state-${run}-${n}`)]
    const got = join(work, `got-${run}-${n}`)
    mkdirSync(got)
    const set = ['accept=everybody', `receive-dir=${got}`, `direct-port=${PORT}`].flatMap((one) => ['--set', one])
    return { host, state, daemon: begin(host, 'daemon', ...state, ...set) }
  })
  for (const { daemon } of people) {
    await until('a daemon serves', () => daemon.lastLines().includes('rpc') || undefined, { program: daemon })
  }
  const [sender, ...receivers] = people
  if (sender === undefined) throw new Error('somebody sends')
  for (const [n, { host }] of receivers.entries()) {
    const adding = begin(sender.host, 'contacts', 'add', `p${n}`, `${host.ip}:${PORT}`, ...sender.state)
    if ((await adding.exited()) !== 0) throw new Error(adding.lastLines())
  }
  const before = lan.sentBytes(sender.host)
  const begunAt = performance.now()
  const sends = values['one-by-one'] ? receivers.map((_, n) => [`p${n}`]) : [['--all']]
  for (const to of sends) {
    const sending = begin(sender.host, 'send', file, ...to, ...sender.state)
    if ((await sending.exited()) !== 0) throw new Error(sending.lastLines())
  }
  const seconds = (performance.now() - begunAt) / 1000
  const copies = (lan.sentBytes(sender.host) - before) / bytes
  for (let n = 0; n <= count; n++) rmSync(join(work, `got-${run}-${n}`), { recursive: true })
  return { seconds, copies }
}
