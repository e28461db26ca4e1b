// The tracker: HTTP, WebSocket and UDP on one port number, IPv4 and IPv6. `shoal tracker` and the tour start it.
//
//   request -> http-front / ws-front / udp-front -> logic -> store
import { randomBytes } from 'node:crypto'
import net from 'node:net'
import os from 'node:os'
import { isLoopback, printAddress } from '../core/address.ts'
import { loadLibc } from '../io/libc.ts'
import { makeCallCounts } from './call-limit.ts'
import { CataloguePlace } from './catalogue-place.ts'
import { CatalogueWalk } from './catalogue-walk.ts'
import { Counters } from './counters.ts'
import { type FrontOptions, Fronts, ThreadEnd } from './fronts.ts'
import { DEFAULT_HTTP_FRONT_LIMITS } from './http-front.ts'
import { DEFAULT_RULES } from './logic.ts'
import { makeShared, MemoryStore } from './memory-store.ts'
import { ALL_HOSTS, assertPortIsFree, closeEnds } from './ports.ts'
import { Probe } from './probe.ts'
import { StateKeeper } from './state-keeper.ts'
import { figuresOf } from './status.ts'
import type { StoreCounts } from './store.ts'
import { openParts, openRedisRelay, type ThreadData, type ThreadParts } from './thread-parts.ts'
import { trackerSec } from './tracker-clock.ts'
import { checkOptions, hostsOf, type TrackerOptions } from './tracker-options.ts'
import { TrackerThread } from './tracker-thread.ts'
import { ThreadRelay, type WsRelay } from './ws-relay.ts'

export type { TrackerOptions } from './tracker-options.ts'

export interface TrackerStats extends StoreCounts {
  /** Since the start. */
  readonly announces: number
}

/** Expiry need not be exact. */
const MAX_EXPIRE_EVERY_MS = 60_000

export class TrackerServer {
  readonly #parts: ThreadParts
  readonly #fronts: Fronts
  readonly #threads: TrackerThread[]
  /** Sockets of those threads beyond those of the first front. */
  readonly #sockets: ThreadEnd[]
  readonly #keeper: StateKeeper | undefined
  readonly #place: CataloguePlace | undefined
  readonly #probe: Probe | undefined
  readonly #walk: CatalogueWalk | undefined
  readonly #expireEveryMs: number
  #expireTimer: NodeJS.Timeout | undefined
  #expiring: Promise<void>
  #closing: Promise<void> | undefined

  private constructor(
    parts: ThreadParts,
    fronts: Fronts,
    keeper: StateKeeper | undefined,
    place: CataloguePlace | undefined,
    { intervalSec = DEFAULT_RULES.intervalSec, probeMs }: TrackerOptions,
  ) {
    this.#parts = parts
    this.#fronts = fronts
    this.#threads = []
    this.#sockets = []
    this.#keeper = keeper
    this.#place = place
    this.#probe = probeMs === undefined ? undefined : new Probe(parts.store)
    this.#walk = fronts.catalogue && new CatalogueWalk(fronts.catalogue, parts.store)
    this.#expireEveryMs = Math.min(MAX_EXPIRE_EVERY_MS, intervalSec * 250)
    this.#expiring = Promise.resolve()
    if (probeMs !== undefined) this.#probe?.start(probeMs)
    this.#expireLater()
  }

  /** Fails with what reading `statePath` and the lists says, `usage`, `port-in-use`, `bad-address`, `not-found` (a name) or `network`. */
  static async listen(options: TrackerOptions): Promise<TrackerServer> {
    checkOptions(options)
    const { redisUrl, workers = 1 } = options
    const hosts = await hostsOf(options.host)
    const data: ThreadData = {
      store: redisUrl === undefined ? makeShared(options.storeLimits ?? {}) : { redisUrl },
      counters: new Counters().shared,
      thread: 0,
      secret: randomBytes(16),
      rules: { ...DEFAULT_RULES, intervalSec: options.intervalSec ?? DEFAULT_RULES.intervalSec },
      access: options.access ?? {},
      calls: options.access?.callsPerMinute === undefined ? undefined : makeCallCounts(),
    }
    const parts = await openParts(data, options.store)
    const isInMemory = parts.store instanceof MemoryStore
    // A store of the caller's own is not known to other threads.
    const isOurs = options.store === undefined && redisUrl === undefined
    const isQuick = options.isPortable !== true && isOurs && (await loadLibc())
    const place = options.catalogue && (await CataloguePlace.open(options.catalogue.path, workers > 1 && !isQuick))
    const hasPasskeys = options.access?.passkeys !== undefined
    const frontOptions: FrontOptions = {
      ...data,
      httpLimits: { ...DEFAULT_HTTP_FRONT_LIMITS, ...options.httpLimits },
      messageLimits: options.messageLimits,
      catalogue: place && { path: place.path, publish: options.catalogue?.publish ?? 'nobody', hasPasskeys },
      network: isQuick ? 'threads' : 'node',
      isShared: workers > 1,
      manageToken: options.manageToken,
    }
    const relayName = `shoal tracker ${randomBytes(8).toString('hex')}`
    let relay: WsRelay | undefined
    let fronts: Fronts | undefined
    let server: TrackerServer | undefined
    const reload = (): Promise<void> => (server ?? parts.access).reload()
    try {
      if (redisUrl !== undefined) relay = await openRedisRelay(redisUrl)
      else if (workers > 1 && !isQuick) relay = new ThreadRelay(relayName)
      const keeper = isInMemory ? await StateKeeper.open(parts.store, options.statePath, trackerSec) : undefined
      if (workers > 1 && options.port !== 0) await assertPortIsFree(options.port, hosts)
      const wsThread = (): TrackerThread | undefined => server?.wsThread
      const links = { relay, reload, ...(isQuick ? { wsThread } : {}) }
      fronts = await Fronts.open(options.port, hosts, parts, frontOptions, links)
      await keeper?.start()
      server = new TrackerServer(parts, fronts, keeper, place, options)
      await server.#startThreads(data, frontOptions, relayName, workers)
      return server
    } catch (error) {
      if (server !== undefined) {
        await server.close()
        throw error
      }
      parts.access.close()
      await fronts?.close()
      relay?.close()
      await parts.store.close()
      await place?.[Symbol.asyncDispose]()
      throw error
    }
  }

