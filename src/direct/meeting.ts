// Meeting a contact: both say who they are, and the first time pins the certificate.
import { AppError } from '../core/errors.ts'
import { monotonicMs } from '../io/clock.ts'
import { type Answer, ask, type RequestOptions } from './client.ts'
import type { Contact, Contacts } from './contacts.ts'
import type { Identity } from './identity.ts'
import { targetOf } from './outgoing.ts'
import { DEVICE, type Device, parse, routeOf, SHOAL_MODEL } from './protocol.ts'

export interface MeetingOptions {
  readonly identity: Identity
  readonly contacts: Contacts
  readonly device: () => Device
}

export interface Ping {
  readonly ms: number
  readonly alias: string
}

const ASK_MS = 5_000

export class Meeting {
  readonly #options: MeetingOptions
  readonly #ended = new AbortController()

  constructor(options: MeetingOptions) {
    this.#options = options
  }

  /** Throws AppError: not there, or somebody else. */
  async ping(contact: Contact): Promise<Ping> {
    const beganAt = monotonicMs()
    const { alias } = await this.meet(contact)
    return { ms: monotonicMs() - beganAt, alias }
  }

  /** They know us, and we them: the first time pins the certificate. */
  async meet(contact: Contact): Promise<Device> {
    const { answer, protocol } = await this.#askRegister(contact)
    const device = answer.status === 200 ? parse(DEVICE, answer.body) : undefined
    if (device === undefined) throw new AppError('bad-answer', `${contact.name} does not answer as a contact should`)
    const { alias, deviceModel } = device
    const fingerprint = answer.fingerprint ?? device.fingerprint
    if (fingerprint === this.#options.identity.fingerprint)
      throw new AppError('usage', `${contact.name} is this very Shoal`)
    const { address } = contact
    this.#options.contacts.saw({ fingerprint, alias, address, protocol, isShoal: deviceModel === SHOAL_MODEL })
    return device
  }

  /** Who was never met may have encryption switched off, as the LocalSend apps allow; others keep to what they had. */
  async #askRegister(contact: Contact): Promise<{ answer: Answer; protocol: Contact['protocol'] }> {
    const path = routeOf('register')
    const json = this.#options.device()
    const target = targetOf(contact)
    try {
      const answer = await ask(this.#options.identity, target, path, { json, signal: this.#signal() })
      return { answer, protocol: contact.protocol }
    } catch (error) {
      if (contact.fingerprint !== undefined || !(error instanceof AppError && error.code === 'network')) throw error
      const plain = { ...target, protocol: 'http' as const }
      const answer = await ask(this.#options.identity, plain, path, { json, signal: this.#signal() }).catch(() => {
        throw error
      })
      return { answer, protocol: 'http' }
    }
  }

  /** A request of whom we have met. Throws AppError. */
  ask(contact: Contact, path: string, what: Omit<RequestOptions, 'signal'>): Promise<Answer> {
    return ask(this.#options.identity, targetOf(contact), path, { ...what, signal: this.#signal() })
  }

  #signal(): AbortSignal {
    return AbortSignal.any([this.#ended.signal, AbortSignal.timeout(ASK_MS)])
  }

  close(): void {
    this.#ended.abort()
  }
}
