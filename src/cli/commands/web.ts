// `shoal web`: the page of the daemon, in the browser.
import type { Command } from 'commander'
import { openBrowser } from '../open-browser.ts'
import { addAskOptions, type AskOptions, daemonOf, print } from './ask.ts'

interface WebOptions extends AskOptions {
  readonly printUrl?: boolean
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
  await using daemon = await daemonOf(options, 'refuse')
  const link = await daemon.call<{ url: string; expiresInSec: number }>('shoal_page_link')
  const isOpened = options.printUrl !== true && (await openBrowser(link.url))
  print(options, { ...link, isOpened }, () => {
    const { origin } = new URL(link.url)
    if (isOpened) return `Opened ${origin}/ in the browser. If nothing came up: shoal web --print-url\n`
    const note = process.stdout.isTTY ? 'It signs in once, within five minutes; who has it is in.\n' : ''
    return `${link.url}\n${note}`
  })
}
