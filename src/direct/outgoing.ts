// Files on their way to a contact: the sender's side of sections 4.1 to 4.3 of the LocalSend protocol. Every file goes with
// its SHA-256, so that the receiver knows that it is right.
import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { AppError } from '../core/errors.ts'
import { type Answer, ask, type Target } from './client.ts'
import type { Contact } from './contacts.ts'
import { type FileToSend, filesToSend, hashFile } from './files-to-send.ts'
import type { Identity } from './identity.ts'
import { ACCEPTED, type Accepted, type Device, parse, routeOf } from './protocol.ts'

export type OutgoingState = 'hashing' | 'asking' | 'sending' | 'done' | 'declined' | 'failed' | 'cancelled'

export interface OutgoingTransfer {
  readonly id: number
  readonly to: Contact
  /** Transfers that began together have the same. */
  readonly batch: number
  /** Of the first file, or of the folder that it is in. */
  readonly name: string
  readonly fileCount: number
  /** Of what the receiver wants, once it is known. */
  totalBytes: number
  state: OutgoingState
  doneBytes: number
  /** Files that the receiver wanted. */
  acceptedCount: number
  error: string
  /** It failed for want of the right PIN. */
  isPinWanted: boolean
  readonly cancel: AbortController
  /** Resolves when it is over, however. */
  finished: Promise<void>
}

const UPLOADS_AT_ONCE = 2
const MAX_KEPT = 200
const CANCEL_MS = 2_000

export class Outgoing {
  readonly #identity: Identity
  readonly #device: () => Device
  readonly #transfers = new Map<number, OutgoingTransfer>()
  #lastId = 0
  #lastBatch = 0

  constructor(identity: Identity, device: () => Device) {
    this.#identity = identity
    this.#device = device
  }

  get all(): Iterable<OutgoingTransfer> {
    return this.#transfers.values()
  }

  /** A number for transfers that begin together. */
  newBatch(): number {
    return ++this.#lastBatch
  }

  /** Begins; goes on in the background. `pin`: what the receiver asks for. Throws AppError for what cannot be read. */
  async send(
    paths: readonly string[],
    to: Contact,
    pin: string | undefined,
    batch = this.newBatch(),
  ): Promise<OutgoingTransfer> {
    const files = await filesToSend(paths)
    const [name = ''] = files[0]?.name.split('/') ?? []
    const transfer = this.note(to, files, { name, batch })
    transfer.finished = this.#run(transfer, files, pin)
    return transfer
  }

