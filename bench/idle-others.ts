// What bench/idle.ts measures of us, of libtorrent and of transmission-daemon: each starts twice, the second time from
// what it kept.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { freePort, startProgram, until } from '../test/support/program.ts'
import { memoryMiB, runSeconds } from './proc.ts'

export interface Idle {
  readonly name: string
  /** From the start of the program, or of adding torrents, until the last one seeds. */
  readonly readyMs: number
  readonly bytesEach: number
  /** Per cent of a core, once all is quiet. */
  readonly cpuPercent: number
}

export interface IdleJob {
  /** Holds `0.torrent` and so on, and their files in `data`. */
  readonly work: string
  readonly count: number
  readonly settleMs: number
  readonly idleMs: number
}

const PATIENT = { timeoutMs: 600_000, everyMs: 50 }

export async function idleLibtorrent({ work, count, settleMs, idleMs }: IdleJob): Promise<Idle> {
  const script = join(import.meta.dirname, 'idle-libtorrent.py')
  const first = spawnSync('/usr/bin/python3', [script, 'first', work, String(count)], { encoding: 'utf8' })
  if (first.status !== 0) throw new Error(first.stderr)
  const second = spawn('/usr/bin/python3', [script, 'second', work, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = (await once(createInterface(second.stdout), 'line')) as [string]
    const { readyMs, bytesEach } = JSON.parse(line) as { readyMs: number; bytesEach: number }
    await wait(settleMs)
    return { name: 'libtorrent', readyMs, bytesEach, cpuPercent: await cpuPercent(second.pid ?? 0, idleMs) }
  } finally {
    second.kill()
  }
}

/** Version 3.00 checks 9 torrents a second, one after the other, also at its second start: so no more than these. */
export const MOST_FOR_TRANSMISSION = 500

export async function idleTransmission({ work, count, settleMs, idleMs }: IdleJob): Promise<Idle> {
  const home = join(work, 'transmission')
  mkdirSync(join(home, 'torrents'), { recursive: true })
  for (let n = 0; n < count; n++) copyFileSync(join(work, `${n}.torrent`), join(home, 'torrents', `${n}.torrent`))
  const settings = {
    'dht-enabled': false,
    'pex-enabled': false,
    'lpd-enabled': false,
    'port-forwarding-enabled': false,
  }
  writeFileSync(join(home, 'settings.json'), JSON.stringify({ ...settings, 'queue-stalled-enabled': false }))
  const rpcPort = await freePort()
  const start = async (): Promise<{ program: ReturnType<typeof startProgram>; readyMs: number }> => {
    const args = [
      '-f',
      '-g',
      home,
      '-w',
      join(work, 'data'),
      '-p',
      String(rpcPort),
      '-T',
      '-P',
      String(await freePort()),
    ]
    const startedAt = performance.now()
    const program = startProgram('transmission-daemon', [...args, '-i', '127.0.0.1', '-r', '127.0.0.1'])
    await until('all seed', async () => (await seeding(rpcPort)) === count, { ...PATIENT, program })
    return { program, readyMs: performance.now() - startedAt }
  }
  const first = await start()
  first.program.signal('SIGTERM')
  await first.program.exited()
  const { program, readyMs } = await start()
  await using _program = program
  await wait(settleMs)
  const bytesEach = (memoryMiB(program.pid, 'RssAnon') * 1024 * 1024) / count
  return { name: 'transmission', readyMs, bytesEach, cpuPercent: await cpuPercent(program.pid, idleMs) }
}

/** Of a core, over so long. */
export async function cpuPercent(pid: number, idleMs: number): Promise<number> {
  const before = runSeconds(pid)
  await wait(idleMs)
  return ((runSeconds(pid) - before) * 100_000) / idleMs
}

/** Torrents with status 6; `undefined` while nobody answers. */
async function seeding(port: number): Promise<number | undefined> {
  const body = JSON.stringify({ method: 'torrent-get', arguments: { fields: ['status'] } })
  const ask = (id: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/transmission/rpc`, {
      method: 'POST',
      body,
      headers: { 'X-Transmission-Session-Id': id },
    })
  try {
    const refused = await ask('')
    const response =
      refused.status === 409 ? await ask(refused.headers.get('X-Transmission-Session-Id') ?? '') : refused
    const answer = (await response.json()) as { arguments: { torrents: { status: number }[] } }
    return answer.arguments.torrents.filter(({ status }) => status === 6).length
  } catch {
    return undefined // it has not begun to listen
  }
}
