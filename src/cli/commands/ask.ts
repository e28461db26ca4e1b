// What commands that ask the daemon have in common.
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import { AppError } from '../../core/errors.ts'
import type { DaemonClient } from '../daemon-client.ts'
import { jsonOption } from '../options.ts'
import { commandName } from '../command-name.ts'

export interface AskOptions {
  readonly stateDir?: string
  readonly json?: boolean
}

/** What `<torrent>` may be. */
export const TORRENT_ARGUMENT = 'its number, or the beginning of its name or info-hash, as shoal list shows them'

const asking = new WeakSet<Command>()

/** Does the command ask the daemon, so that its torrents are those of the daemon? */
export function asksDaemon(command: Command): boolean {
  return asking.has(command)
}

/** `examples`: what a user might type. */
export function addAskOptions(command: Command, ...examples: readonly string[]): Command {
  asking.add(command)
  if (examples.length > 0)
    command.addHelpText('after', `\nExamples:\n${examples.map((text) => `  ${text}`).join('\n')}`)
  return command
    .option('--state-dir <folder>', 'which daemon: the folder of its state; by default ~/.local/state/shoal')
    .addOption(jsonOption())
}

/** While another command begins, or ends. */
const [TRY_MS, MAX_TRIES] = [100, 50]

/** What a command does where no daemon runs: it is one itself, in which torrents wait or run; or it says so. */
export type WithoutDaemon = 'hold' | 'run' | 'refuse'

/** Dispose of it when the command is done. */
export async function daemonOf({ stateDir }: AskOptions, without: WithoutDaemon = 'hold'): Promise<DaemonClient> {
  const { DaemonClient } = await import('../daemon-client.ts')
  const client = new DaemonClient(stateDir)
  if (without === 'refuse' || (await client.isThere())) return client
  const { openHeld, openServed } = await import('../open-served.ts')
  const { defaultStateDir } = await import('../../io/state-dir.ts')
  const folder = resolve(stateDir ?? defaultStateDir())
  for (let tries = 1; ; tries++) {
    try {
      return new DaemonClient(stateDir, await (without === 'run' ? openServed(folder, {}) : openHeld(folder)))
    } catch (error) {
      // Another command was quicker: it can be asked soon, or has ended.
      if (!(error instanceof AppError && error.code === 'busy') || tries === MAX_TRIES) throw error
      await setTimeout(TRY_MS)
      if (await client.isThere()) return client
    }
  }
}

/** What users should know where torrents wait. */
export function waitingNote({ isHosted }: DaemonClient): string {
  if (!isHosted) return ''
  const name = commandName()
  return `No daemon runs: it goes on with "${name} daemon", or for a while with "${name} follow".\n`
}

/** The answer for programs, or text for people. */
export function print(options: AskOptions, answer: unknown, text: () => string): void {
  process.stdout.write(options.json === true ? `${JSON.stringify(answer)}\n` : text())
}

/** Columns of the terminal, if there is one. */
export function terminalColumns(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined
}
