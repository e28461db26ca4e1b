// `shoal seed`: gives what is on this disk already.
import type { Command } from 'commander'
import { onInterrupt } from '../interrupt.ts'
import { addSwarmOptions, type SwarmOptions } from '../options.ts'
import { openOutput } from '../output/reporter.ts'

interface SeedOptions extends SwarmOptions {
  readonly dir: string
}

const EXAMPLES = `
Examples:
  shoal seed photos.torrent --dir ~/Pictures            the folder that holds "photos"
  shoal seed photos.torrent --seed-ratio 2 --up-limit 1M`

export function addSeedCommand(program: Command): void {
  const command = program
    .command('seed')
    .summary('give files that you have, by their .torrent file')
    .description('Give files that are on this disk already. They are verified first, and never changed.')
    .argument('<torrent>', 'a .torrent file, or the web address of one')
    .option('-d, --dir <folder>', 'the folder that holds the file or folder', '.')
  addSwarmOptions(command).addHelpText('after', EXAMPLES).action(runSeed)
}

async function runSeed(torrent: string, options: SeedOptions): Promise<void> {
  using interrupt = onInterrupt()
  using reporter = openOutput(options.json === true)
  const { loadTorrent } = await import('../../engine/load-source.ts')
  const { bytes } = await loadTorrent(torrent, interrupt.signal)
  const { runSwarm } = await import('../run-swarm.ts')
  await runSwarm({
    prepare: () => ({ source: { metainfo: bytes }, add: { dir: options.dir, mode: 'seed' } }),
    options,
    reporter,
    signal: interrupt.signal,
  })
}
