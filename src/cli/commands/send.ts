// `shoal send`, `offers`, `accept`, `decline`: files from hand to hand.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { AppError } from '../../core/errors.ts'
import type { OfferRow, TransferRow } from '../../daemon/rpc/types.ts'
import { monotonicMs } from '../../io/clock.ts'
import { onInterrupt } from '../interrupt.ts'
import { repeated } from '../options.ts'
import { selectionOf } from '../select.ts'
import { count } from '../output/progress-line.ts'
import { type Column, table } from '../output/table.ts'
import { printable } from '../../core/printable.ts'
import { printSize } from '../../core/sizes.ts'
import { runLink } from './link.ts'
import { addAskOptions, type AskOptions, daemonOf, print, terminalColumns } from './ask.ts'

interface SendOptions extends AskOptions {
  readonly to?: readonly string[]
  readonly all?: boolean
  readonly pin?: string
  readonly link?: boolean
}

const LOOK_MS = 250
/** Lines for a log. */
const SHOW_MS = 5_000
const OVER: readonly TransferRow['state'][] = ['done', 'declined', 'failed', 'cancelled']

export function addSendCommands(program: Command): void {
  const send = program
    .command('send')
    .summary('send files to people')
    .description('Send files and folders to people: other Shoals, or LocalSend apps. They are asked first.')
    .argument('<path...>', 'files and folders, and then names of contacts')
    .option('--to <contact>', 'to whom; may be repeated', repeated)
    .option('--all', 'to everybody you added')
    .option('--link', 'to whoever opens a link in a browser of this network')
    .option('--pin <pin>', 'what the other side asks for; with --link, what it must know')
  const examples = ['beach.jpg ann', './photos ann bob', './photos --all', './photos --link --pin 2468']
  addAskOptions(send, ...examples.map((words) => `shoal send ${words}`)).action(runSend)
  const offers = program
    .command('offers')
    .summary('what others want to give you')
    .description('List what others want to give you, and gave you; or the files of one offer.')
    .argument('[offer]', 'its number', offerNumber)
  addAskOptions(offers, 'shoal offers', 'shoal offers 1').action(runOffers)
  const accept = program
    .command('accept')
    .summary('take what somebody offers')
    .description('Take what somebody offers, or some of its files.')
    .argument('<offer>', 'its number, as shoal offers shows it', offerNumber)
    .option('--select <pattern>', 'only files like this; may be repeated', repeated)
  addAskOptions(accept, 'shoal accept 1', "shoal accept 1 --select '*.jpg'").action(runAccept)
  const decline = program
    .command('decline')
    .summary('do not take what somebody offers')
    .description('Do not take what somebody offers, or no more of it: what came of it goes.')
    .argument('<offer>', 'its number, as shoal offers shows it', offerNumber)
  addAskOptions(decline, 'shoal decline 1').action((id: number, options: AskOptions) => answer(id, false, options))
}

function offerNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected the number of an offer.')
}

async function runSend(words: readonly string[], { to, all, pin, link, ...options }: SendOptions): Promise<void> {
  using interrupt = onInterrupt()
  if (link === true) {
    if (to !== undefined || all === true) throw new AppError('usage', 'a link is for whoever opens it: name nobody')
    await runLink(checkedPaths(words), pin, options, interrupt.signal)
    return
  }
  const { paths, names } = to !== undefined || all === true ? { paths: words, names: to } : split(words)
  await using daemon = await daemonOf(options, 'run')
  const { transfers } = await daemon.call<{ transfers: TransferRow[] }>('shoal_send', {
    paths: paths.map((path) => resolve(path)),
    ...(all !== true && { to: names }),
    ...(pin !== undefined && { pin }),
  })
  let rows = transfers
  let shownAt = Number.NEGATIVE_INFINITY
  const ids = new Set(transfers.map(({ id }) => id))
  while (!rows.every(({ state }) => OVER.includes(state))) {
    if (interrupt.signal.aborted) for (const id of ids) await daemon.call('shoal_send_cancel', { id })
    await setTimeout(LOOK_MS)
    const { sent } = await daemon.call<{ sent: TransferRow[] }>('shoal_transfers')
    rows = sent.filter(({ id }) => ids.has(id))
    const isOver = rows.every(({ state }) => OVER.includes(state))
    if (isOver || monotonicMs() - shownAt < SHOW_MS) continue
    shownAt = monotonicMs()
    if (options.json !== true) process.stderr.write(rows.map((row) => `${describe(row)}\n`).join(''))
  }
  print(options, rows, () => rows.map((row) => `${describe(row)}\n`).join(''))
  const failed = rows.find(({ state }) => state !== 'done')
  if (failed !== undefined)
    throw new AppError(failed.state === 'cancelled' ? 'interrupted' : 'incomplete', whyNot(failed))
}