  async #startThreads(data: ThreadData, options: FrontOptions, relayName: string, workers: number): Promise<void> {
    const { port, hosts, ends } = this.#fronts.ports
    if (options.network === 'node') {
      for (let n = 1; n < workers; n++) {
        const front = { ...data, ...options, thread: n, port, hosts, relayName }
        const reload = (): void => void this.reload().catch(() => {}) // the thread has told what is wrong
        this.#threads.push(await TrackerThread.startFront(front, reload))
      }
      return
    }
    const openMore = (host: string): ThreadEnd[] =>
      (['tcp', 'udp'] as const).map((kind) => {
        const end = new ThreadEnd(kind, host, port, true)
        this.#sockets.push(end)
        return end
      })
    for (let n = 0; n < workers; n++) {
      const own = n === 0 ? ends.filter((end) => end instanceof ThreadEnd) : hosts.flatMap(openMore)
      const sockets = own.map(({ kind, fd, isIPv6 }) => ({ kind, fd, isIPv6 }))
      const { httpLimits, messageLimits } = options
      // One thread has all WebSockets: their swarms stay whole, however many workers there are.
      const network = { ...data, httpLimits, messageLimits, hasWebSockets: n === 0, thread: n + 1, sockets }
      this.#threads.push(await TrackerThread.startNetwork(network, (fd) => this.#fronts.adopt(fd)))
    }
  }

  /** With network threads: who serves the WebSockets. */
  get wsThread(): TrackerThread | undefined {
    return this.#threads[0]
  }

  get port(): number {
    return this.#fronts.ports.port
  }

  /** Announce URLs, HTTP and UDP for every address: loopback first, then those that other machines can use. */
  get urls(): readonly string[] {
    const ips = this.#fronts.ports.hosts.flatMap((host) => (ALL_HOSTS.includes(host) ? interfaceIps(host) : [host]))
    const places = ips.sort((a, b) => Number(isLoopback(b)) - Number(isLoopback(a)))
    return places.flatMap((ip) => {
      const place = printAddress({ ip, port: this.port })
      return [`http://${place}/announce`, `udp://${place}/announce`]
    })
  }

  /** Reads the lists of who may use it again. Throws AppError: a list that cannot be read stays as it was. */
  async reload(): Promise<void> {
    try {
      await this.#parts.access.reload()
    } finally {
      for (const thread of this.#threads) thread.reload()
    }
  }

  async stats(): Promise<TrackerStats> {
    const { torrents, peers, announces } = await figuresOf(this.#parts.store, this.#parts.counters)
    return { torrents, peers, announces: announces.http + announces.udp + announces.websocket }
  }

  /** Everything is closed when this is done; calling it again waits for the same. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const { access, store } = this.#parts
    clearTimeout(this.#expireTimer)
    access.close()
    await Promise.all(this.#threads.map((thread) => thread.stop()))
    await closeEnds(this.#sockets)
    await Promise.all([this.#probe?.stop(), this.#walk?.stop(), this.#expiring])
    await this.#fronts.close()
    try {
      await this.#keeper?.close()
    } finally {
      await store.close()
      await this.#place?.[Symbol.asyncDispose]()
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

function interfaceIps(wildcard: string): string[] {
  const family = net.isIPv6(wildcard) ? 'IPv6' : 'IPv4'
  const all = Object.values(os.networkInterfaces()).flatMap((list) => list ?? [])
  // Link-local addresses need the name of an interface, which no URL can carry.
  return all.filter((one) => one.family === family && !one.address.startsWith('fe80:')).map(({ address }) => address)
}
