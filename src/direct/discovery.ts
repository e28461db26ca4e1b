// Who is nearby: we say that we are here, and hear others say it (LocalSend protocol v2.1, section 3.1).
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../core/errors.ts'
import { monotonicMs } from '../io/clock.ts'
import { Multicast, type MulticastOptions } from '../io/multicast.ts'
import { ask } from './client.ts'
import type { Contact, Contacts } from './contacts.ts'
import type { Identity } from './identity.ts'
import { DEVICE, type Device, parse, routeOf, SHOAL_MODEL } from './protocol.ts'

export interface DiscoveryOptions {
  readonly identity: Identity
  readonly contacts: Contacts
  readonly device: () => Device
  readonly met: (contact: Contact) => void
  readonly multicast: MulticastOptions
}

/** Datagrams get lost: it is said several times. */
const ANNOUNCE_MS = [100, 500, 2_000]
const AGAIN_MS = 5 * 60_000
const MAX_DATAGRAM = 4_096
/** Answers within a second, whoever asks how often: a flood is not answered by one of ours. */
const MAX_ANSWERS_A_SECOND = 20
const ANSWER_MS = 3_000

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
    discovery.#multicast = await Multicast.open(options.multicast, (bytes, ip) => {
      try {
        discovery.#heard(bytes, ip)
      } catch (error) {
        if (!(error instanceof AppError)) throw error // the state's disk is full: he is met another time
      }
    })
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
    const { identity, contacts, met } = this.#options
    if (device === undefined || device.fingerprint === '') return
    if (device.fingerprint.toUpperCase() === identity.fingerprint) return // our own words
    if (contacts.byFingerprint(device.fingerprint)?.trust === 'blocked') return
    if (this.#isFlooded()) return
    const contact = contacts.saw({
      fingerprint: device.fingerprint,
      alias: device.alias,
      address: { ip, port: device.port },
      protocol: device.protocol,
      isShoal: device.deviceModel === SHOAL_MODEL,
    })
    met(contact)
    if (device.announce === true) void this.#answer(contact)
  }

  #isFlooded(): boolean {
    const second = Math.floor(monotonicMs() / 1_000)
    if (second !== this.#second) [this.#second, this.#answers] = [second, 0]
    return ++this.#answers > MAX_ANSWERS_A_SECOND
  }

  /** Over HTTP, so that both know the other; where that fails, by a datagram. */
  async #answer({ address, protocol, fingerprint }: Contact): Promise<void> {
    const { identity, device } = this.#options
    try {
      const signal = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(ANSWER_MS)])
      const json = device()
      await ask(identity, { address, protocol, fingerprint }, routeOf('register'), { json, signal })
    } catch {
      if (!this.#ended.signal.aborted) this.#say(false)
    }
  }

  async close(): Promise<void> {
    this.#ended.abort()
    await this.#multicast?.close()
  }
}
