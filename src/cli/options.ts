// Options that several commands share, and how their values are read. A value that cannot be read is a usage error that
// says what was expected.
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Address, parseAddress, parseListenAddress } from '../core/address.ts'
import { ENCRYPTION_MODES, type EncryptionMode } from '../engine/encryption-mode.ts'
import { parseDuration } from './durations.ts'
import { parseSize } from '../core/sizes.ts'
import { catalogueBase } from '../core/tracker/catalogue-url.ts'

function expected(what: string): never {
  throw new InvalidArgumentError(`Expected ${what}.`)
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const n = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    return n >= least && n <= most ? n : expected(`a number from ${least} to ${most}`)
  }
}

export function ratio(text: string): number {
  return /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Number(text) : expected('a number such as 1.5')
}

export function duration(text: string): number {
  const ms = parseDuration(text)
  return ms !== undefined && ms > 0 ? ms : expected('a time such as 20s, 30m or 1h30m')
}

export function rate(text: string): number {
  const bytes = parseSize(text)
  return bytes !== undefined && bytes > 0 ? bytes : expected('bytes a second, such as 500K or 2M')
}

/** K and M are multiples of 1,024 here: a piece length is a power of two. */
export function pieceLength(text: string): number {
  const bytes = parseSize(text, 1024)
  const isPower = bytes !== undefined && Number.isInteger(Math.log2(bytes))
  if (isPower && bytes >= 16 * 1024 && bytes <= 512 * 1024 ** 2) return bytes
  return expected('a power of two from 16K to 512M, such as 256K or 1M')
}

export function listenAddress(text: string, before: readonly Address[] = []): readonly Address[] {
  const address = parseListenAddress(text)
  return [...before, address ?? expected('ip:port, such as 0.0.0.0:6881 or [::]:6881 (port 0: any that is free)')]
}

export function peerAddress(text: string, before: readonly Address[] = []): readonly Address[] {
  return [...before, parseAddress(text) ?? expected('ip:port, such as 192.0.2.7:6881 or [2001:db8::7]:6881')]
}

export function repeated(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

const URL_KINDS = { tracker: ['http:', 'https:', 'udp:'], web: ['http:', 'https:'] } as const

export function url(kind: keyof typeof URL_KINDS): (text: string, before?: readonly string[]) => readonly string[] {
  const protocols: readonly string[] = URL_KINDS[kind]
  return (text, before = []) => {
    const isGood = URL.canParse(text) && protocols.includes(new URL(text).protocol)
    return [
      ...before,
      isGood ? text : expected(`a URL that begins with ${protocols.map((p) => `${p}//`).join(' or ')}`),
    ]
  }
}

/** Of a tracker with a catalogue, also by the URL that torrents name: see `catalogueBase`. */
export function catalogueUrl(text: string): string {
  return catalogueBase(text) ?? expected('the address of an HTTP tracker, such as http://tracker.example:6969')
}

export const jsonOption = (): Option => new Option('--json', 'print one JSON object a line, for programs')

const encryptionOption = (): Option =>
  new Option('--encryption <mode>', 'encrypt connections with who wants it, always, or never').choices(ENCRYPTION_MODES)

/** Of `share`, `seed` and `download`; as commander names them. */
export interface SwarmOptions {
  readonly listen?: readonly Address[]
  readonly peer?: readonly Address[]
  readonly stateDir?: string
  readonly exitWhenDone?: boolean
  readonly seedRatio?: number
  /** Milliseconds. */
  readonly seedTime?: number
  /** Bytes per second. */
  readonly downLimit?: number
  readonly upLimit?: number
  readonly maxPeers?: number
  readonly encryption?: EncryptionMode
  readonly json?: boolean
}

export function addSwarmOptions(command: Command): Command {
  return command
    .optionsGroup('Network:')
    .option('--listen <ip:port>', 'accept peers here; may be repeated, port 0 is any that is free', listenAddress)
    .option('--peer <ip:port>', 'connect to this peer; may be repeated', peerAddress)
    .option('--down-limit <rate>', 'receive at most this many bytes a second (500K, 2M)', rate)
    .option('--up-limit <rate>', 'send at most this many bytes a second (500K, 2M)', rate)
    .option('--max-peers <n>', 'have at most this many connections', wholeNumber(1, 65_535))
    .addOption(encryptionOption())
    .optionsGroup('When to end (else it goes on until Ctrl-C):')
    .option('--exit-when-done', 'end as soon as every piece is there and verified')
    .option('--seed-ratio <ratio>', 'end when it was uploaded this many times (1.5)', ratio)
    .option('--seed-time <time>', 'end after seeding this long (30m, 2h)', duration)
    .optionsGroup('Other:')
    .option('--state-dir <folder>', 'where progress is kept; by default ~/.local/state/shoal')
    .addOption(jsonOption())
}
