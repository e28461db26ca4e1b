// `shoal` alone, or `shoal shell`: a prompt. Without a daemon on the state folder, the shell is one for as long as it runs.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { AppError } from '../../core/errors.ts'

interface ShellOptions {
  readonly stateDir?: string
}

export function addShellCommand(program: Command): void {
  program
    .command('shell')
    .summary('open a prompt for all commands (also: shoal alone)')
    .description('Open a prompt for all commands. Without a daemon, torrents go on for as long as the shell is open.')
    .option('--state-dir <folder>', 'where everything is kept; by default ~/.local/state/shoal')
    .addHelpText('after', '\nExamples:\n  shoal shell\n  echo list | shoal shell')
    .action(runShellCommand)
}

async function runShellCommand(options: ShellOptions): Promise<void> {
  const { defaultStateDir } = await import('../../io/state-dir.ts')
  const { runShell } = await import('../shell/shell.ts')
  const stateDir = resolve(options.stateDir ?? defaultStateDir())
  await using host = await hostUnlessThereIsOne(stateDir)
  await runShell(stateDir)
  if (host.isOurs && process.stdin.isTTY) console.log('Saying goodbye...')
}

interface Host extends AsyncDisposable {
  readonly isOurs: boolean
}

async function hostUnlessThereIsOne(stateDir: string): Promise<Host> {
  const { openServed } = await import('../open-served.ts')
  try {
    const served = await openServed(stateDir, {})
    return { isOurs: true, [Symbol.asyncDispose]: () => served[Symbol.asyncDispose]() }
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'busy') throw error
    return { isOurs: false, [Symbol.asyncDispose]: () => Promise.resolve() }
  }
}
