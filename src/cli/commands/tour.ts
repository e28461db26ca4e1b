// `shoal tour`, and what the program does without any arguments: everything once, on this machine alone.
import type { Command } from 'commander'
import { onInterrupt } from '../interrupt.ts'
import { jsonOption } from '../options.ts'
import { openOutput } from '../output/reporter.ts'

interface TourOptions {
  readonly json?: boolean
}

export function addTourCommand(program: Command): void {
  program
    .command('tour')
    .summary('see it work on this machine: one shares, three download')
    .description('A tracker, one who shares a folder and three who download it, all on this machine, in a few seconds.')
    .argument('[path]', 'what to share; by default a folder of this machine with some 20 MB')
    .addOption(jsonOption())
    .addHelpText('after', '\nNothing leaves this machine, and nothing stays on it.')
    .action(runTour)
}

async function runTour(path: string | undefined, options: TourOptions): Promise<void> {
  using interrupt = onInterrupt()
  using reporter = openOutput(options.json === true)
  const { tour } = await import('../tour.ts')
  const { findTourFolder } = await import('../tour-folder.ts')
  await tour(path ?? (await findTourFolder()), reporter, interrupt.signal)
}
