// `shoal contacts`: people, by name.
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { AppError } from '../../core/errors.ts'
import type { ContactRow } from '../../daemon/rpc/types.ts'
import { failedFile } from '../../io/files.ts'
import { printDuration } from '../durations.ts'
import { type Column, table } from '../output/table.ts'
import { printable } from '../../core/printable.ts'
import { addAskOptions, type AskOptions, daemonOf, print, terminalColumns } from './ask.ts'
import { commandName } from '../command-name.ts'

const EXAMPLES = `
Examples:
  shoal contacts                                 people you added, and who is nearby
  shoal contacts add ann 192.0.2.7:53317
  shoal contacts trust ann                       her files come without a question
  shoal contacts --codes                         24 digits each: ann sees the same of you
  shoal contacts import friends.txt              lines of: name address port`

/** Others answer within this time. */
const LOOK_MS = 1_000
/** Below it somebody is said to be here. */
const HERE_SEC = 600

export function addContactsCommand(program: Command): void {
  const contacts = program
    .command('contacts')
    .summary('people: who is nearby, whom you know and trust')
    .description('People that you added, and devices that are nearby: Shoals and LocalSend apps.')
    .helpCommand(false)
    .addHelpText('after', EXAMPLES)
  const list = contacts.command('list', { isDefault: true }).summary('list them').description('List them.')
  list.option('--codes', 'show the digits that you and a Shoal compare, to know that nobody stands between')
  list.option('--scan', 'call every address of this network, where nobody shows up by himself')
  addAskOptions(list, 'shoal contacts', 'shoal contacts --scan').action(runList)
  const add = contacts.command('add').summary('add somebody by address').description('Add somebody by address.')
  add.argument('<name>', 'what you call him').argument('<ip:port>', 'where he is')
  addAskOptions(add, 'shoal contacts add ann 192.0.2.7:53317').action(runAdd)
  const many = contacts.command('import').summary('add those in a file').description('Add those in a file.')
  many.argument('<path>', 'a file with lines of: name address port')
  addAskOptions(many, 'shoal contacts import friends.txt').action(runImport)
  for (const [verb, trust, summary] of TRUSTS) {
    const command = contacts.command(verb).summary(summary).description(`Contacts: ${summary}.`)
    command.argument('<contact...>', 'names, or beginnings of names')
    addAskOptions(command, `shoal contacts ${verb} ann`).action((words: string[], options: AskOptions) =>
      runTrust(words, trust, options),
    )
  }
  const rename = contacts.command('rename').summary('call somebody otherwise').description('Call somebody otherwise.')
  rename.argument('<contact>', 'the old name').argument('<name>', 'the new name')
  addAskOptions(rename, "shoal contacts rename 'Nice Orange' ann").action(runRename)
  const remove = contacts.command('remove').summary('forget somebody').description('Forget somebody.')
  remove.argument('<contact...>', 'names, or beginnings of names')
  addAskOptions(remove, 'shoal contacts remove ann').action(runRemove)
}

const TRUSTS = [
  ['trust', 'trusted', 'their files come without a question'],
  ['untrust', 'unknown', 'their files are asked about'],
  ['block', 'blocked', 'they get no answer at all'],
] as const

const COLUMNS: readonly Column<ContactRow>[] = [
  { title: 'Name', of: ({ name }) => name, isFlexible: true },
  { title: 'Is', of: ({ kind, trust }) => (trust === 'unknown' ? kind : `${kind}, ${trust}`) },
  { title: 'Address', of: ({ address }) => address },
  { title: 'Seen', of: seen },
  { title: 'Fingerprint', of: ({ fingerprint }) => (fingerprint === null ? 'not met yet' : short(fingerprint)) },
]

/** Enough to compare by eye. */
function short(fingerprint: string): string {
  return (fingerprint.slice(0, 16).match(/.{4}/g) ?? []).join(' ')
}

/** By the wall clock: for what somebody dated. */
export function secondsSince(atSec: number): number {
  return Date.now() / 1000 - atSec
}

