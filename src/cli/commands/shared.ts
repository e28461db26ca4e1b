// `shoal ls`, `search`, `get`: what contacts share. (`search --tracker` is in catalogue.ts.)
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import { AppError } from '../../core/errors.ts'
import type { ContactRow, FetchRow, SharedRow } from '../../daemon/rpc/types.ts'
import type { DaemonClient } from '../daemon-client.ts'
import { onInterrupt } from '../interrupt.ts'
import { NOTHING_YET } from '../output/events.ts'
import { openOutput } from '../output/reporter.ts'
import { type Column, table } from '../output/table.ts'
import { printable } from '../../core/printable.ts'
import { printSize } from '../../core/sizes.ts'
import { MAX_FOUND } from '../../core/tracker/catalogue-answer.ts'
import { catalogueUrl, wholeNumber } from '../options.ts'
import { searchTracker, type SearchTrackerOptions } from './catalogue.ts'
import { getLink, parseLink } from './link.ts'
import { addAskOptions, type AskOptions, daemonOf, print, terminalColumns } from './ask.ts'

interface GetOptions extends AskOptions {
  readonly dir?: string
  readonly pin?: string
}

interface SearchOptions extends SearchTrackerOptions {
  readonly tracker?: string
}

type Found = SharedRow & { readonly contact: string }

const LOOK_MS = 250

export function addSharedCommands(program: Command): void {
  const ls = program
    .command('ls')
    .summary('list what contacts share')
    .description('List the files that contacts share with you. They must trust you.')
    .argument('<contact...>', 'names, or beginnings of names')
  addAskOptions(ls, 'shoal ls ann', 'shoal ls ann bob --json').action((names: string[], options: AskOptions) =>
    runFind(names, '', options),
  )
  const search = program
    .command('search')
    .summary('find files that contacts share, or torrents that a tracker lists')
    .description(
      'Find files by words in their paths, among all that contacts share with you; or torrents in the catalogue of a tracker.',
    )
    .argument('[word...]', 'all must be in the path or name; without any, a tracker tells its newest')
    .option('--tracker <url>', 'ask this tracker, by its address or announce URL', catalogueUrl)
    .option('--limit <n>', 'of a tracker, so many at most (20)', wholeNumber(1, MAX_FOUND))
  const searches = ['summer beach', 'summer beach --tracker http://tracker.example:6969']
  addAskOptions(search, ...searches.map((words) => `shoal search ${words}`)).action(runSearch)
  const get = program
    .command('get')
    .summary('fetch what contacts share')
    .description('Fetch a file or folder that contacts share, from several of them at once; or all behind a link.')
    .argument('<file>', 'its path, as shoal ls shows it, or a folder above; or a link')
    .argument('[contact...]', 'who shares it')
    .option('--pin <pin>', 'what a link asks for')
    .option('-d, --dir <folder>', 'where it goes; by default the setting "receive-dir"')
  const examples = ['photos/beach.jpg ann', 'photos ann bob --dir ~/Pictures', 'http://192.0.2.7:53317 --pin 2468']
  addAskOptions(get, ...examples.map((words) => `shoal get ${words}`)).action(runGet)
}

const COLUMNS: readonly Column<Found>[] = [
  { title: 'Size', of: ({ size }) => printSize(size), isRight: true },
  { title: 'Contact', of: ({ contact }) => contact },
  { title: 'File', of: ({ path }) => path, isFlexible: true },
]

async function runSearch(words: readonly string[], { tracker, limit, ...options }: SearchOptions): Promise<void> {
  const wanted = words.join(' ')
  if (tracker !== undefined)
    return searchTracker(wanted, tracker, { ...options, ...(limit !== undefined && { limit }) })
  if (wanted === '') throw new AppError('usage', 'for what? shoal search WORD, or shoal search --tracker URL')
  if (limit !== undefined) throw new AppError('usage', '--limit is for what a tracker lists: give one with --tracker')
  return runFind(undefined, wanted, options)
}

/** Of those who are named; of all who may share something otherwise: who does not is then left out. */
async function runFind(names: readonly string[] | undefined, words: string, options: AskOptions): Promise<void> {
  await using daemon = await daemonOf(options, 'run')
  const asked = names ?? (await everybody(daemon))
  const answers = await Promise.allSettled(asked.map((contact) => filesOf(daemon, contact, words)))
  const failed = answers.find((answer) => answer.status === 'rejected')
  if (failed !== undefined && names !== undefined) throw failed.reason
  const found = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []))
  print(options, found, () => (found.length === 0 ? 'No files.\n' : table(found, COLUMNS, terminalColumns())))
}

async function everybody(daemon: DaemonClient): Promise<string[]> {
  const { contacts } = await daemon.call<{ contacts: ContactRow[] }>('shoal_contacts')
  return contacts.filter(({ kind, trust }) => kind === 'shoal' && trust !== 'blocked').map(({ name }) => name)
}

async function filesOf(daemon: DaemonClient, contact: string, words: string): Promise<Found[]> {
  const found: Found[] = []
  for (;;) {
    const after = found.at(-1)?.path ?? ''
    const { files } = await daemon.call<{ files: SharedRow[] }>('shoal_ls', { contact, words, after })
    if (files.length === 0) return found
    found.push(...files.map((file) => ({ ...file, contact })))
  }
}

async function runGet(path: string, from: readonly string[], { dir, pin, ...options }: GetOptions): Promise<void> {
  using interrupt = onInterrupt()
  const link = parseLink(path)
  if (link !== undefined) {
    await getLink(link, { dir, pin, ...options }, interrupt.signal)
    return
  }
  if (from.length === 0) throw new AppError('usage', 'from whom? shoal get FILE NAME')
  using reporter = openOutput(options.json === true)
  await using daemon = await daemonOf(options, 'run')
  const begun = await daemon.call<FetchRow>(
    'shoal_get',
    { path, from, ...(dir !== undefined && { dir: resolve(dir) }) },
    0,
  )
  let fetch = begun
  while (fetch.state !== 'seeding' && fetch.state !== 'failed' && !interrupt.signal.aborted) {
    await setTimeout(LOOK_MS)
    const { fetches } = await daemon.call<{ fetches: FetchRow[] }>('shoal_fetches')
    fetch = fetches.find(({ id }) => id === begun.id) ?? fetch
    const { doneBytes: done, totalBytes: total, rate: downloadRate, state } = fetch
    if (state === 'failed') break
    reporter.report({ ...NOTHING_YET, name: path, state, done, total, downloadRate, peers: fetch.from.length })
  }
  await daemon.call('shoal_fetch_end', { id: begun.id })
  if (fetch.state === 'failed') throw new AppError('incomplete', fetch.error)
  if (fetch.state !== 'seeding') throw new AppError('interrupted', 'stopped before everything was there')
  const givers = fetch.from.map(printable).join(', ')
  reporter.report({ event: 'note', message: `Got ${printable(path)} from ${givers}: it is in ${printable(fetch.dir)}` })
}
