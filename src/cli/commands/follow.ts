// `shoal follow`: watches a torrent of the daemon until it is complete, or until Ctrl-C, which stops only the watching.
import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import type { TorrentRow } from '../../daemon/rpc/types.ts'
import { onInterrupt } from '../interrupt.ts'
import { NOTHING_YET, type ProgressEvent } from '../output/events.ts'
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
    const isOver = torrents.every(
      ({ percent_done: done, status }) => status === STOPPED || (done === 1 && status === SEEDING),
    )
    if (isOver || interrupt.signal.aborted) return
    await setTimeout(reporter.progressMs, undefined, { signal: interrupt.signal }).catch(() => {}) // then it is over
  }
}

const [STOPPED, CHECKING, SEEDING] = [0, 2, 6]

function progressOf(torrent: TorrentRow): ProgressEvent {
  const { status, size_when_done: total } = torrent
  return {
    ...NOTHING_YET,
    name: torrent.name,
    state: stateOf(torrent),
    done: Math.floor(torrent.percent_done * total),
    total,
    checked: status === CHECKING ? Math.floor(torrent.recheck_progress * total) : 0,
    downloadRate: torrent.rate_download,
    uploadRate: torrent.rate_upload,
    peers: torrent.peers_connected,
    ratio: Math.max(0, torrent.upload_ratio),
    eta: torrent.eta < 0 ? null : torrent.eta,
  }
}

function stateOf({ status, metadata_percent_complete: metadata }: TorrentRow): ProgressEvent['state'] {
  if (status === STOPPED) return 'stopped'
  if (status === CHECKING) return 'checking'
  if (status === SEEDING) return 'seeding'
  return metadata < 1 ? 'metadata' : 'downloading'
}