function seen({ seenAt, isKept }: ContactRow): string {
  const ago = secondsSince(seenAt)
  const when = seenAt === 0 ? 'never' : ago < HERE_SEC ? 'here' : `${printDuration(ago * 1000)} ago`
  return isKept ? when : `${when}, not added`
}

/** Instead of the fingerprint. */
const CODE_COLUMNS: readonly Column<ContactRow>[] = [
  ...COLUMNS.filter(({ title }) => title !== 'Fingerprint'),
  { title: 'Code', of: codeText },
]

function codeText({ code, kind, fingerprint }: ContactRow): string {
  if (code !== null) return code
  return kind === 'localsend' && fingerprint !== null ? 'shows none' : 'not met yet'
}

interface Contacts {
  readonly contacts: readonly ContactRow[]
  readonly own: { readonly fingerprint: string; readonly port: number }
}

interface ListOptions extends AskOptions {
  readonly scan?: boolean
  readonly codes?: boolean
}

async function runList({ scan = false, codes = false, ...options }: ListOptions): Promise<void> {
  await using daemon = await daemonOf(options, 'run')
  await daemon.call('shoal_contacts', { look: true, scan })
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  const answer = await daemon.call<Contacts>('shoal_contacts')
  print(options, answer, () => {
    const { contacts, own } = answer
    const nobody = `Nobody is nearby, and you added nobody. Somebody by address: ${commandName()} contacts add NAME IP:PORT\n`
    const list = contacts.length === 0 ? nobody : table(contacts, codes ? CODE_COLUMNS : COLUMNS, terminalColumns())
    return `${list}You are reached at port ${own.port}; your fingerprint begins with ${short(own.fingerprint)}.\n`
  })
}

async function runAdd(name: string, address: string, options: AskOptions): Promise<void> {
  await using daemon = await daemonOf(options, 'run')
  const contact = await daemon.call<ContactRow>('shoal_contact_add', { name, address })
  print(options, contact, () => {
    const met = contact.fingerprint === null ? 'is not there now: known when met' : `met: ${short(contact.fingerprint)}`
    return `Added: ${printable(contact.name)} (${met})\n`
  })
}

async function runImport(path: string, options: AskOptions): Promise<void> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw failedFile('read', path, cause)
  })
  const lines = text.split('\n').map((line) => line.trim())
  const people = lines.flatMap((line, n) => (line === '' || line.startsWith('#') ? [] : [readLine(line, n + 1, path)]))
  await using daemon = await daemonOf(options, 'run')
  for (const { name, address } of people) {
    const contact = await daemon.call<ContactRow>('shoal_contact_add', { name, address })
    print(options, contact, () => `Added: ${printable(contact.name)}\n`)
  }
}

function readLine(line: string, number: number, path: string): { readonly name: string; readonly address: string } {
  const [, name = '', ip = '', port = ''] = /^(.*\S)\s+(\S+)\s+(\d{1,5})$/.exec(line) ?? []
  if (name === '') throw new AppError('usage', `${path}, line ${number}: expected a name, an address and a port`)
  return { name, address: ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}` }
}

async function runTrust(words: readonly string[], trust: ContactRow['trust'], options: AskOptions): Promise<void> {
  await using daemon = await daemonOf(options, 'run')
  for (const contact of words) {
    const row = await daemon.call<ContactRow>('shoal_contact_change', { contact, trust })
    print(options, row, () => `${printable(row.name)}: ${row.trust}\n`)
  }
}

async function runRename(contact: string, name: string, options: AskOptions): Promise<void> {
  await using daemon = await daemonOf(options, 'run')
  const row = await daemon.call<ContactRow>('shoal_contact_change', { contact, name })
  print(options, row, () => `Renamed: ${printable(row.name)}\n`)
}

async function runRemove(words: readonly string[], options: AskOptions): Promise<void> {
  await using daemon = await daemonOf(options, 'run')
  for (const contact of words) {
    await daemon.call('shoal_contact_remove', { contact })
    print(options, { removed: contact }, () => `Removed: ${printable(contact)}\n`)
  }
}
