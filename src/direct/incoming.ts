// Files that others want to give: offers wait for a yes, then their files are received. The receiver's side of sections
// 4.1 to 4.3 of the LocalSend protocol.
import { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { AppError } from '../core/errors.ts'
import { monotonicMs } from '../io/clock.ts'
import { failedFile } from '../io/files.ts'
import type { Contact } from './contacts.ts'
import type { Accepted, OfferedFile, PrepareUpload } from './protocol.ts'
import { receivedPath, receiveFile } from './received-file.ts'

export type IncomingState = 'asking' | 'receiving' | 'done' | 'declined' | 'failed' | 'cancelled'

interface Expected {
  readonly file: OfferedFile
  readonly token: string
  state: 'waiting' | 'coming' | 'here' | 'unwanted'
}

/** A set: these files of the offer, by their ids. */
type Decision = 'no' | 'all' | ReadonlySet<string>

export interface IncomingOffer {
  readonly id: number
  readonly from: Contact
  /** It showed the key of the contact that it claims to be. */
  readonly isProven: boolean
  readonly sessionId: string
  /** Only this address may bring the files. */
  readonly ip: string
  readonly files: ReadonlyMap<string, Expected>
  /** Of what is wanted. */
  totalBytes: number
  readonly dir: string
  state: IncomingState
  doneBytes: number
  error: string
  /** Paths below `dir`. */
  readonly received: string[]
  changedAt: number
  readonly decided: PromiseWithResolvers<Decision>
}

export interface IncomingOptions {
  readonly dir: () => string
  /** Whose files come without a question. */
  readonly accept: () => 'nobody' | 'trusted' | 'everybody'
}

/** Waiting for a yes, and receiving. */
const MAX_ASKING = 16
const MAX_KEPT = 200
export const ANSWER_MS = 10 * 60_000
/** An accepted offer that brings nothing for so long is given up. */
const IDLE_MS = 5 * 60_000

export class Incoming {
  readonly #options: IncomingOptions
  readonly #offers = new Map<number, IncomingOffer>()
  readonly #ended = new AbortController()
  #lastId = 0

  constructor(options: IncomingOptions) {
    this.#options = options
  }

  get all(): Iterable<IncomingOffer> {
    return this.#offers.values()
  }

  /**
   * Resolves when it is decided. `status` 200 comes with tokens for the files that are wanted; else 403 declined, 409 it asks already, 429
   * too many ask, 500 there is no room on the disk. `signal`: the sender has gone.
   */
  async prepare(
    files: PrepareUpload['files'],
    from: Contact,
    isProven: boolean,
    ip: string,
    signal: AbortSignal,
  ): Promise<{
    readonly status: 200 | 403 | 409 | 429 | 500
    readonly accepted?: Accepted
    readonly offer?: IncomingOffer
  }> {
    this.#giveUpIdle()
    const asking = [...this.#offers.values()].filter(({ state }) => state === 'asking')
    if (asking.some((offer) => offer.from.id === from.id)) return { status: 409 }
    if (asking.length >= MAX_ASKING) return { status: 429 }
    const offer = this.#note(files, from, isProven, ip, this.#options.dir())
    if (await isTooLarge(offer)) {
      endOffer(offer, 'failed', `there is no room for ${offer.totalBytes} bytes in ${offer.dir}`)
      return { status: 500 }
    }
    const decision = await this.#decide(offer, signal)
    if (decision === 'no') {
      if (offer.state === 'asking') endOffer(offer, signal.aborted ? 'cancelled' : 'declined')
      return { status: 403 }
    }
    if (decision !== 'all') keepOnly(offer, decision)
    offer.state = 'receiving'
    offer.changedAt = monotonicMs()
    const wanted = [...offer.files].filter(([, { state }]) => state !== 'unwanted')
    const tokens = wanted.map(([id, { token }]): [string, string] => [id, token])
    return { status: 200, accepted: { sessionId: offer.sessionId, files: Object.fromEntries(tokens) }, offer }
  }

  async #decide(offer: IncomingOffer, signal: AbortSignal): Promise<Decision> {
    const rule = this.#options.accept()
    const isTrusted = offer.isProven && offer.from.trust === 'trusted'
    if (rule === 'everybody' || (rule === 'trusted' && isTrusted)) return 'all'
    const gone = AbortSignal.any([signal, this.#ended.signal, AbortSignal.timeout(ANSWER_MS)])
    const isGone = new Promise<Decision>((resolve) => {
      if (gone.aborted) resolve('no')
      gone.addEventListener('abort', () => resolve('no'), { once: true })
    })
    return Promise.race([offer.decided.promise, isGone])
  }

  /** One that was accepted in an earlier run, with the ids of what was wanted of it. */
  goOn(files: PrepareUpload['files'], from: Contact, dir: string, wanted: ReadonlySet<string>): IncomingOffer {
    const offer = this.#note(files, from, true, from.address.ip, dir)
    keepOnly(offer, wanted)
    offer.state = 'receiving'
    return offer
  }

  #note(wanted: PrepareUpload['files'], from: Contact, isProven: boolean, ip: string, dir: string): IncomingOffer {
    const files = Object.entries(wanted).map(([id, file]): [string, Expected] => {
      return [id, { file, token: randomBytes(16).toString('hex'), state: 'waiting' }]
    })
    const offer: IncomingOffer = {
      id: ++this.#lastId,
      from,
      isProven,
      sessionId: randomBytes(16).toString('hex'),
      ip,
      files: new Map(files),
      totalBytes: files.reduce((sum, [, { file }]) => sum + file.size, 0),
      dir,
      state: 'asking',
      doneBytes: 0,
      error: '',
      received: [],
      changedAt: monotonicMs(),
      decided: Promise.withResolvers<Decision>(),
    }
    this.#offers.set(offer.id, offer)
    const over = [...this.#offers.values()].filter(({ state }) => state !== 'asking' && state !== 'receiving')
    for (const { id } of over.slice(0, Math.max(0, over.length - MAX_KEPT))) this.#offers.delete(id)
    return offer
  }

  /**
   * The user's yes or no; `positions` are those of the files that he wants, by default all. A no ends what is being
   * received, too. Throws AppError.
   */
  answer(id: number, isYes: boolean, positions?: readonly number[]): IncomingOffer {
    const offer = this.#offers.get(id)
    if (offer?.state === 'receiving' && !isYes) {
      endOffer(offer, 'declined')
      return offer
    }
    if (offer?.state !== 'asking') throw new AppError('not-found', `there is no offer ${id} that waits for an answer`)
    const ids = [...offer.files.keys()]
    const wanted = positions?.map((position) => ids[position])
    if (wanted?.length === 0 || wanted?.includes(undefined)) {
      throw new AppError('usage', `expected positions of files in the offer, from 0 to ${ids.length - 1}`)
    }
    const only = new Set(wanted?.filter((one) => one !== undefined))
    offer.decided.resolve(!isYes ? 'no' : only.size === 0 ? 'all' : only)
    return offer
  }

  /** One file's bytes. Answers with the status: 200, 403 wrong token or address, 409 it is coming already, 500 it failed. */
  async upload(
    ids: { readonly sessionId: string; readonly fileId: string; readonly token: string },
    ip: string,
    bytes: AsyncIterable<Uint8Array>,
  ): Promise<200 | 403 | 409 | 500> {
    const offer = [...this.#offers.values()].find(({ sessionId }) => sessionId === ids.sessionId)
    const expected = offer?.files.get(ids.fileId)
    if (offer?.state !== 'receiving' || expected?.token !== ids.token || offer.ip !== ip) return 403
    if (expected.state !== 'waiting') return 409
    expected.state = 'coming'
    const { fileName: name, size, sha256 } = expected.file
    let count = 0
    try {
      const path = await receiveFile(offer.dir, { name, size, sha256: sha256 ?? undefined }, bytes, (more) => {
        if (offer.state !== 'receiving') throw new AppError('interrupted', 'the transfer was cancelled')
        count += more
        offer.doneBytes += more
        offer.changedAt = monotonicMs()
      })
      offer.received.push(path)
      expected.state = 'here'
      if ([...offer.files.values()].every(({ state }) => state === 'here' || state === 'unwanted'))
        endOffer(offer, 'done')
      return 200
    } catch (cause) {
      offer.doneBytes -= count
      expected.state = 'waiting' // it may be sent again
      const error = failedFile('write', receivedPath(name).join('/'), cause)
      offer.error = error.message
      return 500
    }
  }

  /** The sender does not want to any more. What is here stays. */
  cancel(sessionId: string, ip: string): boolean {
    const offer = [...this.#offers.values()].find((one) => one.sessionId === sessionId && one.ip === ip)
    if (offer?.state !== 'receiving') return false
    endOffer(offer, 'cancelled')
    return true
  }

  /** Senders that vanished. */
  #giveUpIdle(): void {
    for (const offer of this.#offers.values()) {
      if (offer.state === 'receiving' && monotonicMs() - offer.changedAt > IDLE_MS) {
        endOffer(offer, 'failed', 'nothing came any more')
      }
    }
  }

  close(): void {
    this.#ended.abort()
    for (const offer of this.#offers.values()) if (offer.state === 'receiving') endOffer(offer, 'cancelled')
  }
}

function keepOnly(offer: IncomingOffer, wanted: ReadonlySet<string>): void {
  for (const [id, expected] of offer.files) if (!wanted.has(id)) expected.state = 'unwanted'
  const kept = [...offer.files.values()].filter(({ state }) => state !== 'unwanted')
  offer.totalBytes = kept.reduce((sum, { file }) => sum + file.size, 0)
}

export function endOffer(offer: IncomingOffer, state: IncomingState, error = ''): void {
  offer.state = state
  offer.error = error
  offer.changedAt = monotonicMs()
}

async function isTooLarge({ dir, totalBytes }: IncomingOffer): Promise<boolean> {
  try {
    mkdirSync(dir, { recursive: true })
    const { bavail, bsize } = await statfs(dir)
    return bavail * bsize < totalBytes
  } catch {
    return true // not there, or not ours: nothing can be received either
  }
}
