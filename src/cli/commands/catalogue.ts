// `shoal search --tracker`, `shoal unlist`: what trackers list.
import type { Command } from 'commander'
import { toHex } from '../../core/bytes.ts'
import { printMagnet } from '../../core/metainfo/magnet.ts'
import { parseInfoHash } from '../../core/ids.ts'
import type { ListedTorrent } from '../../core/tracker/catalogue-answer.ts'
import { onInterrupt } from '../interrupt.ts'
import { catalogueUrl, jsonOption } from '../options.ts'
import { listedTable } from '../output/listed-table.ts'
import { type AskOptions, print, terminalColumns } from './ask.ts'

const EXAMPLES = `
Examples:
  shoal unlist photos --tracker http://tracker.example:6969
  shoal unlist 1e71a04ce1bda214fa33424b2c297b2c0c178ac1 --tracker http://tracker.example:6969`

const DEFAULT_LIMIT = 20

interface UnlistOptions extends AskOptions {
  /** As `catalogueBase` makes it. */
  readonly tracker: string
}

export function addUnlistCommand(program: Command): void {
  program
    .command('unlist')
    .summary("take what you shared out of a tracker's catalogue")
    .description("Take a torrent that you shared out of a tracker's catalogue. Who shares it goes on with it.")
    .argument('<listed>', 'its name or info-hash')
    .requiredOption('--tracker <url>', 'the address or announce URL of the tracker', catalogueUrl)
    .option('--state-dir <folder>', 'the one it was shared with; by default ~/.local/state/shoal')
    .addOption(jsonOption())
    .addHelpText('after', EXAMPLES)
    .action(runUnlist)
}

async function runUnlist(word: string, options: UnlistOptions): Promise<void> {
  using interrupt = onInterrupt()
  const { ownerKeyFor } = await import('../../daemon/catalogue-key.ts')
  const { findListed } = await import('../find-listed.ts')
  const { unlistTorrent } = await import('../../io/catalogue-client.ts')
  const catalogue = { base: options.tracker, signal: interrupt.signal }
  const infoHash = await findListed(word, catalogue, options.json === true)
  const hash = toHex(infoHash)
  await unlistTorrent(catalogue, hash, await ownerKeyFor(infoHash, catalogue.base, options.stateDir))
  print(options, { unlisted: hash }, () => `${new URL(catalogue.base).host} no longer lists ${hash}\n`)
}

export interface SearchTrackerOptions extends AskOptions {
  readonly limit?: number
}

/** The newest where there are no words. `base`: as `catalogueBase` makes it. */
export async function searchTracker(
  words: string,
  base: string,
  { limit = DEFAULT_LIMIT, ...options }: SearchTrackerOptions,
): Promise<void> {
  using interrupt = onInterrupt()
  const { searchCatalogue } = await import('../../io/catalogue-client.ts')
  const found = await searchCatalogue({ base, signal: interrupt.signal }, words, limit)
  const shown = found.torrents.slice(0, limit)
  print(options, { total: found.total, torrents: shown.map((torrent) => forPrograms(torrent, base)) }, () => {
    if (shown.length === 0) return words === '' ? 'Nothing is listed there yet.\n' : 'Nothing found.\n'
    const rest = found.total - shown.length
    const more = rest > 0 ? `... and ${rest} more: --limit shows up to 100, more words find fewer\n` : ''
    return listedTable(shown, terminalColumns()) + more
  })
}

/** With the tracker's own names. Links are made here: those of a stranger might lead anywhere. */
function forPrograms(torrent: ListedTorrent, base: string): object {
  const { hash, name, publishedAt } = torrent
  return {
    info_hash: hash,
    name,
    size: torrent.sizeBytes,
    files: torrent.fileCount,
    seeders: torrent.seeders,
    leechers: torrent.leechers,
    completed: torrent.completed,
    published_at: publishedAt === undefined ? null : new Date(publishedAt).toISOString(),
    magnet: printMagnet({
      infoHashV1: parseInfoHash(hash),
      infoHashV2: undefined,
      name,
      trackers: [`${base}/announce`],
      webSeeds: [],
      peers: [],
      selectOnly: undefined,
      exactLength: undefined,
    }),
    torrent: `${base}/catalogue/${hash}.torrent`,
  }
}
