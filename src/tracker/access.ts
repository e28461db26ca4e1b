// Who may use the tracker, and for which torrents: lists in files, read again whenever they change, and a limit for
// each address. Without any of them the tracker is open.
//
//   allowed, denied   a line each: an info-hash in hex; what follows it, and lines that begin with #, are for people
//   passkeys          a line each: a passkey of 8 to 64 letters and digits, then its owner, for people
import { toLatin1 } from '../core/bytes.ts'
import { AppError } from '../core/errors.ts'
import { LIST_NAMES, type ListName, readKeys, stampOf } from './access-lists.ts'
import { CallLimit, type SharedCallCounts } from './call-limit.ts'
import { Counters } from './counters.ts'
import { trackerSec } from './tracker-clock.ts'

export interface AccessOptions {
  /** Files. Absent: all torrents are allowed, none is denied, nobody needs a passkey. */
  readonly allowed?: string
  readonly denied?: string
  readonly passkeys?: string
  /** Announces and scrapes of one address (IPv6: /64), whatever threads they come to; absent: any number. */
  readonly callsPerMinute?: number
}

/** Why it is not answered; `retryIn`: minutes until it may be (BEP 31). */
export interface Refusal {
  readonly failure: string
  readonly retryIn: number | 'never'
}

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
  readonly #lists = new Map<ListName, ReadonlySet<string>>()
  /** Of each file, as it was read last. */
  readonly #stamps = new Map<ListName, string>()
  readonly #calls: CallLimit | undefined
  #timer: NodeJS.Timeout | undefined
  #reloaded: Promise<void>
  readonly #counters: Counters

  /** `calls`: those that other threads count. Throws AppError: a file that is not there or is no such list. */
  static async open(
    options: AccessOptions,
    counters: Counters = new Counters(),
    calls?: SharedCallCounts,
  ): Promise<Access> {
    const access = new Access(options, counters, calls)
    await access.reload()
    if (LIST_NAMES.some((list) => options[list] !== undefined)) {
      access.#timer = setInterval(() => void access.reload().catch(ignoreWorld), LOOK_MS) // what was read last holds
      access.#timer.unref()
    }
    return access
  }

  private constructor(options: AccessOptions, counters: Counters, calls: SharedCallCounts | undefined) {
    this.#options = options
    this.#counters = counters
    this.#reloaded = Promise.resolve()
    this.isOpen = options.callsPerMinute === undefined && LIST_NAMES.every((list) => options[list] === undefined)
    const { callsPerMinute } = options
    this.#calls = callsPerMinute === undefined ? undefined : new CallLimit(callsPerMinute, calls)
  }

  /** Reads the lists that have changed. Throws AppError: a list that cannot be read stays as it was, others do not. */
  reload(): Promise<void> {
    // One after the other: else what was read first could come last.
    this.#reloaded = this.#reloaded.catch(() => {}).then(() => this.#reload()) // who asked for those before was told
    return this.#reloaded
  }

  async #reload(): Promise<void> {
    const failures: unknown[] = []
    for (const list of LIST_NAMES) await this.#read(list).catch((error: unknown) => failures.push(error))
    if (failures.length > 0) throw failures[0]
  }

  async #read(list: ListName): Promise<void> {
    const path = this.pathOf(list)
    if (path === undefined) return
    const stamp = await stampOf(path)
    if (this.#stamps.get(list) === stamp) return
    this.#lists.set(list, await readKeys(list, path))
    this.#stamps.set(list, stamp)
  }

  /** The file of a list; `undefined`: there is no such rule. */
  pathOf(list: ListName): string | undefined {
    return this.#options[list]
  }

  /** `undefined`: welcome. `passkey`: as the URL has it, if it has one; `ip`: 4 or 16 bytes. */
  refuse(infoHashes: readonly Uint8Array[], passkey: string | undefined, ip: Uint8Array): Refusal | undefined {
    const refusal = this.#judge(infoHashes, passkey, ip)
    if (refusal !== undefined) this.#counters.add('refusals')
    return refusal
  }

  #judge(infoHashes: readonly Uint8Array[], passkey: string | undefined, ip: Uint8Array): Refusal | undefined {
    if (this.#calls?.isTooOften(ip, trackerSec()) === true) return TOO_OFTEN
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

function ignoreWorld(error: unknown): void {
  if (!(error instanceof AppError)) throw error
}
