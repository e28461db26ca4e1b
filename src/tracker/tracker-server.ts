// The tracker: HTTP, WebSocket and UDP on one port number, IPv4 and IPv6. `shoal tracker` and the tour start it.
//
//   request -> http-front / ws-front / udp-front -> logic -> store
import { randomBytes } from 'node:crypto'
import http from 'node:http'
import net from 'node:net'
import os from 'node:os'
import { isLoopback, printAddress } from '../core/address.ts'
import { ConnectionIds } from '../core/tracker/connection-ids.ts'
import { loadBatches } from '../io/datagram-batch.ts'
import { Access } from './access.ts'
import { Counters } from './counters.ts'
import { createHttpFront, DEFAULT_HTTP_FRONT_LIMITS } from './http-front.ts'
import { DEFAULT_RULES, TrackerLogic } from './logic.ts'
import { MemoryStore } from './memory-store.ts'
import { ALL_HOSTS, closePort, openPort, type PortSockets, type UdpEnd } from './ports.ts'
import { Probe } from './probe.ts'
import { StateKeeper } from './state-keeper.ts'
import type { TrackerFigures } from './status.ts'
import type { StoreCounts, SwarmStore } from './store.ts'
import { trackerSec } from './tracker-clock.ts'
import { checkOptions, hostsOf, type TrackerOptions } from './tracker-options.ts'
import { UdpFront } from './udp-front.ts'
import { UdpSocketEnd } from './udp-socket-end.ts'
import { BatchSocketEnd, UdpThread } from './udp-threads.ts'

export type { TrackerOptions } from './tracker-options.ts'

export interface TrackerStats extends StoreCounts {
  /** Since the start. */
  readonly announces: number
}

/** Expiry need not be exact. */
const MAX_EXPIRE_EVERY_MS = 60_000

/** All that a tracker has opened. */
interface Parts {
  readonly ports: PortSockets
  readonly threads: readonly UdpThread[]
  readonly access: Access
  readonly keeper: StateKeeper | undefined
  readonly store: SwarmStore
  readonly logic: TrackerLogic
}

export class TrackerServer {
  readonly #parts: Parts
  readonly #probe: Probe | undefined
  readonly #expireEveryMs: number
  #expireTimer: NodeJS.Timeout | undefined
  #expiring: Promise<void>
  #closing: Promise<void> | undefined

  private constructor(parts: Parts, { intervalSec = DEFAULT_RULES.intervalSec, probeMs }: TrackerOptions) {
    this.#parts = parts
    this.#probe = probeMs === undefined ? undefined : new Probe(parts.store)
    this.#expireEveryMs = Math.min(MAX_EXPIRE_EVERY_MS, intervalSec * 250)
    this.#expiring = Promise.resolve()
    if (probeMs !== undefined) this.#probe?.start(probeMs)
    this.#expireLater()
  }

