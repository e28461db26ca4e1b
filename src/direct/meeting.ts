// Meeting a contact: both say who they are, and the first time pins the certificate.
import { type Address, printAddress } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import { monotonicMs } from '../io/clock.ts'
import { type Answer, ask, type RequestOptions, type Target } from './client.ts'
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

  /** They know us, and we them: the first time pins the certificate. Throws AppError. */
  async meet(contact: Contact): Promise<Device> {
    const { device } = await this.#meetAt(targetOf(contact), contact.name)
    return device
  }

  /** A contact may be at another address now, as somebody says: it is, if it shows its certificate there. */
  async moved({ name, fingerprint }: Contact, address: Address): Promise<Contact | undefined> {
    return this.#tryAt({ address, protocol: 'https', fingerprint }, name)
  }

  /** Whoever is at an address. `undefined`: nobody, or nobody who answers as a contact within `withinMs`. */
  async find(address: Address, withinMs = ASK_MS): Promise<Contact | undefined> {
    return this.#tryAt({ address, protocol: 'https', fingerprint: undefined }, printAddress(address), withinMs)
  }

  async #tryAt(target: Target, name: string, withinMs = ASK_MS): Promise<Contact | undefined> {
    try {
      const { contact } = await this.#meetAt(target, name, withinMs)
      return contact
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return undefined
    }
  }

  async #meetAt(
    target: Target,
    name: string,
    withinMs = ASK_MS,
  ): Promise<{ readonly device: Device; readonly contact: Contact }> {
    const { answer, protocol } = await this.#register(target, withinMs)
    const device = answer.status === 200 ? parse(DEVICE, answer.body) : undefined
    if (device === undefined) throw new AppError('bad-answer', `${name} does not answer as a contact should`)
    const { alias, deviceModel } = device
    const fingerprint = answer.fingerprint ?? device.fingerprint
    const { identity, contacts } = this.#options
    if (fingerprint === identity.fingerprint) throw new AppError('usage', `${name} is this very Shoal`)
    // Fingerprints are no secret: without its certificate nobody is who is known by one.
    if (answer.fingerprint === undefined && contacts.byFingerprint(fingerprint)?.protocol === 'https') {
      throw new AppError('bad-answer', `${name} claims to be a contact, and does not prove it`)
    }
    const isShoal = deviceModel === SHOAL_MODEL
    const { address } = target
    return { device, contact: contacts.saw({ fingerprint, alias, address, protocol, isShoal, isProven: true }) }
  }

  /** Who was never met may have encryption switched off, as the LocalSend apps allow; others keep to what they had. */
  async #register(target: Target, withinMs: number): Promise<{ answer: Answer; protocol: Contact['protocol'] }> {
    const path = routeOf('register')
    const { identity, device } = this.#options
    const json = device()
    try {
      const answer = await ask(identity, target, path, { json, signal: this.#signal(withinMs) })
      return { answer, protocol: target.protocol }
    } catch (error) {
      if (target.fingerprint !== undefined || !(error instanceof AppError && error.code === 'network')) throw error
      const plain = { ...target, protocol: 'http' as const }
      const answer = await ask(identity, plain, path, { json, signal: this.#signal(withinMs) }).catch(() => {
        throw error
      })
      return { answer, protocol: 'http' }
    }
  }

  /** A request of whom we have met. Throws AppError. */
  ask(contact: Contact, path: string, what: Omit<RequestOptions, 'signal'>): Promise<Answer> {
    return ask(this.#options.identity, targetOf(contact), path, { ...what, signal: this.#signal() })
  }

  #signal(withinMs = ASK_MS): AbortSignal {
    return AbortSignal.any([this.#ended.signal, AbortSignal.timeout(withinMs)])
  }

  close(): void {
    this.#ended.abort()
  }
}
