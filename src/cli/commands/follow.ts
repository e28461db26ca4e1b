// `shoal follow`: watches a torrent of the daemon until it is complete, or until Ctrl-C, which stops only the watching.
import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import { isAtRest, progressOf } from '../follow.ts'
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
  const daemon = await daemonOf(options)
  for (;;) {
    const torrents = words.length === 0 ? await daemon.allTorrents() : await daemon.torrents(words)
    for (const torrent of torrents) reporter.report(progressOf(torrent))
    const isOver = torrents.every(isAtRest)
    if (isOver || interrupt.signal.aborted) return
    await setTimeout(reporter.progressMs, undefined, { signal: interrupt.signal }).catch(() => {}) // then it is over
  }
}
