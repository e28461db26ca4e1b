// Who is nearby: we say that we are here, and hear others say it (LocalSend protocol v2.1, section 3.1).
import { setTimeout as delay } from 'node:timers/promises'
import type { Address } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import { monotonicMs } from '../io/clock.ts'
import { Multicast, type MulticastOptions } from '../io/multicast.ts'
import type { Contact, Contacts } from './contacts.ts'
import type { Identity } from './identity.ts'
import type { Meeting } from './meeting.ts'
import { DEVICE, type Device, parse, SHOAL_MODEL } from './protocol.ts'

export interface DiscoveryOptions {
  readonly identity: Identity
  readonly contacts: Contacts
  readonly device: () => Device
  readonly meeting: Pick<Meeting, 'moved' | 'find'>
  readonly met: (contact: Contact) => void
  readonly multicast: MulticastOptions
}

/** Datagrams get lost: it is said several times. */
const ANNOUNCE_MS = [100, 500, 2_000]
const AGAIN_MS = 5 * 60_000
const MAX_DATAGRAM = 4_096
/** Answers within a second, whoever asks how often: a flood is not answered by one of ours. */
const MAX_ANSWERS_A_SECOND = 20

export class Discovery {
  readonly #options: DiscoveryOptions
  readonly #ended = new AbortController()
  #multicast: Multicast | undefined
  #answers = 0
  #second = 0

  private constructor(options: DiscoveryOptions) {
    this.#options = options
  }

  /** Throws AppError 'network'. */
  static async open(options: DiscoveryOptions): Promise<Discovery> {
    const discovery = new Discovery(options)
    discovery.#multicast = await Multicast.open(options.multicast, (bytes, ip) => discovery.#heard(bytes, ip))
    void discovery.#keepAnnouncing()
    return discovery
  }

  /** Others answer within a second or so. */
  announce(): void {
    this.#say(true)
  }

  #say(isQuestion: boolean): void {
    const text = JSON.stringify({ ...this.#options.device(), announce: isQuestion })
    this.#multicast?.send(new TextEncoder().encode(text))
  }

  async #keepAnnouncing(): Promise<void> {
    const { signal } = this.#ended
    const waits = [...ANNOUNCE_MS]
    while (!signal.aborted) {
      await delay(waits.shift() ?? AGAIN_MS, undefined, { signal, ref: false }).catch(() => {}) // then it has ended
      if (!signal.aborted) this.announce()
    }
  }

  #heard(bytes: Uint8Array, ip: string): void {
    if (bytes.length > MAX_DATAGRAM || ip === '' || this.#ended.signal.aborted) return
    const device = parse(DEVICE, new TextDecoder().decode(bytes))
    const { identity, contacts } = this.#options
    if (device === undefined || device.fingerprint === '') return
    if (device.fingerprint.toUpperCase() === identity.fingerprint) return // our own words
    if (contacts.byFingerprint(device.fingerprint)?.trust === 'blocked') return
    if (this.#isFlooded()) return
    void this.#meet(device, { ip, port: device.port }).catch((error: unknown) => {
      if (!(error instanceof AppError)) throw error // the state's disk is full: he is met another time
    })
  }

  /** An announcement is answered over HTTP, so that both know the other; where that fails, by a datagram. */
  async #meet({ fingerprint, alias, protocol, deviceModel, announce }: Device, address: Address): Promise<void> {
    const { contacts, meeting, met } = this.#options
    const isShoal = deviceModel === SHOAL_MODEL
    const contact = contacts.saw({ fingerprint, alias, address, protocol, isShoal, isProven: false })
    // Anybody may say that he is somebody: who is known by his certificate must show it there.
    const isPinned = contact.protocol === 'https'
    if (!isPinned) met(contact)
    if (!isPinned && announce !== true) return
    const there = isPinned ? await meeting.moved(contact, address) : await meeting.find(address)
    if (there !== undefined) met(there)
    else if (announce === true && !this.#ended.signal.aborted) this.#say(false)
  }

  #isFlooded(): boolean {
    const second = Math.floor(monotonicMs() / 1_000)
    if (second !== this.#second) [this.#second, this.#answers] = [second, 0]
    return ++this.#answers > MAX_ANSWERS_A_SECOND
  }

  async close(): Promise<void> {
    this.#ended.abort()
    await this.#multicast?.close()
  }
}
