// One send to one or many Shoals: its parts as they are made, and who takes it.
import { AppError } from '../core/errors.ts'
import type { Source } from '../engine/source-files.ts'
import type { Torrent } from '../engine/torrent.ts'
import type { OutgoingTransfer } from './outgoing.ts'

export interface SendPart {
  /** Its number in the plan. */
  readonly part: number
  readonly torrent: Torrent
  readonly metainfo: Uint8Array
}

/** What one of them has told us. */
export interface Recipient {
  readonly transfer: OutgoingTransfer
  /** By info-hash. */
  readonly told: Map<string, { readonly bytes: number; readonly isDone: boolean }>
  /** When it has all of it; rejected when that is given up. */
  readonly finished: PromiseWithResolvers<void>
}

export class SwarmSend {
  readonly id: string
  readonly plan: readonly Source[]
  /** In the order of the plan. */
  readonly parts: SendPart[] = []
  /** By fingerprint. */
  readonly recipients = new Map<string, Recipient>()
  #failure: AppError | undefined
  #news = Promise.withResolvers<void>()

  constructor(id: string, plan: readonly Source[]) {
    this.id = id
    this.plan = plan
  }

  get isWhole(): boolean {
    return this.parts.length === this.plan.length
  }

  has(infoHash: string): boolean {
    return this.parts.some(({ torrent }) => torrent.key === infoHash)
  }

  /** The next part is ready. */
  add(torrent: Torrent, metainfo: Uint8Array): void {
    this.parts.push({ part: this.parts.length, torrent, metainfo })
    this.#tell()
  }

  /** No more parts will come. */
  fail(error: AppError): void {
    this.#failure = error
    this.#tell()
  }

  #tell(): void {
    this.#news.resolve()
    this.#news = Promise.withResolvers<void>()
  }

  /** All parts, each as soon as it is ready. Throws AppError: the reason for `fail`, or 'interrupted' by the signal. */
  async *each(signal: AbortSignal): AsyncGenerator<SendPart> {
    const gone = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    for (let n = 0; n < this.plan.length; n++) {
      while (this.parts[n] === undefined && this.#failure === undefined && !signal.aborted) {
        await Promise.race([this.#news.promise, gone])
      }
      if (signal.aborted) throw new AppError('interrupted', 'cancelled')
      const part = this.parts[n]
      if (part === undefined) throw this.#failure ?? new AppError('internal', 'the parts ended')
      yield part
    }
  }

  /** How far one of them is. */
  note({ transfer, told, finished }: Recipient, infoHash: string, bytes: number, isDone: boolean): void {
    told.set(infoHash, { bytes, isDone })
    const doneBytes = [...told.values()].reduce((sum, one) => sum + one.bytes, 0)
    transfer.doneBytes = Math.min(transfer.totalBytes, doneBytes)
    if (this.isWhole && this.parts.every(({ torrent }) => told.get(torrent.key)?.isDone === true)) finished.resolve()
  }
}
