// `shoal log`: what happened lately.
import type { Command } from 'commander'
import { printable } from '../../core/printable.ts'
import type { LogRow } from '../../daemon/rpc/page-types.ts'
import { addAskOptions, type AskOptions, daemonOf, print } from './ask.ts'

export function addLogCommand(program: Command): void {
  const command = program
    .command('log')
    .summary('what happened lately')
    .description('Print what happened since the daemon began, the latest last: up to 500 lines.')
  addAskOptions(command, 'shoal log', 'shoal log --json').action(runLog)
}

async function runLog(options: AskOptions): Promise<void> {
  await using daemon = await daemonOf(options, 'refuse')
  const { log } = await daemon.call<{ log: LogRow[] }>('shoal_log')
  print(options, log, () => (log.length === 0 ? 'Nothing happened yet.\n' : log.map(rowText).join('')))
}

function rowText({ at, level, text }: LogRow): string {
  const when = new Date(at * 1000).toLocaleString()
  return `${when}  ${level === 'info' ? '' : `${level}: `}${printable(text)}\n`
}