/** What is there is to be sent; the words after it are names. */
function split(words: readonly string[]): { readonly paths: readonly string[]; readonly names: readonly string[] } {
  // Where a folder is called like a friend, the last word is the friend.
  const begin = Math.min(words.findLastIndex((word) => existsSync(word)) + 1, Math.max(1, words.length - 1))
  const paths = words.slice(0, begin)
  const names = words.slice(begin)
  checkedPaths(paths)
  if (names.length === 0) throw new AppError('usage', 'to whom? shoal send FILE NAME, or --to NAME, --all, --link')
  return { paths, names }
}

function checkedPaths(paths: readonly string[]): readonly string[] {
  const missing = paths.find((path) => !existsSync(path))
  if (missing !== undefined) throw new AppError('not-found', `there is no file or folder "${missing}"`)
  return paths
}

function describe({ to, state, isVerified, fileCount, acceptedCount, totalBytes, doneBytes }: TransferRow): string {
  const isPart = (state === 'sending' || state === 'done') && acceptedCount > 0 && acceptedCount < fileCount
  const files = isPart ? `${acceptedCount} of ${count(fileCount, 'file')}` : count(fileCount, 'file')
  const what = `${files}, ${printSize(totalBytes)}`
  const name = printable(to)
  switch (state) {
    case 'hashing':
      return `${name}: making ready ${what}`
    case 'asking':
      return `${name}: is asked about ${what}`
    case 'sending':
      return `${name}: ${totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100)}% of ${what}`
    case 'done':
      return `${name}: has ${isPart ? 'what it wanted' : 'all of it'}${isVerified ? ', verified' : ''} (${what})`
    default:
      return `${name}: ${state}`
  }
}

function whyNot({ to, error, state }: TransferRow): string {
  return error === '' ? `${to}: ${state}` : error
}

const COLUMNS: readonly Column<OfferRow>[] = [
  { title: '#', of: ({ id }) => String(id), isRight: true },
  { title: 'From', of: ({ from, isProven }) => (isProven ? from : `${from} (unproven)`) },
  { title: 'Files', of: filesText, isFlexible: true },
  { title: 'Size', of: ({ totalBytes }) => printSize(totalBytes), isRight: true },
  { title: 'State', of: stateText },
]

function filesText({ files }: OfferRow): string {
  const [first] = files
  return files.length === 1 ? (first?.name ?? '') : `${first?.name ?? ''} and ${files.length - 1} more`
}

function stateText({ state, doneBytes, totalBytes, dir, error }: OfferRow): string {
  switch (state) {
    case 'asking':
      return 'waits for your answer'
    case 'receiving':
      return `${totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100)}%`
    case 'done':
      return `in ${dir}`
    default:
      return error === '' ? state : `${state}: ${error}`
  }
}

const FILE_COLUMNS: readonly Column<OfferRow['files'][number]>[] = [
  { title: 'Size', of: ({ size }) => printSize(size), isRight: true },
  { title: 'File', of: ({ name }) => name, isFlexible: true },
]

async function runOffers(id: number | undefined, options: AskOptions): Promise<void> {
  await using daemon = await daemonOf(options, 'run')
  const { offers } = await daemon.call<{ offers: OfferRow[] }>('shoal_transfers')
  if (id !== undefined) {
    const offer = offers.find((one) => one.id === id)
    if (offer === undefined) throw new AppError('not-found', `there is no offer ${id}`)
    print(options, offer, () => table(offer.files, FILE_COLUMNS, terminalColumns()))
    return
  }
  print(options, offers, () => {
    if (offers.length === 0) return 'Nobody offers anything now.\n'
    return table(offers, COLUMNS, terminalColumns())
  })
}

interface AcceptOptions extends AskOptions {
  readonly select?: readonly string[]
}

async function runAccept(id: number, { select, ...options }: AcceptOptions): Promise<void> {
  if (select === undefined) return answer(id, true, options)
  await using daemon = await daemonOf(options, 'refuse')
  const { offers } = await daemon.call<{ offers: OfferRow[] }>('shoal_transfers')
  const names = offers.find((offer) => offer.id === id)?.files.map(({ name }) => name) ?? []
  const selection = selectionOf(select)
  if (names.length > 0) selection.check(`offer ${id}`, names, `shoal offers ${id}`)
  const files = names.flatMap((name, position) => (selection.wants(name) ? [position] : []))
  await answer(id, true, options, files)
}

/** `files`: positions of those that are wanted; default: all. */
async function answer(id: number, isYes: boolean, options: AskOptions, files?: readonly number[]): Promise<void> {
  await using daemon = await daemonOf(options, 'refuse')
  const offer = await daemon.call<OfferRow>('shoal_offer_answer', { id, yes: isYes, ...(files && { files }) })
  const verb = isYes ? 'Accepted' : 'Declined'
  const some = files === undefined ? '' : `${files.length} of `
  print(options, offer, () => `${verb}: ${some}${printable(filesText(offer))} from ${printable(offer.from)}\n`)
}
