// TAB: commands, their options, torrents of the daemon, peers of a torrent, files of this machine.
import { readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { printAddress } from '../../core/address.ts'
import type { PeerRow } from '../../daemon/rpc/types.ts'
import { asksDaemon } from '../commands/ask.ts'
import type { DaemonClient } from '../daemon-client.ts'
import { quoteWord, splitWords } from './words.ts'

/** Lines to offer, and the part of the line that they replace: what readline wants. */
export type Completion = readonly [offers: string[], replaced: string]

const FILE_ARGUMENTS: ReadonlySet<string> = new Set(['path', 'source', 'torrent'])

/** Never throws: who presses TAB gets nothing rather than an error. */
export async function complete(line: string, program: Command, daemon: DaemonClient): Promise<Completion> {
  const begun = /(?:[^\s'"\\]|\\.|'[^']*'?|"[^"]*"?)*$/.exec(line)?.[0] ?? ''
  try {
    const before = splitWords(line.slice(0, line.length - begun.length))
    const [typed = ''] = splitWords(begun.replace(/^['"]/, ''))
    const offers = await offersFor(before, typed, program, daemon)
    const fitting = offers.filter((offer) => offer.toLowerCase().startsWith(typed.toLowerCase()))
    return [fitting.map((offer) => (offer.endsWith('/') ? quoteWord(offer) : `${quoteWord(offer)} `)), begun]
  } catch {
    return [[], begun]
  }
}

async function offersFor(
  before: readonly string[],
  typed: string,
  program: Command,
  daemon: DaemonClient,
): Promise<string[]> {
  const [name, ...after] = before
  const known = program.commands.map((command) => command.name())
  if (name === undefined) return [...known, 'help', 'exit']
  if (name === 'help') return known
  const found = program.commands.find((one) => one.name() === name)
  if (found === undefined) return []
  const { command, rest, below } = descend(found, after)
  if (typed.startsWith('-')) return command.options.flatMap(({ long }) => long ?? [])
  const argument =
    command.registeredArguments[Math.min(rest.length, command.registeredArguments.length - 1)]?.name() ?? ''
  if (argument === 'ip:port') return peersOf(rest[0] ?? '', daemon)
  if (argument === 'torrent' && asksDaemon(command)) {
    return [...below, ...(await daemon.allTorrents()).map((torrent) => torrent.name)]
  }
  return FILE_ARGUMENTS.has(argument) ? filesFrom(typed) : []
}

/** `pieces export` is a command of its own; `pieces` without one of its words is its first. */
function descend(
  command: Command,
  words: readonly string[],
): { readonly command: Command; readonly rest: readonly string[]; readonly below: readonly string[] } {
  const [word, ...rest] = words
  const below = command.commands.map((one) => one.name())
  const named = command.commands.find((one) => one.name() === word)
  if (named !== undefined) return { command: named, rest, below: [] }
  return { command: command.commands[0] ?? command, rest: words, below: words.length === 0 ? below : [] }
}

async function peersOf(torrent: string, daemon: DaemonClient): Promise<string[]> {
  const [row] = await daemon.torrents([torrent])
  const params = { ids: row?.hash_string, fields: ['peers'] }
  const { torrents } = await daemon.call<{ torrents: { peers: PeerRow[] }[] }>('torrent_get', params)
  return torrents.flatMap(({ peers }) => peers.map(({ address, port }) => printAddress({ ip: address, port })))
}

async function filesFrom(typed: string): Promise<string[]> {
  const shown = typed.endsWith('/') ? typed : typed.includes('/') ? `${dirname(typed)}/` : ''
  const folder = shown === '' ? '.' : shown.replace(/^~(?=\/)/, homedir())
  const entries = await readdir(folder, { withFileTypes: true })
  return entries
    .filter(({ name }) => !name.startsWith('.') || typed.split('/').at(-1)?.startsWith('.') === true)
    .map((entry) => `${shown === '//' ? '/' : shown}${entry.name}${entry.isDirectory() ? '/' : ''}`)
}

/** `~/x` as the shell shows it, for programs. */
export function withHome(word: string): string {
  return word === '~' || word.startsWith('~/') ? join(homedir(), word.slice(1)) : word
}
