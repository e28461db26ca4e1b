// `shoal say`, `inbox`: messages.
import type { Command } from 'commander'
import type { MessageRow } from '../../daemon/rpc/types.ts'
import { repeated } from '../options.ts'
import { printable } from '../../core/printable.ts'
import { addAskOptions, type AskOptions, daemonOf, print } from './ask.ts'

interface SayOptions extends AskOptions {
  readonly to?: readonly string[]
}

interface InboxOptions extends AskOptions {
  readonly clear?: boolean
}

export function addTalkCommands(program: Command): void {
  const say = program
    .command('say')
    .summary('send a message to your contacts')
    .description('Send a message to all contacts, or to some. Who is away gets it later.')
    .argument('<text>', 'the message')
    .option('--to <contact>', 'only to this one; may be repeated', repeated)
  addAskOptions(say, "shoal say 'lunch?'", "shoal say 'hello' --to ann --to bob").action(runSay)
  const inbox = program
    .command('inbox')
    .summary('read the messages that came')
    .description('Print the messages that came, the latest last.')
    .option('--clear', 'and throw them away')
  addAskOptions(inbox, 'shoal inbox', 'shoal inbox --clear').action(runInbox)
}

async function runSay(text: string, { to, ...options }: SayOptions): Promise<void> {
  await using daemon = await daemonOf(options, 'run')
  const answer = await daemon.call<{ told: { name: string; delivered: boolean }[] }>('shoal_say', { text, to })
  print(options, answer, () =>
    answer.told
      .map(({ name, delivered }) => `${printable(name)} ${delivered ? 'has it' : 'is away: it waits'}\n`)
      .join(''),
  )
}

async function runInbox({ clear, ...options }: InboxOptions): Promise<void> {
  await using daemon = await daemonOf(options, 'run')
  const { messages } = await daemon.call<{ messages: MessageRow[] }>('shoal_inbox', { clear: clear === true })
  print(options, messages, () => {
    if (messages.length === 0) return 'No messages.\n'
    return messages.map(messageText).join('')
  })
}

function messageText({ from, at, isProven, text }: MessageRow): string {
  const when = new Date(at * 1000).toLocaleString()
  const lines = text.split('\n').map((line) => `  ${printable(line)}\n`)
  return `${printable(from)}${isProven ? '' : ' (says so, unproven)'}, ${when}:\n${lines.join('')}`
}
