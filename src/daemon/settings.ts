// The daemon's settings: one table says what there is, how a value is written and what it is without one. The file, the
// environment and flags are read by it, and `shoal config` and the API change it.
import { existsSync, readFileSync } from 'node:fs'
import { homedir, hostname } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { parseListenAddress } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import { DEFAULT_PORT } from '../direct/protocol.ts'
import { failedFile, writeWhole } from '../io/files.ts'

type Value = string | number | boolean | readonly string[]

/** A kind of value: what was expected where something else stands, and what JSON holds. */
interface Kind<T extends Value> {
  readonly expected: string
  /** `undefined`: not of this kind. */
  readonly fromJson: (value: unknown) => T | undefined
  readonly fromText: (text: string) => T | undefined
}

interface Entry<T extends Value> {
  readonly kind: Kind<T>
  readonly value: T
  readonly about: string
}

const flag: Kind<boolean> = {
  expected: 'true or false',
  fromJson: (value) => (typeof value === 'boolean' ? value : undefined),
  fromText: (text) => ({ true: true, on: true, yes: true, false: false, off: false, no: false })[text],
}

function numeric(expected: string, isGood: (n: number) => boolean): Kind<number> {
  const check = (n: number): number | undefined => (isGood(n) ? n : undefined)
  return {
    expected,
    fromJson: (value) => (typeof value === 'number' ? check(value) : undefined),
    fromText: (text) => (/^\d{1,12}(\.\d{1,6})?$/.test(text) ? check(Number(text)) : undefined),
  }
}

function count(least: number, most: number): Kind<number> {
  return numeric(`a whole number from ${least} to ${most}`, (n) => Number.isInteger(n) && n >= least && n <= most)
}

function textual(expected: string, isGood: (text: string) => boolean): Kind<string> {
  const check = (text: string): string | undefined => (isGood(text) ? text : undefined)
  return { expected, fromJson: (value) => (typeof value === 'string' ? check(value) : undefined), fromText: check }
}

function choice<Word extends string>(...words: readonly Word[]): Kind<Word> {
  const find = (text: unknown): Word | undefined => words.find((word) => word === text)
  return { expected: words.join(' or '), fromJson: find, fromText: find }
}

function several(one: Kind<string>): Kind<readonly string[]> {
  const check = (texts: readonly unknown[]): readonly string[] | undefined => {
    const values = texts.map(one.fromJson)
    return values.every((value) => value !== undefined) ? values : undefined
  }
  return {
    expected: `a list, each ${one.expected}`,
    fromJson: (value) => (Array.isArray(value) ? check(value) : undefined),
    fromText: (text) => check(text === '' ? [] : text.split(/[\s,]+/)),
  }
}

const isListenAddress = (text: string): boolean => parseListenAddress(text) !== undefined
const address = textual('ip:port, such as 127.0.0.1:9091 or [::1]:9091', isListenAddress)
const hostName = textual('the name of a host', (text) => /^[\w.-]{1,253}$/.test(text))
const folder = textual('the absolute path of a folder', isAbsolute)
const maybeFolder = textual('the absolute path of a folder, or nothing', (text) => text === '' || isAbsolute(text))
const personName = textual('a name of up to 64 letters', (text) => text.trim() !== '' && text.length <= 64)
const words = textual('text', () => true)
const kilobytes = count(0, 100_000_000)
const minutes = count(0, 24 * 60 - 1)

function entry<T extends Value>(kind: Kind<T>, value: T, about: string): Entry<T> {
  return { kind, value, about }
}

