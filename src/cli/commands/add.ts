// `shoal add`: a torrent for the daemon.
import type { Command } from 'commander'
import { resolve } from 'node:path'
import type { TorrentRow } from '../../daemon/rpc/types.ts'
import { printable } from '../../core/printable.ts'
import type { DaemonClient } from '../daemon-client.ts'
import { repeated } from '../options.ts'
import { addAskOptions, type AskOptions, daemonOf, print, waitingNote } from './ask.ts'

interface AddOptions extends AskOptions {
  readonly dir?: string
  readonly paused?: boolean
  readonly seed?: boolean
  readonly sequential?: boolean
  readonly label?: readonly string[]
  readonly from?: string
}

const FETCH_MS = 60_000

const EXAMPLES = `
Examples:
  shoal add photos.torrent --dir ~/Downloads
  shoal add 'magnet:?xt=...' --label films
  shoal add photos.torrent --dir ~/Pictures --seed     the files are there already
  shoal add 1e71a04ce1bda214fa33424b2c297b2c0c178ac1 --from ann`

export function addAddCommand(program: Command): void {
  const command = program
    .command('add')
    .summary('give the daemon a torrent to get, or to seed')
    .description('Give the daemon a torrent. It goes on with it until it is told otherwise.')
    .argument('<source...>', '.torrent files, magnet links, info-hashes or web addresses')
    .option('-d, --dir <folder>', 'where its files go; by default the setting "download-dir"')
    .option('--paused', 'do not start it yet')
    .option('--seed', 'the files are in --dir already, complete')
    .option('--sequential', 'in order, for playing')
    .option('--from <contact>', 'a torrent that somebody has who trusts you, by its info-hash')
    .option('-l, --label <label>', 'a label; may be repeated', repeated)
  addAskOptions(command).addHelpText('after', EXAMPLES).action(runAdd)
}

interface Added {
  readonly torrent_added?: Pick<TorrentRow, 'id' | 'name' | 'hash_string'>
  readonly torrent_duplicate?: Pick<TorrentRow, 'id' | 'name' | 'hash_string'>
}

async function runAdd(sources: readonly string[], options: AddOptions): Promise<void> {
  await using daemon = await daemonOf(options)
  const { dir, paused, seed, sequential, label, from } = options
  for (const text of sources) {
    const known = from === undefined ? undefined : await torrentOf(daemon, from, text)
    const added = await daemon.call<Added>('torrent_add', {
      ...(known === undefined ? await read(text) : { metainfo: known.metainfo }),
      ...(dir !== undefined && { download_dir: resolve(dir) }),
      ...(paused !== undefined && { paused }),
      ...(seed !== undefined && { is_seed: seed }),
      ...(sequential !== undefined && { sequential_download: sequential }),
      ...(label !== undefined && { labels: label }),
    })
    const torrent = added.torrent_added ?? added.torrent_duplicate
    if (known !== undefined) await daemon.call('shoal_connect', { id: torrent?.id, peer: known.peer })
    const verb = added.torrent_added === undefined ? 'Was there already' : 'Added'
    print(options, added, () => `${verb}: ${torrent?.id} ${printable(torrent?.name ?? '')}\n`)
  }
  if (options.json !== true && options.paused !== true) process.stdout.write(waitingNote(daemon))
}

/** Here: the daemon may not see what this user sees, and stands in another folder. */
async function read(text: string): Promise<{ metainfo: string } | { filename: string }> {
  const { loadSource } = await import('../../engine/load-source.ts')
  const source = await loadSource(text, AbortSignal.timeout(FETCH_MS))
  if (source.kind === 'magnet') return { filename: source.link }
  return { metainfo: Buffer.from(source.bytes).toString('base64') }
}

function torrentOf(daemon: DaemonClient, contact: string, hash: string): Promise<{ metainfo: string; peer: string }> {
  return daemon.call('shoal_torrent_of', { contact, hash })
}
