// `shoal play`: a link for a player, which works while the torrent is being fetched.
import type { Command } from 'commander'
import { onInterrupt } from '../interrupt.ts'
import { wholeNumber } from '../options.ts'
import { addAskOptions, type AskOptions, daemonOf, print } from './ask.ts'

interface PlayOptions extends AskOptions {
  readonly file?: number
}

export function addPlayCommand(program: Command): void {
  const command = program
    .command('play')
    .summary('print a link to play a file while it comes')
    .description('Print a link that players and browsers on this machine can play, while the file is being fetched.')
    .argument('<torrent>', 'its number, or the beginning of its name or info-hash, as shoal list shows them')
    .option('--file <n>', 'the number of the file in shoal files; by default the largest', wholeNumber(0, 1_000_000))
  addAskOptions(command, 'shoal play film', 'mpv "$(shoal play film)"').action(runPlay)
}

async function runPlay(word: string, options: PlayOptions): Promise<void> {
  using interrupt = onInterrupt()
  await using daemon = await daemonOf(options, 'run')
  const [torrent] = await daemon.torrents([word])
  const { file } = options
  const params = { id: torrent?.hash_string, ...(file !== undefined && { file }) }
  const answer = await daemon.call<{ url: string; path: string }>('shoal_play', params)
  print(options, answer, () => `${answer.url}\n`)
  if (!daemon.isHosted) return
  process.stderr.write('No daemon runs: the link works until Ctrl-C.\n')
  await new Promise<void>((resolve) => interrupt.signal.addEventListener('abort', () => resolve()))
}
