// Asks UDP trackers (BEP 15). One for the whole session: its two sockets (IPv4, IPv6) and the connection ids of the
// trackers serve all torrents.
//
//   no valid connection id:  connect  -> connection id, kept for 60 s
//   then:                    announce -> answer
//   no answer within 15 * 2^n s: n + 1, and again from the top
import { randomInt } from 'node:crypto'
import { type Address, canonicalIp, printAddress } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import type { InfoHash } from '../core/ids.ts'
import type { AnnounceAnswer, AnnounceRequest, SwarmCounts } from '../core/tracker/announce.ts'
import {
  readUdpAnswer,
  type UdpAnswer,
  writeAnnounceRequest,
  writeConnectRequest,
  writeScrapeRequest,
} from '../core/tracker/udp-packets.ts'
import { monotonicMs } from '../io/clock.ts'
import { resolveHost } from '../io/resolve.ts'
import { UdpSocket } from '../io/udp-socket.ts'

/** BEP 15: for so long after it came a client may use a connection id. */
const CONNECTION_MS = 60_000
/** BEP 15: n goes from 0 to 8, which is more than two hours. */
export const MAX_UDP_TIMEOUTS = 9

export interface UdpTrackerOptions {
  /** 15,000 (BEP 15); tests wait less. */
  readonly firstTimeoutMs: number
}

export interface UdpAsk {
  readonly url: URL
  readonly family: 4 | 6
  /** Give up after so many time-outs, at most `MAX_UDP_TIMEOUTS`. */
  readonly timeouts: number
  readonly signal: AbortSignal
}

/** Writes the request once there is a connection id. */
type WriteRequest = (connectionId: Uint8Array, transactionId: number) => Uint8Array

interface Server {
  readonly socket: UdpSocket
  readonly address: Address
  /** Key of its connection id. */
  readonly name: string
}

interface Pending {
  readonly server: Server
  readonly kind: UdpAnswer['kind']
  readonly settle: (answer: UdpAnswer | AppError) => void
}

export class UdpTrackerClient {
  readonly #options: UdpTrackerOptions
  readonly #sockets = new Map<4 | 6, Promise<UdpSocket>>()
  /** By server; grows with the trackers in use, and old ones are dropped whenever one is added. */
  readonly #connections = new Map<string, { readonly id: Uint8Array; readonly until: number }>()
  /** By transaction id. */
  readonly #pending = new Map<number, Pending>()
  #isClosed = false

  constructor(options: UdpTrackerOptions = { firstTimeoutMs: 15_000 }) {
    this.#options = options
  }