const ENTRIES = {
  'download-dir': entry(folder, join(homedir(), 'Downloads'), 'where downloads go'),
  'download-roots': entry(several(folder), [], 'if any are named, downloads go only below these folders'),
  'watch-dir': entry(maybeFolder, '', '.torrent files that appear here are added'),
  'start-added': entry(flag, true, 'torrents start when they are added'),
  sequential: entry(flag, false, 'new torrents are fetched in order'),
  listen: entry(several(address), [], 'where peers may connect; by default the first free port from 6881'),
  'max-peers': entry(count(1, 65_535), 500, 'connections of all torrents together'),
  'max-peers-each': entry(count(1, 65_535), 100, 'connections of one torrent'),
  'down-limit': entry(kilobytes, 100, 'kB/s to receive at most'),
  'down-limit-on': entry(flag, false, 'whether that limit holds'),
  'up-limit': entry(kilobytes, 100, 'kB/s to send at most'),
  'up-limit-on': entry(flag, false, 'whether that limit holds'),
  'alt-down-limit': entry(kilobytes, 50, 'kB/s to receive at most while the alternative limits hold'),
  'alt-up-limit': entry(kilobytes, 50, 'kB/s to send at most while the alternative limits hold'),
  'alt-on': entry(flag, false, 'the alternative limits hold now'),
  'alt-schedule-on': entry(flag, false, 'they are switched on and off by the clock'),
  'alt-begin': entry(minutes, 540, 'switched on at this minute of the day'),
  'alt-end': entry(minutes, 1020, 'switched off at this minute of the day'),
  'alt-days': entry(count(0, 127), 127, 'on these days: 1 Sunday, 2 Monday, 4 Tuesday .. 64 Saturday, added up'),
  'download-queue': entry(count(1, 100_000), 5, 'so many torrents download at once, the others wait for their turn'),
  'download-queue-on': entry(flag, true, 'whether that holds'),
  'seed-queue': entry(count(1, 100_000), 10, 'so many torrents seed at once, the others wait for their turn'),
  'seed-queue-on': entry(flag, false, 'whether that holds'),
  'queue-stalled': entry(count(1, 1_000_000), 30, 'minutes without a byte after which a torrent holds up no other'),
  'queue-stalled-on': entry(flag, true, 'whether that holds'),
  'seed-ratio': entry(
    numeric('a number from 0 to 1000000', (n) => n >= 0 && n <= 1_000_000),
    2,
    'a torrent stops when it gave this many times what it holds',
  ),
  'seed-ratio-on': entry(flag, false, 'whether that goal holds'),
  'seed-idle': entry(count(0, 1_000_000), 30, 'a torrent stops when nobody took anything for so many minutes'),
  'seed-idle-on': entry(flag, false, 'whether that goal holds'),
  name: entry(personName, hostname().slice(0, 64), 'what other people see of you'),
  'direct-on': entry(flag, true, 'people may offer you files and send messages'),
  nearby: entry(flag, true, 'look for people nearby when the daemon starts, and be found by them'),
  'direct-port': entry(count(0, 65_535), DEFAULT_PORT, 'where they reach you; 0 is any port'),
  'receive-dir': entry(folder, join(homedir(), 'Downloads'), 'where files go that people send'),
  'shared-dir': entry(maybeFolder, '', 'what contacts that you trust may see and fetch'),
  accept: entry(choice('nobody', 'trusted', 'everybody'), 'trusted', 'whose files come without a question'),
  pin: entry(words, '', 'what people must know to send you files; empty: nothing'),
  'rpc-listen': entry(address, '127.0.0.1:9091', 'where programs and the page reach the daemon'),
  'rpc-hosts': entry(several(hostName), [], 'names by which it may be called, besides localhost and addresses'),
  'rpc-user': entry(words, 'shoal', 'the name to sign in with'),
  'rpc-password': entry(words, '', 'the password to sign in with; empty: the text in the file "token"'),
}

type Entries = typeof ENTRIES
export type SettingName = keyof Entries
export type Settings = { readonly [Name in SettingName]: Entries[Name]['value'] }
export type SettingsChange = { [Name in SettingName]?: Entries[Name]['value'] }

export const SETTING_NAMES = Object.keys(ENTRIES) as readonly SettingName[]

