// One large file to one contact on this machine, through TLS, against one TLS stream of openssl that writes it to a file.
//   npm run bench -- direct [--mib 1024] [--runs 3]
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readOrMakeIdentity } from '../src/direct/identity.ts'
import { type Program, startProgram, until } from '../test/support/program.ts'
import { holdMemory, writeRandom } from './ballast.ts'
import { median } from './median.ts'
import { buildShoal } from './racers.ts'

const { values } = parseArgs({
  options: { mib: { type: 'string', default: '1024' }, runs: { type: 'string', default: '3' } },
})
const bytes = Number(values.mib) * 1024 * 1024
const main = join(import.meta.dirname, '../bin/shoal.cjs')
const TIMEOUT_MS = 300_000

buildShoal()
const work = mkdtempSync('/dev/shm/shoal-direct-')
try {
  const file = join(work, 'data')
  writeRandom(file, bytes)
  const rates = { shoal: [] as number[], openssl: [] as number[] }
  for (let run = 1; run <= Number(values.runs); run++) {
    rates.shoal.push(bytes / 1e6 / (await viaShoal(file)))
    rates.openssl.push(bytes / 1e6 / (await viaOpenssl(file)))
    console.error(
      `run ${run}  shoal ${rates.shoal.at(-1)?.toFixed(0)}, openssl ${rates.openssl.at(-1)?.toFixed(0)} MB/s`,
    )
  }
  const [shoal, openssl] = [median(rates.shoal), median(rates.openssl)]
  console.log(`${values.mib} MiB to one contact, hashed, verified, through TLS; medians of ${values.runs}\n`)
  console.log('| shoal send MB/s | one TLS stream MB/s | ratio |\n|--:|--:|--:|')
  console.log(`| ${shoal.toFixed(0)} | ${openssl.toFixed(0)} | ${(shoal / openssl).toFixed(2)} |`)
} finally {
  rmSync(work, { recursive: true, force: true })
}

/** Seconds from the command to "has all of it", with starting it and hashing. */
async function viaShoal(file: string): Promise<number> {
  await using programs = new AsyncDisposableStack()
  const place = mkdtempSync(join(work, 'shoal-'))
  const env = { SHOAL_NEARBY: 'false', SHOAL_DIRECT_ON: 'true', SHOAL_DIRECT_PORT: '0', SHOAL_ACCEPT: 'everybody' }
  const begin = (...words: string[]): { program: Program; lines: string[] } => {
    const lines: string[] = []
    const onLine = (line: string): number => lines.push(line)
    return { program: programs.use(startProgram(process.execPath, [main, ...words], { env, onLine })), lines }
  }
  const say = async (...words: string[]): Promise<string> => {
    const { program, lines } = begin(...words)
    if ((await program.exited()) !== 0) throw new Error(program.lastLines())
    return lines.join('\n')
  }
  for (const name of ['ann', 'bob']) {
    const got = join(place, `${name}-got`)
    mkdirSync(got)
    const state = ['--state-dir', join(place, name), '--receive-dir', got]
    const { program } = begin('daemon', ...state, '--listen', '127.0.0.1:0', '--rpc-listen', '127.0.0.1:0')
    await until('a daemon serves', () => program.lastLines().includes('rpc') || undefined, { program })
  }
  const [ann, bob] = ['ann', 'bob'].map((name) => ['--state-dir', join(place, name)]) as [string[], string[]]
  const { own } = JSON.parse(await say('contacts', '--json', ...bob)) as { own: { port: number } }
  await say('contacts', 'add', 'bob', `127.0.0.1:${own.port}`, ...ann)
  using _ = holdMemory(bytes, join(place, 'bob-got'))
  const begunAt = performance.now()
  await say('send', file, 'bob', ...ann)
  const seconds = (performance.now() - begunAt) / 1000
  await programs.disposeAsync()
  rmSync(place, { recursive: true })
  return seconds
}

async function viaOpenssl(file: string): Promise<number> {
  const place = mkdtempSync(join(work, 'openssl-'))
  const { key, cert } = readOrMakeIdentity(place)
  const [pem, out] = [join(place, 'both.pem'), join(place, 'out')]
  writeFileSync(pem, `${key}\n${cert}\n`)
  const port = await freePort()
  const [input, output] = [openSync(file, 'r'), openSync(out, 'w')]
  const common = ['-quiet']
  const server = spawn(
    'openssl',
    ['s_server', ...common, '-accept', `127.0.0.1:${port}`, '-cert', pem, '-naccept', '1'],
    {
      stdio: ['pipe', output, 'ignore'],
    },
  )
  await new Promise((resolve) => setTimeout(resolve, 500)) // it says nothing when it listens
  using _ = holdMemory(bytes, place)
  const begunAt = performance.now()
  const client: ChildProcess = spawn('openssl', ['s_client', ...common, '-connect', `127.0.0.1:${port}`], {
    stdio: [input, 'ignore', 'ignore'],
  })
  await until('all of it came', () => statSync(out).size === bytes || undefined, { timeoutMs: TIMEOUT_MS, everyMs: 5 })
  const seconds = (performance.now() - begunAt) / 1000
  for (const program of [client, server]) {
    const exited = once(program, 'exit')
    program.kill()
    if (program.exitCode === null) await exited
  }
  for (const fd of [input, output]) closeSync(fd)
  rmSync(place, { recursive: true })
  return seconds
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
