// `shoal info`: what a .torrent file or a magnet link says.
import type { Command } from 'commander'
import { onInterrupt } from '../interrupt.ts'

interface InfoOptions {
  readonly json?: boolean
}

export function addInfoCommand(program: Command): void {
  program
    .command('info')
    .summary('print what a torrent or magnet link contains')
    .description('Print what a .torrent file or a magnet link contains.')
    .argument('<torrent>', 'a .torrent file, a magnet link, or the web address of a .torrent file')
    .option('--json', 'print one JSON object, for programs')
    .addHelpText('after', "\nExamples:\n  shoal info photos.torrent\n  shoal info --json 'magnet:?xt=...'")
    .action(runInfo)
}

async function runInfo(torrent: string, options: InfoOptions): Promise<void> {
  using interrupt = onInterrupt()
  const { loadSource } = await import('../../engine/load-source.ts')
  const { infoJson, infoText } = await import('../output/info-text.ts')
  const source = await loadSource(torrent, interrupt.signal)
  process.stdout.write(options.json === true ? `${JSON.stringify(infoJson(source))}\n` : infoText(source))
}
