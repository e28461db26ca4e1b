// `shoal share`: makes a torrent of a file or folder, seeds it, and says what the others must type.
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Address } from '../../core/address.ts'
import { toHex } from '../../core/bytes.ts'
import { AppError } from '../../core/errors.ts'
import { shortened } from '../../core/metainfo/safe-path.ts'
import type { CreatedTorrent } from '../../engine/create.ts'
import { defaultStateDir } from '../../io/state-dir.ts'
import { commandName } from '../command-name.ts'
import { onInterrupt } from '../interrupt.ts'
import { addSwarmOptions, type SwarmOptions } from '../options.ts'
import { openOutput, type Reporter } from '../output/reporter.ts'
import type { MakeOptions } from '../make-torrent.ts'
import type { Prepared } from '../swarm-run.ts'
import { addMakeOptions } from './create.ts'

type ShareOptions = SwarmOptions & MakeOptions & { readonly unlisted?: boolean }

const EXAMPLES = `
Examples:
  shoal share ./photos                                          within reach: the local network
  shoal share ./photos -t udp://tracker.example:6969/announce   anywhere, if that tracker can be reached
  shoal share ./photos -t http://tracker.example:6969/announce --unlisted
  shoal share film.mkv --up-limit 2M --seed-ratio 3`

export function addShareCommand(program: Command): void {
  const command = program
    .command('share')
    .summary('share a file or folder; prints the link to pass on')
    .description('Share a file or a folder, and print the link with which others get it.')
    .argument('<path>', 'the file or folder')
    .option('-o, --output <file>', "where to write the .torrent file; by default in Shoal's own folder")
    .option('--force', 'replace that file if it is there already')
  addMakeOptions(command).option('--unlisted', 'keep it out of the catalogues that trackers may have')
  addSwarmOptions(command).addHelpText('after', EXAMPLES).action(runShare)
}

async function runShare(path: string, options: ShareOptions): Promise<void> {
  using interrupt = onInterrupt()
  using reporter = openOutput(options.json === true)
  const hasTracker = options.tracker !== undefined
  if (options.private === true && !hasTracker) {
    throw new AppError('usage', 'with --private, others find you by a tracker only: give one with -t')
  }
  const { checkWritable, writeWhole } = await import('../../io/files.ts')
  const { createdEvent, makeTorrent } = await import('../make-torrent.ts')
  const { reachableAddresses } = await import('../../io/lan.ts')
  const { runSwarm } = await import('../run-swarm.ts')
  if (options.output !== undefined) await checkWritable(options.output, options.force === true)

  /** Hashing takes long: that the port is free was found out before. */
  async function prepare(listening: readonly Address[]): Promise<Prepared> {
    const torrent = await makeTorrent(path, options, reporter, interrupt.signal)
    const file = resolve(options.output ?? (await ownFile(torrent, options.stateDir)))
    await writeWhole(file, torrent.bytes, options.output === undefined || options.force === true)
    const created = createdEvent(torrent, file, hasTracker ? [] : reachableAddresses(listening))
    reporter.report(created)
    const message = `Others type:  ${commandName()} download '${created.magnet}'`
    reporter.report({ event: 'note', message })
    return {
      source: { metainfo: torrent.bytes },
      add: { dir: torrent.dir, mode: 'seed', seedTrusted: true },
      onAdded: () => {
        listing = list(torrent, options, reporter, interrupt.signal)
      },
    }
  }
  let listing: Promise<void> | undefined
  try {
    await runSwarm({ prepare, options, reporter, signal: interrupt.signal })
  } finally {
    await listing
  }
}

/** Sharing goes on, whatever comes of it: never rejects. */
async function list(
  { metainfo }: CreatedTorrent,
  { unlisted, stateDir }: ShareOptions,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<void> {
  if (unlisted === true) return
  try {
    const { publish } = await import('../../daemon/publish.ts')
    for (const { tracker, infoHash, reply } of await publish(metainfo, stateDir, signal)) {
      if ('refusal' in reply) {
        reporter.report({ event: 'note', message: `${tracker} does not list it: ${reply.refusal}` })
      } else reporter.report({ event: 'listed', tracker, infoHash, ...reply })
    }
  } catch (error) {
    reporter.report({ event: 'note', message: `Not listed: ${error instanceof Error ? error.message : String(error)}` })
  }
}

/** A folder of ours: the one who shares `.` does not want a new file in it. The hash sets equal names apart. */
async function ownFile({ metainfo }: CreatedTorrent, stateDir = defaultStateDir()): Promise<string> {
  const { name, infoHashV1, infoHashV2 } = metainfo.info
  const folder = join(stateDir, 'torrents')
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const hash = infoHashV1 ?? infoHashV2 ?? new Uint8Array()
  return join(folder, `${shortened(name, 200)}-${toHex(hash.subarray(0, 4))}.torrent`)
}
