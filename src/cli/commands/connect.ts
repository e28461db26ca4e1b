// `shoal connect`, `disconnect`, `ping`, `request`, `whoami`: hands on a swarm.
import type { Command } from 'commander'
import { parseAddress } from '../../core/address.ts'
import type { DaemonStatus, PingAnswer, RequestAnswer } from '../../daemon/rpc/types.ts'
import { wholeNumber } from '../options.ts'
import { printable } from '../../core/printable.ts'
import { printSize } from '../../core/sizes.ts'
import { addAskOptions, type AskOptions, daemonOf, print, TORRENT_ARGUMENT } from './ask.ts'

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
      .argument('<torrent>', TORRENT_ARGUMENT)
      .argument('<ip:port>', 'the peer')
    addAskOptions(command, `shoal ${name} photos 192.0.2.7:6881`).action(
      async (word: string, peer: string, options: AskOptions) => {
        await using daemon = await daemonOf(options, 'refuse')
        const [torrent] = await daemon.torrents([word])
        await daemon.call(`shoal_${name}`, { id: torrent?.hash_string, peer })
        print(options, { done: name, peer }, () => `${done} ${peer}\n`)
      },
    )
  }
  const ping = program
    .command('ping')
    .summary('how long does a peer, or a contact, take to answer')
    .description('Measure how long a peer of a torrent, or a contact, takes to answer.')
    .argument('<ip:port>', 'the peer; or the name of a contact')
    .argument('[torrent]', `${TORRENT_ARGUMENT}; by default several are tried`)
  addAskOptions(ping, 'shoal ping ann', 'shoal ping 192.0.2.7:6881', 'shoal ping 192.0.2.7:6881 photos').action(runPing)
  const request = program
    .command('request')
    .summary('ask for one piece before all others')
    .description('Ask for one piece before all others, of all peers or of one, and wait until it is verified.')
    .argument('<torrent>', TORRENT_ARGUMENT)
    .argument('<piece>', 'its number, from 0', wholeNumber(0, 10_000_000))
    .argument('[ip:port]', 'only of this peer')
  addAskOptions(request, 'shoal request photos 12', 'shoal request photos 12 192.0.2.7:6881').action(runRequest)
  const whoami = program
    .command('whoami')
    .summary('say how others see this program')
    .description('Say how peers and trackers see the daemon: its peer id, and where they connect.')
  addAskOptions(whoami, 'shoal whoami', 'shoal whoami --json').action(runWhoami)
}

const ms = (time: number): string => `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`

async function runPing(peer: string, word: string | undefined, options: AskOptions): Promise<void> {
  if (parseAddress(peer) === undefined) return pingContact(peer, options)
  await using daemon = await daemonOf(options)
  const [torrent] = word === undefined ? [] : await daemon.torrents([word])
  const answer = await daemon.call<PingAnswer>('shoal_ping', { peer, id: torrent?.hash_string })
  const { connectMs, answerMs, client, torrent: name } = answer
  print(options, answer, () => {
    return `${peer} answered in ${ms(answerMs)} (connected in ${ms(connectMs)}): ${printable(client)}, has ${printable(name)}\n`
  })
}

async function pingContact(contact: string, options: AskOptions): Promise<void> {
  await using daemon = await daemonOf(options, 'run')
  const answer = await daemon.call<{ ms: number; alias: string }>('shoal_contact_ping', { contact })
  print(options, answer, () => `${printable(contact)} answered in ${ms(answer.ms)}, as ${printable(answer.alias)}\n`)
}

async function runRequest(word: string, piece: number, peer: string | undefined, options: AskOptions): Promise<void> {
  await using daemon = await daemonOf(options, 'run')
  const [torrent] = await daemon.torrents([word])
  if (daemon.isHosted) await daemon.whenChecked(torrent?.hash_string)
  const answer = await daemon.call<RequestAnswer>('shoal_request', { id: torrent?.hash_string, piece, peer })
  print(options, answer, () => {
    const how = answer.ms === 0 ? 'was here already' : `came in ${ms(answer.ms)}, verified`
    return `Piece ${piece} (${printSize(answer.bytes)}) ${how}\n`
  })
}

async function runWhoami(options: AskOptions): Promise<void> {
  await using daemon = await daemonOf(options, 'refuse')
  const { version, peerId, peerPort, listening, externalIps, reachable } =
    await daemon.call<DaemonStatus>('shoal_status')
  print(options, { version, peerId, peerPort, listening, externalIps, reachable }, () =>
    [
      `Shoal ${version}, peer id ${peerId}`,
      `Peers connect at ${listening.join(', ')}`,
      externalIps.length === 0 ? 'No tracker told its address so far.' : `Trackers see ${externalIps.join(', ')}`,
      reachable === true ? 'Somebody from outside did.\n' : 'Nobody from outside did so far.\n',
    ].join('\n'),
  )
}
