// `shoal rename`: a torrent's files and folders get other names on this disk.
import type { Command } from 'commander'
import { printable } from '../../core/printable.ts'
import { addAskOptions, type AskOptions, daemonOf, print, TORRENT_ARGUMENT } from './ask.ts'

interface RenameOptions extends AskOptions {
  readonly file?: string
}

export function addRenameCommand(program: Command): void {
  const command = program
    .command('rename')
    .summary('give it, or one of its files, another name here')
    .description(
      'Give a torrent of the daemon, or a file or folder in it, another name on this disk. Others keep theirs.',
    )
    .argument('<torrent>', TORRENT_ARGUMENT)
    .argument('<name>', 'the new name, without a folder')
    .option('--file <path>', 'a file or folder in it, as shoal files shows it')
  addAskOptions(command, "shoal rename 1 'Summer 2026'", 'shoal rename 1 beach.jpg --file photos/DSC0001.jpg').action(
    runRename,
  )
}

async function runRename(word: string, name: string, options: RenameOptions): Promise<void> {
  await using daemon = await daemonOf(options)
  const [torrent] = await daemon.torrents([word])
  const path = options.file ?? torrent?.name ?? ''
  const answer = await daemon.call<object>('torrent_rename_path', { ids: torrent?.hash_string, path, name })
  print(options, answer, () => `Renamed: ${printable(path)} to ${printable(name)}\n`)
}
