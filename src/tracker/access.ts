// Who may use the tracker, and for which torrents: lists in files, read again whenever they change, and a limit for
// each address. Without any of them the tracker is open.
//
//   allowed, denied   a line each: an info-hash in hex; what follows it, and lines that begin with #, are for people
//   passkeys          a line each: a passkey of 8 to 64 letters and digits, then its owner, for people
import { readFile, stat } from 'node:fs/promises'
import { toLatin1 } from '../core/bytes.ts'
import { CallsPerMinute } from '../core/calls-per-minute.ts'
import { AppError } from '../core/errors.ts'
import { parseInfoHash } from '../core/ids.ts'
import { monotonicMs } from '../io/clock.ts'
import { failedFile } from '../io/files.ts'
import { Counters } from './counters.ts'

export interface AccessOptions {
  /** Files. Absent: all torrents are allowed, none is denied, nobody needs a passkey. */
  readonly allowed?: string
  readonly denied?: string
  readonly passkeys?: string
  /** Announces and scrapes of one address (IPv6: /64); absent: any number. */
  readonly callsPerMinute?: number
}

/** Why it is not answered; `retryIn`: minutes until it may be (BEP 31). */
export interface Refusal {
  readonly failure: string
  readonly retryIn: number | 'never'
}

type List = 'allowed' | 'denied' | 'passkeys'
const LISTS: readonly List[] = ['allowed', 'denied', 'passkeys']
const MAX_LIST_BYTES = 256 * 1024 * 1024
const LOOK_MS = 5_000

export const NO_SUCH_TORRENT: Refusal = { failure: 'this tracker does not serve that torrent', retryIn: 'never' }
const NO_PASSKEY: Refusal = {
  failure: 'this tracker is private: use the announce URL with your passkey',
  retryIn: 'never',
}
const TOO_OFTEN: Refusal = { failure: 'too many announces come from your address', retryIn: 1 }

export class Access {
  /** Everybody may everything: nobody has to be asked. */
  readonly isOpen: boolean
  readonly #options: AccessOptions
  readonly #lists = new Map<List, ReadonlySet<string>>()
  /** Of each file, as it was read last. */
  readonly #stamps = new Map<List, string>()
  readonly #calls: CallsPerMinute | undefined
  #timer: NodeJS.Timeout | undefined
  readonly #counters: Counters

  /** Throws AppError: a file that is not there or is no such list. */
  static async open(options: AccessOptions, counters: Counters = new Counters()): Promise<Access> {
    const access = new Access(options, counters)
    await access.reload()
    if (LISTS.some((list) => options[list] !== undefined)) {
      access.#timer = setInterval(() => void access.reload().catch(ignoreWorld), LOOK_MS) // what was read last holds
      access.#timer.unref()
    }
    return access
  }

  private constructor(options: AccessOptions, counters: Counters) {
    this.#options = options
    this.#counters = counters
    this.isOpen = options.callsPerMinute === undefined && LISTS.every((list) => options[list] === undefined)
    const { callsPerMinute } = options
    this.#calls = callsPerMinute === undefined ? undefined : new CallsPerMinute(callsPerMinute)
  }

  /** Reads the lists that have changed. Throws AppError; then the lists stay as they were. */
  async reload(): Promise<void> {
    for (const list of LISTS) {
      const path = this.#options[list]
      if (path === undefined) continue
      const stamp = await stampOf(path)
      if (this.#stamps.get(list) === stamp) continue
      this.#lists.set(list, list === 'passkeys' ? await readPasskeys(path) : await readHashes(path))
      this.#stamps.set(list, stamp)
    }
  }

  /** `undefined`: welcome. `passkey`: as the URL has it, if it has one; `ip`: 4 or 16 bytes. */
  refuse(infoHashes: readonly Uint8Array[], passkey: string | undefined, ip: Uint8Array): Refusal | undefined {
    const refusal = this.#judge(infoHashes, passkey, ip)
    if (refusal !== undefined) this.#counters.add('refusals')
    return refusal
  }

  #judge(infoHashes: readonly Uint8Array[], passkey: string | undefined, ip: Uint8Array): Refusal | undefined {
    if (this.#calls?.isTooOften(ip, monotonicMs()) === true) return TOO_OFTEN
    const passkeys = this.#lists.get('passkeys')
    if (passkeys !== undefined && (passkey === undefined || !passkeys.has(passkey))) return NO_PASSKEY
    const [allowed, denied] = [this.#lists.get('allowed'), this.#lists.get('denied')]
    if (allowed === undefined && denied === undefined) return undefined
    const isServed = (hash: Uint8Array): boolean => {
      const key = toLatin1(hash)
      return allowed?.has(key) !== false && denied?.has(key) !== true
    }
    return infoHashes.every(isServed) ? undefined : NO_SUCH_TORRENT
  }

  close(): void {
    clearInterval(this.#timer)
  }
}

async function stampOf(path: string): Promise<string> {
  const { size, mtimeMs, ino } = await stat(path).catch((cause: unknown) => {
    throw failedFile('read', path, cause)
  })
  if (size > MAX_LIST_BYTES) throw new AppError('usage', `"${path}" is too long for a list`)
  return `${size} ${mtimeMs} ${ino}`
}

async function readLines(path: string): Promise<{ readonly word: string; readonly number: number }[]> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw failedFile('read', path, cause)
  })
  const lines = text.split('\n').map((line, n) => ({ word: line.trim().split(/\s+/, 1)[0] ?? '', number: n + 1 }))
  return lines.filter(({ word }) => word !== '' && !word.startsWith('#'))
}

async function readHashes(path: string): Promise<ReadonlySet<string>> {
  const hashes = new Set<string>()
  for (const { word, number } of await readLines(path)) {
    const hash = parseInfoHash(word.toLowerCase())
    if (hash === undefined) throw new AppError('usage', `line ${number} of "${path}" is no info-hash of 40 hex digits`)
    hashes.add(toLatin1(hash))
  }
  return hashes
}

async function readPasskeys(path: string): Promise<ReadonlySet<string>> {
  const passkeys = new Set<string>()
  for (const { word, number } of await readLines(path)) {
    if (!/^[\w-]{8,64}$/.test(word)) {
      throw new AppError('usage', `line ${number} of "${path}" is no passkey of 8 to 64 letters and digits`)
    }
    passkeys.add(word)
  }
  return passkeys
}

function ignoreWorld(error: unknown): void {
  if (!(error instanceof AppError)) throw error
}
