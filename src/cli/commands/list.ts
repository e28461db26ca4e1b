// `shoal list`: the torrents that the daemon has.
import type { Command } from 'commander'
import type { TorrentRow } from '../../daemon/rpc/types.ts'
import { printDuration } from '../durations.ts'
import { type Column, table } from '../output/table.ts'
import { printRate, printSize } from '../../core/sizes.ts'
import { addAskOptions, type AskOptions, daemonOf, print, terminalColumns } from './ask.ts'
import { commandName } from '../command-name.ts'

interface ListOptions extends AskOptions {
  readonly label?: string
}

export function addListCommand(program: Command): void {
  const command = program
    .command('list')
    .summary('list the torrents of the daemon')
    .description('List the torrents that the daemon has.')
    .option('-l, --label <label>', 'only those with this label')
  addAskOptions(command, 'shoal list', 'shoal list --label films --json').action(runList)
}

async function runList(options: ListOptions): Promise<void> {
  await using daemon = await daemonOf(options)
  const { label } = options
  const torrents = (await daemon.allTorrents()).filter(({ labels }) => label === undefined || labels.includes(label))
  print(options, torrents, () => {
    if (torrents.length === 0) return `No torrents. Add one: ${commandName()} add <.torrent file or magnet link>\n`
    return table(torrents, COLUMNS, terminalColumns())
  })
}

const COLUMNS: readonly Column<TorrentRow>[] = [
  { title: 'Id', of: ({ id }) => String(id), isRight: true },
  { title: 'Name', of: ({ name }) => name, isFlexible: true },
  { title: 'Size', of: ({ size_when_done: bytes }) => (bytes === 0 ? '' : printSize(bytes)), isRight: true },
  { title: 'Done', of: ({ percent_done: done }) => `${Math.floor(done * 1000) / 10}%`, isRight: true },
  { title: 'State', of: stateOf },
  { title: 'Down', of: ({ rate_download: rate }) => (rate === 0 ? '' : printRate(rate)), isRight: true },
  { title: 'Up', of: ({ rate_upload: rate }) => (rate === 0 ? '' : printRate(rate)), isRight: true },
  { title: 'Peers', of: ({ peers_connected: count }) => String(count), isRight: true },
  { title: 'Left', of: ({ eta }) => (eta < 0 ? '' : printDuration(eta * 1000)), isRight: true },
]

const STATES: Readonly<Record<number, string>> = { 0: 'stopped', 2: 'checking', 4: 'downloading', 6: 'seeding' }
const FAILED_HERE = 3

function stateOf(row: TorrentRow): string {
  if (row.status === 0 && row.error === FAILED_HERE) return `failed: ${row.error_string}`
  if (row.status === 2) return `checking ${Math.floor(row.recheck_progress * 100)}%`
  if (row.status === 4 && row.metadata_percent_complete < 1) return 'metadata'
  return STATES[row.status] ?? 'waiting'
}
