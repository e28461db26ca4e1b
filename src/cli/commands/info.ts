// `shoal info`: what a .torrent file or a magnet link says, or a torrent of the daemon.
import type { Command } from 'commander'
import type { Source } from '../../engine/load-source.ts'
import { onInterrupt } from '../interrupt.ts'
import { addAskOptions, type AskOptions, daemonOf } from './ask.ts'
import { listedInDaemon } from './listed.ts'

export function addInfoCommand(program: Command): void {
  const command = program
    .command('info')
    .summary('print what a torrent or magnet link contains')
    .description('Print what a .torrent file or a magnet link contains, or a torrent of the daemon.')
    .argument('<torrent>', 'a .torrent file, a magnet link, the web address of a .torrent; or a torrent of the daemon')
  addAskOptions(command, 'shoal info photos.torrent', "shoal info --json 'magnet:?xt=...'", 'shoal info 1').action(
    runInfo,
  )
}

async function runInfo(torrent: string, options: AskOptions): Promise<void> {
  using interrupt = onInterrupt()
  const { loadSource } = await import('../../engine/load-source.ts')
  const { infoJson, infoText } = await import('../output/info-text.ts')
  const source = (await loadListed(torrent, options)) ?? (await loadSource(torrent, interrupt.signal))
  process.stdout.write(options.json === true ? `${JSON.stringify(infoJson(source))}\n` : infoText(source))
}

async function loadListed(word: string, options: AskOptions): Promise<Source | undefined> {
  await using daemon = await daemonOf(options, 'refuse')
  const row = await listedInDaemon(word, daemon)
  if (row === undefined) return undefined
  const { loadSource, parseSource } = await import('../../engine/load-source.ts')
  const { metainfo, magnet } = await daemon.call<{ metainfo: string | null; magnet: string }>('shoal_metainfo', {
    id: row.hash_string,
  })
  if (metainfo === null) return loadSource(magnet, AbortSignal.timeout(1_000)) // a link: nothing is fetched
  return parseSource(new Uint8Array(Buffer.from(metainfo, 'base64')))
}
