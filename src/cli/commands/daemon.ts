// `shoal daemon`: the one program that stays.
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { Address } from '../../core/address.ts'
import { printAddress } from '../../core/address.ts'
import type { SettingsChange } from '../../daemon/settings.ts'
import { onInterrupt } from '../interrupt.ts'
import { jsonOption, listenAddress, repeated } from '../options.ts'
import { openOutput } from '../output/reporter.ts'

interface DaemonOptions {
  readonly stateDir?: string
  readonly listen?: readonly Address[]
  readonly rpcListen?: readonly Address[]
  readonly downloadDir?: string
  readonly name?: string
  readonly directPort?: string
  readonly sharedDir?: string
  readonly receiveDir?: string
  readonly set?: readonly string[]
  readonly json?: boolean
}

const EXAMPLES = `
Examples:
  shoal daemon                                     then, elsewhere: shoal add 'magnet:?xt=...', shoal list
  shoal daemon --download-dir /srv/files --rpc-listen 127.0.0.1:9091

The other commands find it by its state folder. Programs that know Transmission's RPC find it at --rpc-listen; their
password is the text in the file "token" there, the user is "shoal". Settings: shoal config.`

export function addDaemonCommand(program: Command): void {
  program
    .command('daemon')
    .summary('stay, and serve the other commands and the API')
    .description('Run the one program that stays: it keeps torrents going and serves the other commands and the API.')
    .option('--listen <ip:port>', 'accept peers here; may be repeated', listenAddress)
    .option('--rpc-listen <ip:port>', 'serve the API here; by default 127.0.0.1:9091', listenAddress)
    .option('-d, --download-dir <folder>', 'where downloads go')
    .option('--name <name>', 'what other people see of you')
    .option('--direct-port <port>', 'where people reach you; by default 53317')
    .option('--shared-dir <folder>', 'what contacts that you trust may see and fetch')
    .option('--receive-dir <folder>', 'where files go that people send')
    .option('--set <name=value>', 'any setting of shoal config, for this run; may be repeated', repeated)
    .option('--state-dir <folder>', 'where everything is kept; by default ~/.local/state/shoal')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(runDaemon)
}

async function runDaemon(options: DaemonOptions): Promise<void> {
  using interrupt = onInterrupt()
  using reporter = openOutput(options.json === true)
  const { openServed } = await import('../open-served.ts')
  const { defaultStateDir } = await import('../../io/state-dir.ts')
  await using opened = await openServed(resolve(options.stateDir ?? defaultStateDir()), await flags(options))
  const { daemon, served } = opened
  for (const address of daemon.session.addresses) {
    reporter.report({ event: 'listening', address: printAddress(address) })
  }
  reporter.report({ event: 'api', url: served.url })
  await once(daemon.events, 'close', { signal: interrupt.signal }).catch(() => {}) // it was Ctrl-C
  reporter.report({ event: 'note', message: 'Saying goodbye... (Ctrl-C again: at once)' })
}

async function flags(options: DaemonOptions): Promise<SettingsChange> {
  const { listen, rpcListen, downloadDir, name: own, directPort, sharedDir, receiveDir, set = [] } = options
  const { settingFromText } = await import('../../daemon/settings.ts')
  const said = set.map((text) => {
    const [name = '', ...value] = text.split('=')
    return settingFromText(name, value.join('='), '--set')
  })
  const [rpc] = rpcListen?.slice(-1) ?? []
  return {
    ...(listen !== undefined && { listen: listen.map(printAddress) }),
    ...(rpc !== undefined && { 'rpc-listen': printAddress(rpc) }),
    ...(downloadDir !== undefined && { 'download-dir': resolve(downloadDir) }),
    ...(own !== undefined && settingFromText('name', own, '--name')),
    ...(directPort !== undefined && settingFromText('direct-port', directPort, '--direct-port')),
    ...(sharedDir !== undefined && { 'shared-dir': resolve(sharedDir) }),
    ...(receiveDir !== undefined && { 'receive-dir': resolve(receiveDir) }),
    ...(Object.assign({}, ...said) as SettingsChange),
  }
}
