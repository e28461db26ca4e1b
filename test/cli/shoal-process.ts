// A `shoal --json` that runs beside a test: its events as they come, and how it ends.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { CliEvent } from '../../src/cli/output/events.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')

type EventOf<Name extends CliEvent['event']> = Extract<CliEvent, { event: Name }>

export class ShoalProcess {
  /** Exit code, when the process has ended and all it said was read. */
  readonly ended: Promise<number | null>
  readonly events: CliEvent[]
  stderr: string
  readonly #child: ChildProcessByStdio<null, Readable, Readable>
  readonly #waiting: Set<() => void>

  constructor(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
    this.events = []
    this.stderr = ''
    this.#waiting = new Set()
    this.#child = spawn(process.execPath, [MAIN, ...args, '--json'], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child.stderr.on('data', (chunk) => (this.stderr += String(chunk)))
    createInterface(this.#child.stdout).on('line', (line) => {
      this.events.push(JSON.parse(line) as CliEvent) // our own program: events.ts is what it prints
      for (const look of this.#waiting) look()
    })
    this.ended = once(this.#child, 'close').then(() => {
      for (const look of this.#waiting) look()
      return this.#child.exitCode
    })
  }

  /** The first event of this name for which `isWanted` holds, past or to come; fails if the process ends without one. */
  async event<Name extends CliEvent['event']>(
    name: Name,
    isWanted: (event: EventOf<Name>) => boolean = () => true,
  ): Promise<EventOf<Name>> {
    const { promise, resolve, reject } = Promise.withResolvers<EventOf<Name>>()
    const isIt = (event: CliEvent): event is EventOf<Name> => event.event === name
    const look = (): void => {
      const found = this.events.find((event): event is EventOf<Name> => isIt(event) && isWanted(event))
      if (found !== undefined) resolve(found)
      else if (this.#child.exitCode !== null) reject(new Error(`ended without ${name}: ${this.stderr}`))
    }
    this.#waiting.add(look)
    look()
    return promise.finally(() => this.#waiting.delete(look))
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** SIGINT, and how it ended. */
  stop(): Promise<number | null> {
    this.signal('SIGINT')
    return this.ended
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL')
  }
}
