// `shoal create`: makes a .torrent file.
import { basename, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { onInterrupt } from '../interrupt.ts'
import { jsonOption, pieceLength, repeated, url } from '../options.ts'
import type { MakeOptions } from '../make-torrent.ts'
import { openOutput } from '../output/reporter.ts'

const EXAMPLES = `
Examples:
  shoal create ./photos -t udp://tracker.example:6969/announce
  shoal create ./photos --exclude '*.tmp' --exclude .git -o /tmp/photos.torrent`

export function addCreateCommand(program: Command): void {
  const command = program
    .command('create')
    .summary('make a .torrent file of a file or folder')
    .description('Make a .torrent file of a file or a folder.')
    .argument('<path>', 'the file or folder')
    .option('-o, --output <file>', 'where to write it; by default NAME.torrent in the current folder')
    .option('--force', 'replace the .torrent file if it is there already')
  addMakeOptions(command).addOption(jsonOption()).addHelpText('after', EXAMPLES).action(runCreate)
}

export function addMakeOptions(command: Command): Command {
  return command
    .option('-t, --tracker <url>', 'a tracker where peers find each other; may be repeated', url('tracker'))
    .option('--exclude <pattern>', "leave these files out ('*.tmp', 'cache/**'); may be repeated", repeated)
    .option('--private', 'let peers come from the trackers only (BEP 27)')
    .option('--piece-length <size>', 'bytes of a piece, a power of two (256K, 1M); by default by size', pieceLength)
    .addOption(new Option('--v1', 'the format that every program reads; the default').conflicts(['v2', 'hybrid']))
    .addOption(new Option('--v2', 'the newer format (BEP 52), which few programs read').conflicts(['v1', 'hybrid']))
    .addOption(new Option('--hybrid', 'both formats in one').conflicts(['v1', 'v2']))
    .option('--comment <text>', 'a comment for people')
    .option('--source <text>', 'sets torrents of the same data for several private trackers apart')
    .option('--web-seed <url>', 'a web server that has the files too (BEP 19); may be repeated', url('web'))
}

async function runCreate(path: string, options: MakeOptions): Promise<void> {
  using interrupt = onInterrupt()
  using reporter = openOutput(options.json === true)
  const { checkWritable, writeWhole } = await import('../../io/files.ts')
  const { createdEvent, makeTorrent } = await import('../make-torrent.ts')
  const target = resolve(options.output ?? `${basename(resolve(path))}.torrent`)
  await checkWritable(target, options.force === true)
  const torrent = await makeTorrent(path, options, reporter, interrupt.signal)
  await writeWhole(target, torrent.bytes, options.force === true)
  reporter.report(createdEvent(torrent, target))
}
