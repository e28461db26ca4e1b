// `shoal connect`, `disconnect`: hands on a swarm.
import type { Command } from 'commander'
import { addAskOptions, type AskOptions, daemonOf, print } from './ask.ts'

const VERBS = [
  ['connect', 'connect to a peer', 'Connecting to'],
  ['disconnect', 'end the connection to a peer', 'Disconnected from'],
] as const

export function addConnectCommands(program: Command): void {
  for (const [name, summary, done] of VERBS) {
    const command = program
      .command(name)
      .summary(summary)
      .description(`A torrent of the daemon: ${summary}.`)
      .argument('<torrent>', 'its number, or the beginning of its name or info-hash')
      .argument('<ip:port>', 'the peer')
    addAskOptions(command, `shoal ${name} photos 192.0.2.7:6881`).action(
      async (word: string, peer: string, options: AskOptions) => {
        const daemon = await daemonOf(options)
        const [torrent] = await daemon.torrents([word])
        await daemon.call(`shoal_${name}`, { id: torrent?.hash_string, peer })
        print(options, { done: name, peer }, () => `${done} ${peer}\n`)
      },
    )
  }
}
