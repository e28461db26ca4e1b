// `shoal set`: what is wanted of torrents of the daemon.
import { type Command, Option } from 'commander'
import { AppError } from '../../core/errors.ts'
import { compileGlob } from '../../core/glob.ts'
import type { FileRow } from '../../daemon/rpc/types.ts'
import type { DaemonClient } from '../daemon-client.ts'
import { printable } from '../../core/printable.ts'
import { ratio, rate, repeated, url, wholeNumber } from '../options.ts'
import { kilobytes } from '../../core/sizes.ts'
import { addAskOptions, type AskOptions, daemonOf, print } from './ask.ts'

interface SetOptions extends AskOptions {
  readonly want?: readonly string[]
  readonly skip?: readonly string[]
  readonly high?: readonly string[]
  readonly low?: readonly string[]
  readonly label?: readonly string[]
  readonly downLimit?: number | false
  readonly upLimit?: number | false
  readonly maxPeers?: number
  readonly seedRatio?: number | false
  readonly sequential?: boolean
  readonly addTracker?: readonly string[]
  readonly removeTracker?: readonly string[]
}

const EXAMPLES = `
Examples:
  shoal set 1 --skip '*.nfo' --high '*.mkv'
  shoal set photos --up-limit 500K --label family
  shoal set 1 2 --no-up-limit --sequential`

export function addSetCommand(program: Command): void {
  const command = program
    .command('set')
    .summary('choose files, priorities, limits and labels')
    .description('Say what is wanted of torrents of the daemon.')
    .argument('<torrent...>', 'numbers, or beginnings of names or info-hashes, as shoal list shows them')
    .option('--want <files>', 'get these files: a path or a pattern with * as shoal files shows them', repeated)
    .option('--skip <files>', 'leave these out', repeated)
    .option('--high <files>', 'these before others', repeated)
    .option('--low <files>', 'these after others', repeated)
    .option('-l, --label <label>', 'its labels from now on; may be repeated', repeated)
    .option('--down-limit <rate>', 'receive at most this many bytes a second (500K, 2M)', rate)
    .option('--no-down-limit', 'as fast as it comes')
    .option('--up-limit <rate>', 'send at most this many bytes a second', rate)
    .option('--no-up-limit', 'as fast as it goes')
    .option('--max-peers <n>', 'have at most this many connections', wholeNumber(1, 65_535))
    .option('--seed-ratio <ratio>', 'stop when it was given this many times', ratio)
    .option('--no-seed-ratio', 'never stop for that')
    .option('--add-tracker <url>', 'announce it there too; may be repeated', url('tracker'))
    .option('--remove-tracker <url>', 'and there no more; may be repeated', repeated)
    .addOption(new Option('--sequential', 'in order, for playing'))
    .addOption(new Option('--no-sequential', 'the rarest pieces first'))
  addAskOptions(command).addHelpText('after', EXAMPLES).action(runSet)
}

async function runSet(words: readonly string[], options: SetOptions): Promise<void> {
  await using daemon = await daemonOf(options)
  const torrents = await daemon.torrents(words)
  for (const { hash_string: hash } of torrents) {
    await daemon.call('torrent_set', {
      ids: [hash],
      ...wishesOf(options),
      ...(await fileWishes(daemon, hash, options)),
      ...(await trackerWishes(daemon, hash, options)),
    })
  }
  print(options, { done: 'set', torrents: torrents.map(({ hash_string: hash }) => hash) }, () =>
    torrents.map(({ id, name }) => `Set: ${id} ${printable(name)}\n`).join(''),
  )
}

/** commander has `true` for a limit that was not mentioned, because there is a `--no-` form. */
function wishesOf({ label, downLimit, upLimit, maxPeers, seedRatio, sequential }: SetOptions): object {
  const limit = (which: 'download' | 'upload', value: number | boolean | undefined): object => {
    if (value === false) return { [`${which}_limited`]: false }
    if (typeof value !== 'number') return {}
    return { [`${which}_limit`]: kilobytes(value), [`${which}_limited`]: true }
  }
  return {
    ...limit('download', downLimit),
    ...limit('upload', upLimit),
    ...(label !== undefined && { labels: label }),
    ...(maxPeers !== undefined && { peer_limit: maxPeers }),
    ...(seedRatio === false && { seed_ratio_mode: 2 }),
    ...(typeof seedRatio === 'number' && { seed_ratio_mode: 1, seed_ratio_limit: seedRatio }),
    ...(sequential !== undefined && { sequential_download: sequential }),
  }
}

async function trackerWishes(daemon: DaemonClient, hash: string, options: SetOptions): Promise<object> {
  const { addTracker, removeTracker } = options
  const added = addTracker !== undefined && { tracker_add: addTracker }
  if (removeTracker === undefined) return { ...added }
  const params = { ids: [hash], fields: ['trackers'] }
  const { torrents } = await daemon.call<{ torrents: { trackers: { announce: string }[] }[] }>('torrent_get', params)
  const urls = torrents[0]?.trackers.map(({ announce }) => announce) ?? []
  const numbers = removeTracker.map((url) => {
    const number = urls.indexOf(url)
    if (number < 0) throw new AppError('not-found', `it has no tracker ${url}; shoal trackers lists them`)
    return number
  })
  return { ...added, tracker_remove: numbers }
}

const FILE_WISHES = {
  want: 'files_wanted',
  skip: 'files_unwanted',
  high: 'priority_high',
  low: 'priority_low',
} as const

async function fileWishes(daemon: DaemonClient, hash: string, options: SetOptions): Promise<object> {
  const said = Object.entries(FILE_WISHES).flatMap(([option, key]) => {
    const patterns = options[option as keyof typeof FILE_WISHES]
    return patterns === undefined ? [] : [{ key, patterns }]
  })
  if (said.length === 0) return {}
  const { torrents } = await daemon.call<{ torrents: { files: FileRow[] }[] }>('torrent_get', {
    ids: [hash],
    fields: ['files'],
  })
  const names = torrents[0]?.files.map(({ name }) => name) ?? []
  return Object.fromEntries(
    said.map(({ key, patterns }) => [key, patterns.flatMap((pattern) => matching(names, pattern))]),
  )
}

/** Numbers of the files; the torrent's own folder in front may be left out. */
function matching(names: readonly string[], pattern: string): number[] {
  const matches = compileGlob(pattern)
  const found = names.flatMap((name, n) => (matches(name) || matches(name.slice(name.indexOf('/') + 1)) ? [n] : []))
  if (found.length === 0) throw new AppError('not-found', `no file matches "${pattern}"; shoal files lists them`)
  return found
}