  /** One more that is on its way, by whatever means. */
  note(
    to: Contact,
    files: readonly { readonly size: number }[],
    { name, batch }: Pick<OutgoingTransfer, 'name' | 'batch'>,
  ): OutgoingTransfer {
    const transfer: OutgoingTransfer = {
      id: ++this.#lastId,
      to,
      batch,
      name,
      fileCount: files.length,
      totalBytes: files.reduce((sum, { size }) => sum + size, 0),
      state: 'hashing',
      doneBytes: 0,
      acceptedCount: 0,
      error: '',
      isPinWanted: false,
      cancel: new AbortController(),
      finished: Promise.resolve(),
    }
    this.#transfers.set(transfer.id, transfer)
    for (const { id } of this.#over().slice(0, -MAX_KEPT)) this.#transfers.delete(id)
    return transfer
  }

  #over(): OutgoingTransfer[] {
    const busy: readonly OutgoingState[] = ['hashing', 'asking', 'sending']
    return [...this.#transfers.values()].filter(({ state }) => !busy.includes(state))
  }

  cancel(id: number): void {
    const transfer = this.#transfers.get(id)
    if (transfer === undefined) throw new AppError('not-found', `there is no transfer ${id}`)
    transfer.cancel.abort()
  }

  async close(): Promise<void> {
    for (const { cancel } of this.#transfers.values()) cancel.abort()
    await Promise.all([...this.#transfers.values()].map(({ finished }) => finished))
  }

  async #run(transfer: OutgoingTransfer, files: readonly FileToSend[], pin: string | undefined): Promise<void> {
    const { signal } = transfer.cancel
    try {
      const offered = new Map<string, FileToSend>()
      const descriptions: Record<string, object> = {}
      for (const file of files) {
        const id = randomUUID()
        const { name: fileName, size, type: fileType } = file
        offered.set(id, file)
        descriptions[id] = { id, fileName, size, fileType, sha256: await hashFile(file, signal) }
      }
      transfer.state = 'asking'
      const body = { info: this.#device(), files: descriptions }
      const answer = await this.#ask(transfer, routeOf('prepare-upload', pin === undefined ? {} : { pin }), {
        json: body,
      })
      if (answer.status === 204) return end(transfer, 'done')
      transfer.isPinWanted = answer.status === 401
      if (answer.status !== 200) throw refusal(transfer.to, answer)
      const accepted = parse(ACCEPTED, answer.body)
      if (accepted === undefined) throw new AppError('bad-answer', `${transfer.to.name} answered with nonsense`)
      await this.#upload(transfer, offered, accepted)
      end(transfer, 'done')
    } catch (cause) {
      const error = cause instanceof AppError ? cause : new AppError('internal', String(cause), { cause })
      if (error.code === 'interrupted' && signal.aborted) end(transfer, 'cancelled')
      else end(transfer, error.code === 'busy' ? 'declined' : 'failed', error.message)
    }
  }

  async #upload(
    transfer: OutgoingTransfer,
    offered: ReadonlyMap<string, FileToSend>,
    { sessionId, files }: Accepted,
  ): Promise<void> {
    transfer.state = 'sending'
    const wanted = Object.entries(files).filter(([id]) => offered.has(id))
    transfer.acceptedCount = wanted.length
    transfer.totalBytes = wanted.reduce((sum, [id]) => sum + (offered.get(id)?.size ?? 0), 0)
    const next = wanted[Symbol.iterator]()
    const sendOne = async (): Promise<void> => {
      for (const [id, token] of next) {
        const file = offered.get(id)
        if (file === undefined) continue
        const stream = createReadStream(file.path, { highWaterMark: 256 * 1024 })
        stream.on('data', (chunk) => (transfer.doneBytes += chunk.length))
        stream.pause()
        const answer = await this.#ask(transfer, routeOf('upload', { sessionId, fileId: id, token }), {
          body: { stream, length: file.size },
        })
        if (answer.status === 200) continue
        throw new AppError('bad-answer', `${transfer.to.name} did not take "${file.name}" (status ${answer.status})`)
      }
    }
    try {
      await Promise.all(Array.from({ length: UPLOADS_AT_ONCE }, sendOne))
    } catch (error) {
      const options = { signal: AbortSignal.timeout(CANCEL_MS) }
      await ask(this.#identity, targetOf(transfer.to), routeOf('cancel', { sessionId }), options).catch(() => {}) // it notices by itself then
      throw error
    }
  }

  #ask(
    { to, cancel }: OutgoingTransfer,
    path: string,
    what: Pick<Parameters<typeof ask>[3], 'json' | 'body'>,
  ): Promise<Answer> {
    return ask(this.#identity, targetOf(to), path, { ...what, signal: cancel.signal })
  }
}

export function targetOf({ address, protocol, fingerprint }: Contact): Target {
  return { address, protocol, fingerprint }
}

/** Who is not trusted sees nothing. */
export function sharesNothing({ name }: Contact): AppError {
  return new AppError('busy', `${name} shares nothing with you: he must trust you first`)
}

export function refusal({ name }: Contact, { status }: Answer): AppError {
  switch (status) {
    case 401:
      return new AppError('usage', `${name} asks for a PIN: give the right one with --pin`)
    case 403:
      return new AppError('busy', `${name} said no`)
    case 409:
      return new AppError('bad-answer', `${name} is busy with another transfer: try again later`)
    case 410:
      return new AppError('busy', `${name} does not want it any more`)
    case 429:
      return new AppError('bad-answer', `${name} was asked too often: try again later`)
    default:
      return new AppError('bad-answer', `${name} cannot receive it now (status ${status})`)
  }
}

function end(transfer: OutgoingTransfer, state: OutgoingState, error = ''): void {
  transfer.state = state
  transfer.error = error
  if (state === 'done') transfer.doneBytes = transfer.totalBytes
}