  /** Fails with what reading `statePath` and the lists says, `usage`, `port-in-use`, `bad-address`, `not-found` (a name) or `network`. */
  static async listen(options: TrackerOptions): Promise<TrackerServer> {
    checkOptions(options)
    const hosts = await hostsOf(options.host)
    const store = options.store ?? new MemoryStore(options.storeLimits)
    const keeper =
      store instanceof MemoryStore ? await StateKeeper.open(store, options.statePath, trackerSec) : undefined
    const counters = new Counters()
    const access = await Access.open(options.access ?? {}, counters)
    try {
      const rules = { ...DEFAULT_RULES, intervalSec: options.intervalSec ?? DEFAULT_RULES.intervalSec }
      const logic = new TrackerLogic(store, rules, trackerSec, counters)
      const secret = randomBytes(16)
      const front = new UdpFront(logic, access, new ConnectionIds(secret))
      const isBatched = options.areDatagramsBatched !== false && store instanceof MemoryStore && (await loadBatches())
      const httpLimits = { ...DEFAULT_HTTP_FRONT_LIMITS, ...options.httpLimits }
      const ports = await openPort<UdpEnd>(options.port, hosts, {
        makeServer: () => createHttpFront(logic, access, httpLimits, () => figuresOf(store, counters)),
        bindUdp: async (host, port) => {
          return isBatched ? new BatchSocketEnd(host, port, false) : UdpSocketEnd.bind(host, port, false, front)
        },
        isShared: false,
      })
      try {
        await keeper?.start()
        const threads: UdpThread[] = []
        if (isBatched) {
          const sockets = ports.udp.filter((end) => end instanceof BatchSocketEnd)
          const data = { swarms: store.shared, counters: counters.shared, secret, rules, access: options.access ?? {} }
          const ends = sockets.map(({ fd, isIPv6 }) => ({ fd, isIPv6 }))
          threads.push(await UdpThread.start({ ...data, thread: 1, sockets: ends }))
        }
        return new TrackerServer({ ports, threads, access, keeper, store, logic }, options)
      } catch (error) {
        await closePort(ports)
        throw error
      }
    } catch (error) {
      access.close()
      throw error
    }
  }

  get port(): number {
    return this.#parts.ports.port
  }

  /** Announce URLs, HTTP and UDP for every address: loopback first, then those that other machines can use. */
  get urls(): readonly string[] {
    const ips = this.#parts.ports.hosts.flatMap((host) => (ALL_HOSTS.includes(host) ? interfaceIps(host) : [host]))
    const places = ips.sort((a, b) => Number(isLoopback(b)) - Number(isLoopback(a)))
    return places.flatMap((ip) => {
      const place = printAddress({ ip, port: this.port })
      return [`http://${place}/announce`, `udp://${place}/announce`]
    })
  }

  /** Reads the lists of who may use it again. Throws AppError; then they stay as they were. */
  async reload(): Promise<void> {
    await this.#parts.access.reload()
    for (const thread of this.#parts.threads) thread.reload()
  }

  async stats(): Promise<TrackerStats> {
    const { torrents, peers, announces } = await figuresOf(this.#parts.store, this.#parts.logic.counters)
    return { torrents, peers, announces: announces.http + announces.udp + announces.websocket }
  }

  /** Everything is closed when this is done; calling it again waits for the same. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { ports, threads, access, keeper, store } = this.#parts
    clearTimeout(this.#expireTimer)
    access.close()
    await Promise.all(threads.map((thread) => thread.stop()))
    const closed = closePort(ports)
    for (const server of ports.servers) if (server instanceof http.Server) server.closeAllConnections()
    await Promise.all([closed, this.#probe?.stop(), this.#expiring])
    try {
      await keeper?.close()
    } finally {
      await store.close()
    }
  }

  #expireLater(): void {
    this.#expireTimer = setTimeout(() => {
      this.#expiring = this.#parts.logic
        .expire()
        .catch(() => {}) // a store that fails now may work the next time
        .then(() => {
          if (this.#closing === undefined) this.#expireLater()
        })
    }, this.#expireEveryMs)
  }
}

async function figuresOf(store: SwarmStore, counters: Counters): Promise<TrackerFigures> {
  const [overHttp, udp, websocket] = [counters.total('http'), counters.total('udp'), counters.total('websocket')]
  return {
    ...(await store.counts()),
    announces: { http: overHttp, udp, websocket },
    scrapes: counters.total('scrapes'),
    refusals: counters.total('refusals'),
  }
}

function interfaceIps(wildcard: string): string[] {
  const family = net.isIPv6(wildcard) ? 'IPv6' : 'IPv4'
  const all = Object.values(os.networkInterfaces()).flatMap((list) => list ?? [])
  // Link-local addresses need the name of an interface, which no URL can carry.
  return all.filter((one) => one.family === family && !one.address.startsWith('fe80:')).map(({ address }) => address)
}
