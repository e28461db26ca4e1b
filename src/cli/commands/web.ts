// `shoal web`: the page of the daemon, in the browser.
import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from 'commander'
import { AppError } from '../../core/errors.ts'
import { printable } from '../../core/printable.ts'
import { onInterrupt } from '../interrupt.ts'
import { KEPT_MS, linkFolder, type LinkPage, writeLinkPage } from '../link-page.ts'
import { openBrowser, openerFor } from '../open-browser.ts'
import { addAskOptions, type AskOptions, daemonOf, print } from './ask.ts'
import { commandName } from '../command-name.ts'

interface WebOptions extends AskOptions {
  readonly printUrl?: boolean
}

interface Link {
  readonly url: string
  readonly expiresInSec: number
}

export function addWebCommand(program: Command): void {
  const command = program
    .command('web')
    .summary("open the daemon's page in the browser")
    .description("Open the daemon's page in the browser of this machine, signed in.")
    .option('--print-url', 'only print the link, which signs in once, for five minutes')
  addAskOptions(command, 'shoal web', 'shoal web --print-url').action(runWeb)
}

async function runWeb(options: WebOptions): Promise<void> {
  const link = await newLink(options)
  const opener = options.printUrl === true ? undefined : openerFor(process.platform, process.env)
  using interrupt = onInterrupt()
  await using page = opener && (await pageTo(link))
  const isOpened = opener !== undefined && page !== undefined && (await openBrowser(opener, page.address))
  print(options, { ...link, isOpened }, () => {
    const { origin } = new URL(link.url)
    if (isOpened) return `Opened ${origin}/ in the browser. If nothing came up: ${commandName()} web --print-url\n`
    const note = process.stdout.isTTY ? 'It signs in once, within five minutes; who has it is in.\n' : ''
    return `${link.url}\n${note}`
  })
  // Ctrl-C ends the pause: the page is removed, which is all that is left to do.
  if (isOpened) await pause(KEPT_MS, undefined, { signal: interrupt.signal }).catch(() => undefined)
}

async function newLink(options: AskOptions): Promise<Link> {
  await using daemon = await daemonOf(options, 'refuse')
  return daemon.call<Link>('shoal_page_link')
}

/** `undefined`: it cannot be written, and the user is told why. */
async function pageTo({ url }: Link): Promise<LinkPage | undefined> {
  try {
    return await writeLinkPage(url, linkFolder(process.env))
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    process.stderr.write(`shoal: no browser was opened: ${printable(error.message)}\n`)
    return undefined
  }
}
