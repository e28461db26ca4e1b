// `shoal files`, `peers`, `trackers`: what is inside one torrent of the daemon.
import type { Command } from 'commander'
import { printAddress } from '../../core/address.ts'
import type { FileRow, FileStatsRow, PeerRow, TrackerRow } from '../../daemon/rpc/types.ts'
import { printDuration } from '../durations.ts'
import { type Column, table } from '../output/table.ts'
import { printRate, printSize } from '../../core/sizes.ts'
import {
  addAskOptions,
  type AskOptions,
  daemonOf,
  print,
  TORRENT_ARGUMENT,
  terminalColumns,
  type WithoutDaemon,
} from './ask.ts'

export function addInsideCommands(program: Command): void {
  addOne(program, 'files', 'list its files, and how much of each is here', ['files', 'file_stats'], showFiles)
  addOne(program, 'peers', 'list who it is connected to', ['peers'], showPeers, 'refuse')
  addOne(program, 'trackers', 'list its trackers, and what they said', ['tracker_stats'], showTrackers)
}

function addOne<Answer>(
  program: Command,
  name: string,
  summary: string,
  fields: readonly string[],
  show: (answer: Answer) => string,
  without: WithoutDaemon = 'hold',
): void {
  const command = program
    .command(name)
    .summary(summary)
    .description(`A torrent of the daemon: ${summary}.`)
    .argument('<torrent>', TORRENT_ARGUMENT)
  addAskOptions(command, `shoal ${name} 1`, `shoal ${name} photos --json`).action(
    async (word: string, options: AskOptions) => {
      await using daemon = await daemonOf(options, without)
      const ids = (await daemon.torrents([word])).map(({ hash_string: hash }) => hash)
      const { torrents } = await daemon.call<{ torrents: Answer[] }>('torrent_get', { ids, fields })
      for (const torrent of torrents) print(options, torrent, () => show(torrent))
    },
  )
}

type File = FileRow & FileStatsRow & { readonly number: number }

const PRIORITIES: Readonly<Record<number, string>> = { [-1]: 'low', 0: 'normal', 1: 'high' }
const percent = (part: number, whole: number): string => `${whole === 0 ? 100 : Math.floor((part / whole) * 100)}%`

const FILE_COLUMNS: readonly Column<File>[] = [
  { title: '#', of: ({ number }) => String(number), isRight: true },
  { title: 'Name', of: ({ name }) => name, isFlexible: true },
  { title: 'Size', of: ({ length }) => printSize(length), isRight: true },
  { title: 'Done', of: ({ bytes_completed: done, length }) => percent(done, length), isRight: true },
  { title: 'Wanted', of: ({ wanted, priority }) => (wanted ? (PRIORITIES[priority] ?? '') : 'no') },
]

function showFiles({ files, file_stats: stats }: { files: FileRow[]; file_stats: FileStatsRow[] }): string {
  if (files.length === 0) return 'The files are not known yet: the metadata is being fetched.\n'
  const nothing: FileStatsRow = { wanted: true, priority: 0 }
  const rows = files.map((file, number) => ({ ...file, ...(stats[number] ?? nothing), number }))
  return table(rows, FILE_COLUMNS, terminalColumns())
}

const PEER_COLUMNS: readonly Column<PeerRow>[] = [
  { title: 'Address', of: ({ address, port }) => printAddress({ ip: address, port }) },
  { title: 'Client', of: ({ client_name: client }) => client, isFlexible: true },
  { title: 'Flags', of: ({ flag_str: flags }) => flags },
  { title: 'Has', of: ({ progress }) => percent(progress, 1), isRight: true },
  { title: 'Down', of: ({ rate_to_client: rate }) => (rate === 0 ? '' : printRate(rate)), isRight: true },
  { title: 'Up', of: ({ rate_to_peer: rate }) => (rate === 0 ? '' : printRate(rate)), isRight: true },
]

function showPeers({ peers }: { peers: PeerRow[] }): string {
  return peers.length === 0 ? 'No peers now.\n' : table(peers, PEER_COLUMNS, terminalColumns())
}

const TRACKER_COLUMNS: readonly Column<TrackerRow>[] = [
  { title: 'Tracker', of: ({ announce }) => announce, isFlexible: true },
  { title: 'Tier', of: ({ tier }) => String(tier), isRight: true },
  { title: 'Said', of: ({ last_announce_result: result }) => result || 'nothing yet' },
  { title: 'Seeds', of: ({ seeder_count: seeders }) => (seeders < 0 ? '?' : String(seeders)), isRight: true },
  { title: 'Others', of: ({ leecher_count: leechers }) => (leechers < 0 ? '?' : String(leechers)), isRight: true },
  { title: 'Next', of: nextAnnounce, isRight: true },
]

function nextAnnounce({ next_announce_time: at }: TrackerRow): string {
  return at === 0 ? '' : `in ${printDuration(Math.max(0, at * 1000 - Date.now()))}`
}

function showTrackers({ tracker_stats: trackers }: { tracker_stats: TrackerRow[] }): string {
  return trackers.length === 0 ? 'It has no trackers.\n' : table(trackers, TRACKER_COLUMNS, terminalColumns())
}
