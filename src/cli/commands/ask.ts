// What commands that ask the daemon have in common.
import type { Command } from 'commander'
import type { DaemonClient } from '../daemon-client.ts'
import { jsonOption } from '../options.ts'

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

export async function daemonOf({ stateDir }: AskOptions): Promise<DaemonClient> {
  const { DaemonClient } = await import('../daemon-client.ts')
  return new DaemonClient(stateDir)
}

/** The answer for programs, or text for people. */
export function print(options: AskOptions, answer: unknown, text: () => string): void {
  process.stdout.write(options.json === true ? `${JSON.stringify(answer)}\n` : text())
}

/** Columns of the terminal, if there is one. */
export function terminalColumns(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined
}