  /**
   * Fails with `tracker` (it refused), `timeout`, `network`, `interrupted`, or `not-found` if the host has no address of
   * the family.
   */
  async announce(ask: UdpAsk, request: AnnounceRequest): Promise<AnnounceAnswer> {
    const { pathname, search } = ask.url
    const urlData = search === '' ? '' : pathname + search // BEP 41, for passkeys; others need no path
    const answer = await this.#ask(ask, 'announce', (connectionId, transactionId) => {
      return writeAnnounceRequest(connectionId, transactionId, request, urlData)
    })
    if (answer.kind === 'announce') return answer.answer
    throw new AppError('internal', 'an announce got an answer of another kind')
  }

  /** One entry per hash, in their order; shorter if the tracker left some out. Fails like `announce`. */
  async scrape(ask: UdpAsk, infoHashes: readonly InfoHash[]): Promise<readonly SwarmCounts[]> {
    const answer = await this.#ask(ask, 'scrape', (connectionId, transactionId) => {
      return writeScrapeRequest(connectionId, transactionId, infoHashes)
    })
    if (answer.kind === 'scrape') return answer.counts
    throw new AppError('internal', 'a scrape got an answer of another kind')
  }

  /** Whoever still waits is interrupted. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const { settle, server } of this.#pending.values()) settle(interrupted(server.name))
    await Promise.allSettled([...this.#sockets.values()].map(async (socket) => (await socket).close()))
  }

  async #ask(ask: UdpAsk, kind: 'announce' | 'scrape', write: WriteRequest): Promise<UdpAnswer> {
    const { url, family, signal } = ask
    const server = await this.#server(url, family, signal)
    for (let n = 0; n < Math.min(ask.timeouts, MAX_UDP_TIMEOUTS); n++) {
      const waitMs = this.#options.firstTimeoutMs * 2 ** n
      const kept = this.#connectionTo(server)
      const id = kept ?? (await this.#connect(server, waitMs, signal))
      if (id === undefined) continue
      const answer = await this.#exchange(server, kind, (transactionId) => write(id, transactionId), waitMs, signal)
      if (answer?.kind === kind) return answer
      // A tracker that was started anew knows no old ids, and is silent or complains: connect before the next try.
      this.#connections.delete(server.name)
      if (answer?.kind === 'error' && kept === undefined) throw new AppError('tracker', answer.failure)
    }
    throw new AppError('timeout', `${url.host} gave no answer`)
  }

  async #server(url: URL, family: 4 | 6, signal: AbortSignal): Promise<Server> {
    const [found] = await resolveHost(url.hostname, family, signal)
    const ip = canonicalIp(found?.address ?? '')
    if (ip === undefined) throw new AppError('not-found', `${url.hostname} has no IPv${family} address`)
    const socket = await this.#socket(family)
    if (signal.aborted) throw interrupted(url.host)
    const address = { ip, port: Number(url.port) }
    return { socket, address, name: printAddress(address) }
  }

  #socket(family: 4 | 6): Promise<UdpSocket> {
    if (this.#isClosed) return Promise.reject(new AppError('interrupted', 'the session has ended'))
    let socket = this.#sockets.get(family)
    if (socket === undefined) {
      socket = UdpSocket.bind(family, (bytes, from) =>
        this.#onDatagram(readUdpAnswer(bytes, family === 4 ? 6 : 18), from),
      )
      socket.catch(() => this.#sockets.delete(family)) // the next announce tries again
      this.#sockets.set(family, socket)
    }
    return socket
  }

  #connectionTo(server: Server): Uint8Array | undefined {
    const connection = this.#connections.get(server.name)
    return connection !== undefined && connection.until > monotonicMs() ? connection.id : undefined
  }

  async #connect(server: Server, waitMs: number, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const answer = await this.#exchange(server, 'connect', writeConnectRequest, waitMs, signal)
    if (answer?.kind === 'error') throw new AppError('tracker', answer.failure)
    if (answer?.kind !== 'connect') return undefined
    const now = monotonicMs()
    for (const [name, { until }] of this.#connections) if (until <= now) this.#connections.delete(name)
    this.#connections.set(server.name, { id: answer.connectionId, until: now + CONNECTION_MS })
    return answer.connectionId
  }

  /** Sends one packet and waits; `undefined` on a time-out. Late and foreign answers find nobody waiting. */
  #exchange(
    server: Server,
    kind: UdpAnswer['kind'],
    write: (transactionId: number) => Uint8Array,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<UdpAnswer | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<UdpAnswer | undefined>()
    let transactionId = randomInt(2 ** 32)
    while (this.#pending.has(transactionId)) transactionId = randomInt(2 ** 32)
    const done = (): void => {
      this.#pending.delete(transactionId)
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
    }
    const settle = (answer: UdpAnswer | AppError | undefined): void => {
      done()
      if (answer instanceof AppError) reject(answer)
      else resolve(answer)
    }
    const onAbort = (): void => settle(interrupted(server.name))
    const timer = setTimeout(() => settle(undefined), waitMs)
    signal.addEventListener('abort', onAbort)
    this.#pending.set(transactionId, { server, kind, settle })
    if (signal.aborted || this.#isClosed) {
      onAbort()
      return promise
    }
    server.socket.send(write(transactionId), server.address, (cause) => {
      settle(new AppError('network', `${server.name} cannot be reached from here`, { cause }))
    })
    return promise
  }

  #onDatagram(answer: UdpAnswer | undefined, from: Address): void {
    const pending = answer === undefined ? undefined : this.#pending.get(answer.transactionId)
    if (answer === undefined || pending === undefined || pending.server.name !== printAddress(from)) return
    if (answer.kind === pending.kind || answer.kind === 'error') pending.settle(answer)
  }
}

function interrupted(name: string): AppError {
  return new AppError('interrupted', `asking ${name} was interrupted`)
}
