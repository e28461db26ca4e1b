// `shoal download`: gets what a torrent or magnet link describes.
import type { Command } from 'commander'
import { AppError } from '../../core/errors.ts'
import { onInterrupt } from '../interrupt.ts'
import { addSwarmOptions, catalogueUrl, repeated, type SwarmOptions } from '../options.ts'
import { openOutput, type Reporter } from '../output/reporter.ts'
import type { Source } from '../../engine/load-source.ts'

interface DownloadOptions extends SwarmOptions {
  readonly dir: string
  readonly select?: readonly string[]
  readonly from?: string
}

const EXAMPLES = `
Examples:
  shoal download photos.torrent --dir ~/Downloads
  shoal download 'magnet:?xt=...' --exit-when-done
  shoal download https://example.org/photos.torrent --select '*.jpg' --select notes
  shoal download 'summer photos' --from http://tracker.example:6969
  shoal download photos.torrent --peer 192.0.2.7:6881 --down-limit 2M

What is there already is checked and kept: the same command goes on where it was stopped.`

export function addDownloadCommand(program: Command): void {
  const command = program
    .command('download')
    .summary('get what a torrent or magnet link describes')
    .description('Get what a torrent or magnet link describes, then seed it until stopped.')
    .argument('<torrent>', 'a .torrent file, a magnet link, or the web address of a .torrent file; with --from, a name')
    .option('-d, --dir <folder>', 'where to put it', '.')
    .option('--from <tracker>', 'get what this tracker lists by that name or info-hash', catalogueUrl)
    .option('--select <pattern>', "only these files or folders ('*.jpg', 'notes/**'); may be repeated", repeated)
  addSwarmOptions(command).addHelpText('after', EXAMPLES).action(runDownload)
}

async function runDownload(torrent: string, options: DownloadOptions): Promise<void> {
  using interrupt = onInterrupt()
  using reporter = openOutput(options.json === true)
  const source = await find(torrent, options, interrupt.signal)
  noteLoneliness(source, options, reporter)
  const { runSwarm } = await import('../run-swarm.ts')
  const { selectionOf } = await import('../select.ts')
  const selection = options.select === undefined ? undefined : selectionOf(options.select)
  const { doneBytes, wantedBytes, state } = await runSwarm({
    prepare: () => ({
      source: source.kind === 'torrent' ? { metainfo: source.bytes } : { magnet: source.link },
      add: { dir: options.dir, mode: 'download', ...(selection && { select: selection.wants }) },
    }),
    options,
    reporter,
    signal: interrupt.signal,
    onInfo: ({ name, files }) => {
      const real = files.filter(({ isPad }) => !isPad)
      const paths = real.map(({ path }) => path.join('/'))
      selection?.check(`"${name}"`, paths, 'shoal info')
    },
  })
  if (state === 'metadata' || doneBytes < wantedBytes) {
    throw new AppError('interrupted', 'stopped before everything was there; the same command goes on from here')
  }
}

async function find(torrent: string, { from, json }: DownloadOptions, signal: AbortSignal): Promise<Source> {
  if (from === undefined) {
    const { loadSource } = await import('../../engine/load-source.ts')
    return loadSource(torrent, signal)
  }
  const { loadListed } = await import('../find-listed.ts')
  return loadListed(torrent, { base: from, signal }, json === true)
}

/** Without this the user would look at zero peers and wonder. */
function noteLoneliness(source: Source, options: SwarmOptions, reporter: Reporter): void {
  const hasTracker = source.kind === 'torrent' ? source.metainfo.trackers.length > 0 : source.magnet.trackers.length > 0
  const hasPeer = options.peer !== undefined || (source.kind === 'magnet' && source.magnet.peers.length > 0)
  if (hasTracker || hasPeer) return
  const what = source.kind === 'torrent' ? 'The torrent' : 'The link'
  const message = `${what} names no tracker and no peer: give one with --peer, or wait until somebody connects.`
  reporter.report({ event: 'note', message })
}
