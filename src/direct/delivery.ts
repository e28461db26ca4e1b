// Messages on their way: what was said is kept until its receiver has it.
import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { AppError } from '../core/errors.ts'
import type { Contact, Contacts } from './contacts.ts'
import type { Meeting } from './meeting.ts'
import { ACCEPTED, type Accepted, type Device, parse, routeOf } from './protocol.ts'
import type { Talk } from './talk.ts'

export interface DeliveryOptions {
  readonly contacts: Contacts
  readonly talk: Talk
  readonly meeting: Meeting
  readonly device: () => Device
}

/** How often people who were away are tried again. */
const RETRY_MS = 30_000

export class Delivery {
  readonly #options: DeliveryOptions
  readonly #delivering = new Map<number, Promise<boolean>>()
  readonly #timer = setInterval(() => this.#retry(), RETRY_MS)
  #isClosed = false

  constructor(options: DeliveryOptions) {
    this.#options = options
  }

  /** True: it has it now; false: it waits until the contact is there. */
  async say(contact: Contact, text: string): Promise<boolean> {
    this.#options.talk.keep(contact, text)
    return this.deliver(contact)
  }

  /** All that waits for the contact, in order, and once. False if something still waits. */
  deliver(contact: Contact): Promise<boolean> {
    const before = this.#delivering.get(contact.id) ?? Promise.resolve(true)
    const delivered = before.then(() => this.#deliverNow(contact))
    this.#delivering.set(contact.id, delivered)
    const forget = (): void => {
      if (this.#delivering.get(contact.id) === delivered) this.#delivering.delete(contact.id)
    }
    void delivered.then(forget, forget)
    return delivered
  }

  async #deliverNow(contact: Contact): Promise<boolean> {
    try {
      const waiting = this.#options.talk.waitingFor(contact)
      if (waiting.length === 0 || this.#isClosed) return waiting.length === 0
      await this.#options.meeting.meet(contact)
      const met = this.#options.contacts.all().find(({ id }) => id === contact.id) ?? contact
      for (const message of waiting) {
        await this.#tell(met, message.messageId, message.text)
        this.#options.talk.delivered(message)
      }
      return true
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return false
    }
  }

  async #tell(contact: Contact, id: string, text: string): Promise<void> {
    const [path, json] = contact.isShoal
      ? ['/api/shoal/v1/message', { id, text }]
      : [routeOf('prepare-upload'), { info: this.#options.device(), files: { [id]: textFile(id, text) } }]
    const { status, body } = await this.#options.meeting.ask(contact, path, { json })
    if (status !== 200 && status !== 204) throw new AppError('bad-answer', `${contact.name} did not take the message`)
    // Some programs know no messages: they take it as a file.
    const accepted = status === 200 && !contact.isShoal ? parse(ACCEPTED, body) : undefined
    if (accepted !== undefined) await this.#upload(contact, accepted, new TextEncoder().encode(text))
  }

  async #upload(contact: Contact, { sessionId, files }: Accepted, bytes: Uint8Array): Promise<void> {
    for (const [fileId, token] of Object.entries(files)) {
      const body = { stream: Readable.from([bytes]), length: bytes.length }
      await this.#options.meeting.ask(contact, routeOf('upload', { sessionId, fileId, token }), { body })
    }
  }

  #retry(): void {
    const awaited = new Set(this.#options.talk.awaited)
    for (const contact of this.#options.contacts.all()) if (awaited.has(contact.id)) void this.deliver(contact)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await Promise.allSettled(this.#delivering.values())
  }
}

/** As the LocalSend apps send a text. */
function textFile(id: string, text: string): object {
  return { id, fileName: `${randomUUID()}.txt`, size: Buffer.byteLength(text), fileType: 'text/plain', preview: text }
}
