// The daemon's settings by the table in setting-table.ts: the file, the environment and flags are read by it, and
// `shoal config` and the API change them.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError } from '../core/errors.ts'
import { failedFile, writeWhole } from '../io/files.ts'
import type { SettingRow } from './rpc/types.ts'
import type { SettingValue } from './setting-kinds.ts'
import { FOR_NEXT_START, FOR_OWNER, SETTING_TABLE } from './setting-table.ts'

type Entries = typeof SETTING_TABLE
export type SettingName = keyof Entries
export type Settings = { readonly [Name in SettingName]: Entries[Name]['value'] }
export type SettingsChange = { [Name in SettingName]?: Entries[Name]['value'] }

export const SETTING_NAMES = Object.keys(SETTING_TABLE) as readonly SettingName[]

export const DEFAULTS = Object.fromEntries(
  SETTING_NAMES.map((name) => [name, SETTING_TABLE[name].value]),
) as unknown as Settings

/** What stands for a secret that is set: it is never told. */
const HIDDEN = '********'

/** A setting as users see it. */
export function settingRow(name: SettingName, value: SettingValue): SettingRow {
  const { about, section, kind } = SETTING_TABLE[name]
  const { choices = [], least, most } = kind.form
  return {
    name,
    value: kind.form.kind === 'secret' && value !== '' ? HIDDEN : value,
    about: `${about} (${kind.expected})`,
    section,
    kind: kind.form.kind,
    choices,
    least: least ?? null,
    most: most ?? null,
    isForNextStart: FOR_NEXT_START.includes(name),
    isForOwner: FOR_OWNER.includes(name),
  }
}

function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(SETTING_TABLE, name)
}

function nameOf(text: string, where: string): SettingName {
  if (isSettingName(text)) return text
  throw new AppError('usage', `${where}: there is no setting "${text}" (shoal config lists them)`)
}

function mustBe<T>(value: T | undefined, name: SettingName, got: unknown, where: string): T {
  if (value !== undefined) return value
  const { expected } = SETTING_TABLE[name].kind
  throw new AppError('usage', `${where}: "${name}" expects ${expected}, got ${JSON.stringify(got)}`)
}

/** A change from JSON: a file, or the API. Throws AppError 'usage'. */
export function settingsFromJson(json: unknown, where: string): SettingsChange {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new AppError('usage', `${where}: expected an object of settings, got ${JSON.stringify(json)}`)
  }
  const entries = Object.entries(json).map(([key, value]) => {
    const name = nameOf(key, where)
    return [name, mustBe<SettingValue>(SETTING_TABLE[name].kind.fromJson(value), name, value, where)]
  })
  return Object.fromEntries(entries) as SettingsChange
}

/** One setting as a user types it. Throws AppError 'usage'. */
export function settingFromText(key: string, text: string, where: string): SettingsChange {
  const name = nameOf(key, where)
  if (text === HIDDEN && SETTING_TABLE[name].kind.form.kind === 'secret') {
    throw new AppError('usage', `${where}: "${name}" is only shown as ${HIDDEN}: give the new one, or nothing for none`)
  }
  return { [name]: mustBe<SettingValue>(SETTING_TABLE[name].kind.fromText(text), name, text, where) }
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
  /** The last change: one at a time, and no more wait than there are requests that ask for them. */
  #changed: Promise<unknown> = Promise.resolve()

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

  /** What is changed now holds at once, whatever the environment says. Tells what held directly before. */
  change(change: SettingsChange): Promise<Settings> {
    const changed = this.#changed.then(() => this.#change(change))
    this.#changed = changed.catch(() => undefined) // whoever asked for it is told
    return changed
  }

  async #change(change: SettingsChange): Promise<Settings> {
    const kept = { ...this.#kept, ...change }
    const text = `${JSON.stringify(kept, undefined, 2)}\n`
    await writeWhole(this.#file, new TextEncoder().encode(text), true, 0o600) // there may be a password in it
    const before = this.all
    this.#kept = kept
    const overridden = Object.entries(this.#forThisRun).filter(([name]) => !Object.hasOwn(change, name))
    this.#forThisRun = Object.fromEntries(overridden) as SettingsChange
    return before
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
