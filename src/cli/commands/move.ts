// `shoal move`: a torrent's files go to another folder.
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { printable } from '../../core/printable.ts'
import { addAskOptions, type AskOptions, daemonOf, print, TORRENT_ARGUMENT } from './ask.ts'

interface MoveOptions extends AskOptions {
  readonly found?: boolean
}

export function addMoveCommand(program: Command): void {
  const command = program
    .command('move')
    .summary('take its files to another folder')
    .description(
      'Take the files of a torrent of the daemon to another folder: all of them or, if something fails, none.',
    )
    .argument('<torrent>', TORRENT_ARGUMENT)
    .argument('<path>', 'the folder that will hold them')
    .option('--found', 'they are there already: only look for them')
  addAskOptions(command, 'shoal move photos ~/Pictures', 'shoal move photos /mnt/old --found').action(runMove)
}

async function runMove(word: string, path: string, options: MoveOptions): Promise<void> {
  await using daemon = await daemonOf(options)
  const [torrent] = await daemon.torrents([word])
  const location = resolve(path)
  const params = { ids: torrent?.hash_string, location, move: options.found !== true }
  await daemon.call('torrent_set_location', params)
  print(
    options,
    { done: 'move', location },
    () => `Moved: ${printable(torrent?.name ?? '')} to ${printable(location)}\n`,
  )
}
