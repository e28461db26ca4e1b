// `shoal follow`: watches a torrent of the daemon until it is complete, or until Ctrl-C, which stops only the watching.
import type { Command } from 'commander'
import type { TorrentRow } from '../../daemon/rpc/types.ts'
import { isAtRest, watchTorrents } from '../follow.ts'
import { onInterrupt } from '../interrupt.ts'
import { openOutput } from '../output/reporter.ts'
import { addAskOptions, type AskOptions, daemonOf } from './ask.ts'

export function addFollowCommand(program: Command): void {
  const command = program
    .command('follow')
    .summary('watch torrents until they are complete')
    .description('Watch torrents of the daemon until they are complete. Ctrl-C ends only the watching.')
    .argument('[torrent...]', 'numbers, or beginnings of names or info-hashes; by default all')
  addAskOptions(command, 'shoal follow', 'shoal follow photos').action(follow)
}

async function follow(words: readonly string[], options: AskOptions): Promise<void> {
  using interrupt = onInterrupt()
  using reporter = openOutput(options.json === true)
  await using daemon = await daemonOf(options, 'run')
  const look = (): Promise<TorrentRow[]> => (words.length === 0 ? daemon.allTorrents() : daemon.torrents(words))
  await watchTorrents(look, isAtRest, reporter, interrupt.signal)
}
