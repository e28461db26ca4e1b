// `shoal status`: is there a daemon, where, and how is it.
import type { Command } from 'commander'
import type { DaemonStatus } from '../../daemon/rpc/types.ts'
import { printDuration } from '../durations.ts'
import { count } from '../output/progress-line.ts'
import { addAskOptions, type AskOptions, daemonOf, print } from './ask.ts'

export function addStatusCommand(program: Command): void {
  const command = program
    .command('status')
    .summary('say whether a daemon runs, and where')
    .description('Say whether a daemon runs, where it listens, and where its API is.')
  addAskOptions(command, 'shoal status', 'shoal status --json').action(runStatus)
}

async function runStatus(options: AskOptions): Promise<void> {
  await using daemon = await daemonOf(options, 'refuse')
  const status = await daemon.call<DaemonStatus>('shoal_status')
  print(options, status, () => {
    const { version, pid, uptimeSec, stateDir, rpc, listening, reachableWhy, torrents, peers } = status
    return [
      `Shoal ${version} runs as process ${pid}, since ${printDuration(uptimeSec * 1000)}.`,
      `State:  ${stateDir}`,
      `API:    ${rpc ?? 'not served'}`,
      `Peers:  connect at ${listening.join(', ')}`,
      `Reach:  ${reachableWhy}`,
      `It has ${count(torrents, 'torrent')} and ${count(peers, 'peer')}.\n`,
    ].join('\n')
  })
}
