// The tracker: HTTP and UDP on one port number, IPv4 and IPv6. `shoal tracker` and the tour start it.
//
//   request -> http-front / udp-front -> logic -> store
import { randomBytes } from 'node:crypto'
import dns from 'node:dns/promises'
import http from 'node:http'
import net from 'node:net'
import os from 'node:os'
import { isLoopback, printAddress } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import { ConnectionIds } from '../core/tracker/connection-ids.ts'
import { monotonicMs } from '../io/clock.ts'
import { Access, type AccessOptions } from './access.ts'
import { createHttpFront, DEFAULT_HTTP_FRONT_LIMITS, type HttpFrontLimits } from './http-front.ts'
import { DEFAULT_RULES, TrackerLogic } from './logic.ts'
import { MemoryStore, type MemoryStoreLimits } from './memory-store.ts'
import { ALL_HOSTS, closePort, openPort, type PortSockets } from './ports.ts'
import { Probe } from './probe.ts'
import { StateKeeper } from './state-keeper.ts'
import type { TrackerFigures } from './status.ts'
import type { StoreCounts, SwarmStore } from './store.ts'
import { serveUdp, UdpFront } from './udp-front.ts'

export interface TrackerOptions {
  /** 0: one that is free. */
  readonly port: number
  /** An address or a name of this machine; absent or `::`: all of them. */
  readonly host?: string
  /** How often peers announce; 900 by default. */
  readonly intervalSec?: number
  /** Look every so often whether peers still answer; absent: never. */
  readonly probeMs?: number
  /** Bounds of the memory store. */
  readonly storeLimits?: Partial<MemoryStoreLimits>
  readonly httpLimits?: Partial<HttpFrontLimits>
  /** A file that keeps the swarms of a memory store over restarts. */
  readonly statePath?: string
  /** Who may use it, and for what; by default everybody, for everything. */
  readonly access?: AccessOptions
  /** Instead of memory. It is closed with the tracker. */
  readonly store?: SwarmStore
}

export interface TrackerStats extends StoreCounts {
  /** Since the start. */
  readonly announces: number
}

/** Times before the start of this process are times, too: of peers that an earlier run heard of. */
const START_SEC = 7 * 86_400
/** Expiry need not be exact. */
const MAX_EXPIRE_EVERY_MS = 60_000

interface Parts {
  readonly store: SwarmStore
  readonly logic: TrackerLogic
  readonly keeper: StateKeeper | undefined
  readonly access: Access
}

export class TrackerServer {
  readonly #ports: PortSockets
  readonly #store: SwarmStore
  readonly #logic: TrackerLogic
  readonly #keeper: StateKeeper | undefined
  readonly #access: Access
  readonly #probe: Probe | undefined
  readonly #expireEveryMs: number
  #expireTimer: NodeJS.Timeout | undefined
  #expiring: Promise<void>
  #closing: Promise<void> | undefined

  private constructor(ports: PortSockets, { store, logic, keeper, access }: Parts, options: TrackerOptions) {
    const { intervalSec = DEFAULT_RULES.intervalSec, probeMs } = options
    this.#ports = ports
    this.#store = store
    this.#logic = logic
    this.#keeper = keeper
    this.#access = access
    this.#probe = probeMs === undefined ? undefined : new Probe(store)
    this.#expireEveryMs = Math.min(MAX_EXPIRE_EVERY_MS, intervalSec * 250)
    this.#expiring = Promise.resolve()
    if (probeMs !== undefined) this.#probe?.start(probeMs)
    this.#expireLater()
  }

