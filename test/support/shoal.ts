// The `shoal` command as other programs see it: arguments in, JSON lines and an exit code out.
import { join } from 'node:path'
import { asRecord } from './json.ts'
import { type Program, type ProgramOptions, startProgram, until } from './program.ts'

const MAIN = join(import.meta.dirname, '../../src/cli/main.ts')

export type ShoalEvent = Readonly<Record<string, unknown>>

export interface RunningShoal extends Program {
  /** Every event so far. */
  readonly events: readonly ShoalEvent[]
  /** The newest event of that name. */
  last(name: string): ShoalEvent | undefined
  /** Waits for the first event of that name; fails if the program ends without it. */
  event(name: string, timeoutMs?: number): Promise<ShoalEvent>
}

export interface ShoalOptions extends ProgramOptions {
  /** Another `shoal` than the source tree's. */
  readonly command?: readonly [program: string, ...args: string[]]
}

/** Starts it with `--json`; its state goes to its own home unless `--state-dir` is among the arguments. */
export function startShoal(args: readonly string[], options: ShoalOptions = {}): RunningShoal {
  const [command, ...before] = options.command ?? [process.execPath, MAIN]
  const events: ShoalEvent[] = []
  const program = startProgram(command, [...before, ...args, '--json'], {
    ...options,
    onLine: (line) => events.push(asRecord(JSON.parse(line))),
  })
  const first = (name: string): ShoalEvent | undefined => events.find(({ event }) => event === name)
  return {
    ...program,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
    events,
    last: (name) => events.findLast(({ event }) => event === name),
    event: (name, timeoutMs) =>
      until(`shoal says ${name}`, () => first(name), {
        program,
        everyMs: 10,
        ...(timeoutMs !== undefined && { timeoutMs }),
      }),
  }
}

export interface ShoalResult {
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
}

/** Runs it to its end. */
export async function runShoal(args: readonly string[], options: ShoalOptions = {}): Promise<ShoalResult> {
  const [command, ...before] = options.command ?? [process.execPath, MAIN]
  const output: string[] = []
  const errors: string[] = []
  await using program = startProgram(command, [...before, ...args], {
    ...options,
    onLine: (line) => output.push(line),
    onErrorLine: (line) => errors.push(line),
  })
  const code = await program.exited()
  return { code, stdout: output.join('\n'), stderr: errors.join('\n') }
}