export const DEFAULTS = Object.fromEntries(
  SETTING_NAMES.map((name) => [name, ENTRIES[name].value]),
) as unknown as Settings

export function aboutSetting(name: SettingName): string {
  return `${ENTRIES[name].about} (${ENTRIES[name].kind.expected})`
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(ENTRIES, name)
}

function nameOf(text: string, where: string): SettingName {
  if (isSettingName(text)) return text
  throw new AppError('usage', `${where}: there is no setting "${text}" (shoal config lists them)`)
}

function mustBe<T>(value: T | undefined, name: SettingName, got: unknown, where: string): T {
  if (value !== undefined) return value
  const { expected } = ENTRIES[name].kind
  throw new AppError('usage', `${where}: "${name}" expects ${expected}, got ${JSON.stringify(got)}`)
}

/** A change from JSON: a file, or the API. Throws AppError 'usage'. */
export function settingsFromJson(json: unknown, where: string): SettingsChange {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new AppError('usage', `${where}: expected an object of settings, got ${JSON.stringify(json)}`)
  }
  const entries = Object.entries(json).map(([key, value]) => {
    const name = nameOf(key, where)
    return [name, mustBe<Value>(ENTRIES[name].kind.fromJson(value), name, value, where)]
  })
  return Object.fromEntries(entries) as SettingsChange
}

/** One setting as a user types it. Throws AppError 'usage'. */
export function settingFromText(key: string, text: string, where: string): SettingsChange {
  const name = nameOf(key, where)
  return { [name]: mustBe<Value>(ENTRIES[name].kind.fromText(text), name, text, where) }
}

/** `SHOAL_DOWNLOAD_DIR` and so on. Throws AppError 'usage'. */
export function settingsFromEnv(env: NodeJS.ProcessEnv): SettingsChange {
  const changes = SETTING_NAMES.map((name) => {
    const variable = `SHOAL_${name.toUpperCase().replaceAll('-', '_')}`
    const text = env[variable]
    return text === undefined ? {} : settingFromText(name, text, variable)
  })
  return Object.assign({}, ...changes) as SettingsChange
}

/** What the file says, and above it what holds for this run only. */
export class SettingsStore {
  readonly #file: string
  #forThisRun: SettingsChange
  #kept: SettingsChange

  /** Throws AppError 'usage' for a wrong value. `forThisRun`: of the environment and flags, the stronger. */
  constructor(stateDir: string, forThisRun: SettingsChange = {}) {
    this.#file = join(stateDir, 'settings.json')
    this.#forThisRun = forThisRun
    this.#kept = existsSync(this.#file) ? settingsFromJson(readJson(this.#file), this.#file) : {}
  }

  get all(): Settings {
    return { ...DEFAULTS, ...this.#kept, ...this.#forThisRun }
  }

  /** Did somebody choose it, or is it what it is by default? */
  isChosen(name: SettingName): boolean {
    return Object.hasOwn(this.#kept, name) || Object.hasOwn(this.#forThisRun, name)
  }

  /** Holds until the end of this run, or until it is changed. */
  override(change: SettingsChange): void {
    this.#forThisRun = { ...this.#forThisRun, ...change }
  }

  /** What is changed now holds at once, whatever the environment says. */
  async change(change: SettingsChange): Promise<void> {
    const kept = { ...this.#kept, ...change }
    const text = `${JSON.stringify(kept, undefined, 2)}\n`
    await writeWhole(this.#file, new TextEncoder().encode(text), true, 0o600) // there may be a password in it
    this.#kept = kept
    const overridden = Object.entries(this.#forThisRun).filter(([name]) => !Object.hasOwn(change, name))
    this.#forThisRun = Object.fromEntries(overridden) as SettingsChange
  }
}

function readJson(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw failedFile('read', file, cause)
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new AppError('usage', `${file} is no JSON: mend it, or delete it for the default settings`, { cause })
  }
}
