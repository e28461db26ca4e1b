// Real programs as children of a test: started in a home folder of their own, ended by their process group.
// Whatever happens to the test, no program outlives it and nothing is left in the user's home.
import { spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs'
import { createServer, Socket } from 'node:net'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

/** Enough for a checked start of the slowest client on a busy machine of two cores. */
export const START_MS = 30_000

/** Disposing ends it and its children at once and deletes its home. */
export interface Program extends AsyncDisposable {
  readonly pid: number
  /** The program's HOME. */
  readonly home: string
  hasExited(): boolean
  /** What it printed last, for messages of failed tests. */
  lastLines(): string
  /** Waits for its end and the last of its output: the exit code, or `undefined` if a signal ended it. */
  exited(): Promise<number | undefined>
  signal(name: NodeJS.Signals): void
}

export interface ProgramOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
  readonly onLine?: (line: string) => void
  readonly onErrorLine?: (line: string) => void
  /** Made before by `makeHome`, when the program wants files in it. */
  readonly home?: string
}

// The net under tests that fail or are ended by their runner.
const running = new Set<number>()
const homes = new Set<string>()
process.on('exit', () => {
  running.forEach(killGroup)
  homes.forEach(removeHome)
})
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(name, () => process.exit(1))

/** A temporary folder, gone when the test process is, or earlier by `removeHome`. */
export function makeHome(name: string): string {
  const home = mkdtempSync(join(tmpdir(), `shoal-test-${name}-`))
  homes.add(home)
  return home
}

export function removeHome(home: string): void {
  rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 })
  homes.delete(home)
}

export function startProgram(command: string, args: readonly string[], options: ProgramOptions = {}): Program {
  const home = options.home ?? makeHome('program')
  const child = spawn(command, args, {
    cwd: options.cwd ?? home,
    detached: true, // a process group of its own
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      TERM: 'dumb',
      HOME: home,
      SHOAL_DIRECT_ON: 'false',
      // Starts from the sources in half the time: see scripts/run.cjs.
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      ...options.env,
    },
  })
  const lines: string[] = []
  const keep = (line: string): void => {
    lines.push(line)
    if (lines.length > 40) lines.shift()
  }
  let hasExited = false
  const closed = new Promise<number | undefined>((resolve) => {
    child.once('error', (error) => {
      hasExited = true
      keep(error.message)
      resolve(undefined)
    })
    child.once('exit', (code, signal) => {
      hasExited = true
      keep(`ended with ${signal ?? `code ${code}`}`)
    })
    child.once('close', (code) => resolve(code ?? undefined))
  })
  // The test may end while its programs run, which ends them too.
  child.unref()
  for (const pipe of [child.stdout, child.stderr]) if (pipe instanceof Socket) pipe.unref()
  createInterface(child.stdout).on('line', (line) => {
    keep(line)
    options.onLine?.(line)
  })
  createInterface(child.stderr).on('line', (line) => {
    keep(line)
    options.onErrorLine?.(line)
  })
  const pid = child.pid ?? 0
  if (pid !== 0) running.add(pid)
  return {
    pid,
    home,
    exited() {
      child.ref()
      return closed
    },
    hasExited: () => hasExited,
    lastLines: () => lines.join('\n'),
    signal: (name) => child.kill(name),
    async [Symbol.asyncDispose]() {
      child.ref()
      if (pid !== 0) killGroup(pid)
      await closed
      running.delete(pid)
      removeHome(home)
    },
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Gone already: that was the wish.
  }
}

/** Asks `condition` until it answers; fails with the program's last words when it ends or the time is up. */
export async function until<Answer>(
  what: string,
  condition: () => Answer | undefined | false | Promise<Answer | undefined | false>,
  options: { readonly timeoutMs?: number; readonly everyMs?: number; readonly program?: Program } = {},
): Promise<Answer> {
  const deadline = performance.now() + (options.timeoutMs ?? START_MS)
  for (;;) {
    const answer = await condition()
    if (answer !== undefined && answer !== false) return answer
    const isLate = performance.now() > deadline
    if (isLate || options.program?.hasExited() === true) {
      const words = options.program === undefined ? '' : `; its last lines:\n${options.program.lastLines()}`
      throw new Error(`${isLate ? 'waited too long' : 'the program ended'} (${what})${words}`)
    }
    await delay(options.everyMs ?? 50)
  }
}

/**
 * A loopback port free for TCP and UDP, for programs that must be told one. Below 32768, so that the operating
 * system does not give it to somebody's outgoing connection before the program takes it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 20_000)
    if ((await canListen(port)) && (await canBind(port))) return port
  }
}

async function canListen(port: number): Promise<boolean> {
  const server = createServer()
  const failed = once(server, 'error').then(() => false)
  const isFree = await Promise.race([once(server.listen(port, '127.0.0.1'), 'listening').then(() => true), failed])
  server.close()
  return isFree
}

async function canBind(port: number): Promise<boolean> {
  const socket = createSocket('udp4')
  const isFree = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false))
    socket.bind(port, '127.0.0.1', () => resolve(true))
  })
  socket.close()
  return isFree
}

/** Path of an installed program; `undefined` if there is none. */
export function findProgram(name: string): string | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(':').concat('/usr/bin', '/usr/sbin')) {
    try {
      accessSync(join(folder, name), constants.X_OK)
      return join(folder, name)
    } catch {
      // Not in this folder.
    }
  }
  return undefined
}