  /** Fails with what reading `statePath` and the lists says, `usage`, `port-in-use`, `bad-address`, `not-found` (a name) or `network`. */
  static async listen(options: TrackerOptions): Promise<TrackerServer> {
    const { port, intervalSec = DEFAULT_RULES.intervalSec, probeMs } = options
    if (!Number.isInteger(port) || port < 0 || port > 65535) throw usage('a port from 0 to 65535', port)
    if (!Number.isInteger(intervalSec) || intervalSec < 1 || intervalSec > 86_400) {
      throw usage('an interval of 1 to 86400 whole seconds', intervalSec)
    }
    if (probeMs !== undefined && !(probeMs >= 1 && probeMs <= 86_400_000)) {
      throw usage('a probe interval of 1 ms to a day', probeMs)
    }
    const hosts = await hostsOf(options.host)
    const nowSec = (): number => START_SEC + Math.floor(monotonicMs() / 1000)
    const store = options.store ?? new MemoryStore(options.storeLimits)
    const keeper = store instanceof MemoryStore ? await StateKeeper.open(store, options.statePath, nowSec) : undefined
    const access = await Access.open(options.access ?? {})
    const logic = new TrackerLogic(store, { ...DEFAULT_RULES, intervalSec }, nowSec)
    const httpLimits = { ...DEFAULT_HTTP_FRONT_LIMITS, ...options.httpLimits }
    const figures = async (): Promise<TrackerFigures> => {
      return { ...(await store.counts()), ...logic.counts, refusals: access.refusals }
    }
    const ports = await openPort(port, hosts, () => createHttpFront(logic, access, httpLimits, figures)).catch(
      (error: unknown) => {
        access.close()
        throw error
      },
    )
    try {
      await keeper?.start()
    } catch (error) {
      access.close()
      await closePort(ports)
      throw error
    }
    const udp = new UdpFront(logic, access, new ConnectionIds(randomBytes(16)), nowSec)
    for (const socket of ports.sockets) serveUdp(socket, udp)
    return new TrackerServer(ports, { store, logic, keeper, access }, options)
  }

  get port(): number {
    return this.#ports.port
  }

  /** Announce URLs, HTTP and UDP for every address: loopback first, then those that other machines can use. */
  get urls(): readonly string[] {
    const ips = this.#ports.hosts.flatMap((host) => (ALL_HOSTS.includes(host) ? interfaceIps(host) : [host]))
    const places = ips.sort((a, b) => Number(isLoopback(b)) - Number(isLoopback(a)))
    return places.flatMap((ip) => {
      const place = printAddress({ ip, port: this.port })
      return [`http://${place}/announce`, `udp://${place}/announce`]
    })
  }

  /** Reads the lists of who may use it again. Throws AppError; then they stay as they were. */
  reload(): Promise<void> {
    return this.#access.reload()
  }

  async stats(): Promise<TrackerStats> {
    const { http: overHttp, udp } = this.#logic.counts.announces
    return { ...(await this.#store.counts()), announces: overHttp + udp }
  }

  /** Everything is closed when this is done; calling it again waits for the same. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    clearTimeout(this.#expireTimer)
    this.#access.close()
    const closed = closePort(this.#ports)
    for (const server of this.#ports.servers) if (server instanceof http.Server) server.closeAllConnections()
    await Promise.all([closed, this.#probe?.stop(), this.#expiring])
    try {
      await this.#keeper?.close()
    } finally {
      await this.#store.close()
    }
  }

  #expireLater(): void {
    this.#expireTimer = setTimeout(() => {
      this.#expiring = this.#logic
        .expire()
        .catch(() => {}) // a store that fails now may work the next time
        .then(() => {
          if (this.#closing === undefined) this.#expireLater()
        })
    }, this.#expireEveryMs)
  }
}

function usage(expected: string, got: number): AppError {
  return new AppError('usage', `expected ${expected}, got ${got}`)
}

async function hostsOf(host: string | undefined): Promise<readonly string[]> {
  if (host === undefined || host === '' || host === '::') return ALL_HOSTS
  if (net.isIP(host) !== 0) return [host]
  try {
    const found = await dns.lookup(host, { all: true })
    const ips = new Set(found.map(({ address }) => address))
    return [...ips].sort((a, b) => net.isIP(a) - net.isIP(b))
  } catch (cause) {
    throw new AppError('not-found', `the name ${host} is not known; use an address of this machine`, { cause })
  }
}

function interfaceIps(wildcard: string): string[] {
  const family = net.isIPv6(wildcard) ? 'IPv6' : 'IPv4'
  const all = Object.values(os.networkInterfaces()).flatMap((list) => list ?? [])
  // Link-local addresses need the name of an interface, which no URL can carry.
  return all.filter((one) => one.family === family && !one.address.startsWith('fe80:')).map(({ address }) => address)
}
