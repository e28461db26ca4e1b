// `shoal config`: the daemon's settings.
import type { Command } from 'commander'
import { AppError } from '../../core/errors.ts'
import type { SettingRow } from '../../daemon/rpc/types.ts'
import { type Column, table } from '../output/table.ts'
import { addAskOptions, type AskOptions, daemonOf, print, terminalColumns } from './ask.ts'

const EXAMPLES = `
Examples:
  shoal config                           all settings
  shoal config up-limit                  one of them
  shoal config up-limit 500              500 kB/s
  shoal config up-limit-on true
  shoal config page-roots '["/home/ann/My films"]'   a list; without spaces in it, plain words do, too`

export function addConfigCommand(program: Command): void {
  const command = program
    .command('config')
    .summary('show or change the settings of the daemon')
    .description('Show the settings of the daemon, or change one. They are kept.')
    .argument('[name]', 'the setting')
    .argument('[value]', 'its new value')
  addAskOptions(command).addHelpText('after', EXAMPLES).action(runConfig)
}

const COLUMNS: readonly Column<SettingRow>[] = [
  { title: 'Setting', of: ({ name }) => name },
  { title: 'Value', of: ({ value }) => shown(value) },
  { title: 'What it is', of: ({ about }) => about, isFlexible: true },
]

async function runConfig(name: string | undefined, value: string | undefined, options: AskOptions): Promise<void> {
  await using daemon = await daemonOf(options)
  if (name !== undefined && value !== undefined) await daemon.call('shoal_config_set', { name, value })
  const { settings } = await daemon.call<{ settings: SettingRow[] }>('shoal_config_get')
  const chosen = settings.filter((setting) => name === undefined || setting.name === name)
  if (chosen.length === 0) throw new AppError('not-found', `there is no setting "${name}" (shoal config lists them)`)
  print(options, chosen, () => table(chosen, COLUMNS, terminalColumns()))
}

function shown(value: SettingRow['value']): string {
  return typeof value === 'object' ? value.join(' ') : String(value)
}
