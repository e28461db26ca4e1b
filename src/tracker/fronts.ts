// What one thread of a tracker listens with. Either node:http and node:dgram do it all, or network threads do
// (network-thread.ts): they answer datagrams, announces and scrapes, and what else comes by HTTP is given to this one.
import type http from 'node:http'
import net from 'node:net'
import { ConnectionIds } from '../core/tracker/connection-ids.ts'
import { monotonicMs } from '../io/clock.ts'
import { libc, openDatagramSocket, openListeningSocket } from '../io/libc.ts'
import type { Access } from './access.ts'
import { AccessEditor } from './access-editor.ts'
import { AdoptedConnections } from './adopted-connections.ts'
import type { Catalogue } from './catalogue.ts'
import { createHttpFront, type HttpFrontLimits, type HttpRoutes } from './http-front.ts'
import type { TrackerRules } from './logic.ts'
import type { ManagementParts } from './management.ts'
import { closeEnds, openPort, type PortEnd, type PortEnds } from './ports.ts'
import { ServerEnd } from './server-end.ts'
import { figuresOf, type TrackerFigures } from './status.ts'
import type { SwarmStore } from './store.ts'
import type { ThreadParts } from './thread-parts.ts'
import { UdpFront } from './udp-front.ts'
import { UdpSocketEnd } from './udp-socket-end.ts'
import type { MessageLimits } from './ws-client.ts'
import { openDoor } from './ws-door.ts'
import { WsFront } from './ws-front.ts'
import { WsHandover, type WsThread } from './ws-handover.ts'
import type { WsRelay } from './ws-relay.ts'
import { WsSwarms } from './ws-swarms.ts'

export interface CatalogueOptions {
  /** A file, or `:memory:`. */
  readonly path: string
  readonly publish: 'everybody' | 'nobody'
  /** Torrents may be private, and every URL has a passkey. */
  readonly hasPasskeys: boolean
}

export interface FrontOptions {
  readonly secret: Uint8Array
  readonly rules: TrackerRules
  readonly httpLimits: HttpFrontLimits
  readonly messageLimits: MessageLimits | undefined
  /** Absent: there is none. */
  readonly catalogue: CatalogueOptions | undefined
  /** Absent: nobody can manage it. */
  readonly manageToken: string | undefined
  /** Who reads the sockets. */
  readonly network: 'node' | 'threads'
  /** Other threads listen on the same port. */
  readonly isShared: boolean
}

/** What is elsewhere in the tracker. */
export interface FrontLinks {
  /** Absent: there are no others with WebSockets. */
  readonly relay: WsRelay | undefined
  /** The network thread that serves WebSockets; `undefined` as long as it does not run. */
  readonly wsThread?: () => WsThread | undefined
  /** Has all threads read the lists again. */
  readonly reload: () => Promise<void>
}

/** A socket that a network thread reads; whoever opened it closes it, after that one. */
export class ThreadEnd implements PortEnd {
  readonly port: number
  readonly fd: number
  readonly kind: 'tcp' | 'udp'
  readonly isIPv6: boolean

  constructor(kind: 'tcp' | 'udp', host: string, port: number, isShared: boolean) {
    const place = { host, port, isShared }
    const opened = kind === 'tcp' ? openListeningSocket(place) : { fd: openDatagramSocket(place), port }
    this.fd = opened.fd
    this.port = opened.port
    this.kind = kind
    this.isIPv6 = net.isIPv6(host)
  }

  async close(): Promise<void> {
    libc().close(this.fd)
  }
}

export class Fronts {
  readonly ports: PortEnds<PortEnd>
  readonly catalogue: Catalogue | undefined
  readonly #websockets: WsFront | WsHandover
  readonly #editor: AccessEditor
  /** Those that network threads give away. */
  readonly #adopted: AdoptedConnections

  /** Throws AppError: see `openPort`. */
  static async open(
    port: number,
    hosts: readonly string[],
    { logic, access, store, counters }: ThreadParts,
    options: FrontOptions,
    { relay, wsThread, reload }: FrontLinks,
  ): Promise<Fronts> {
    const { secret, rules, httpLimits, messageLimits, network, isShared, manageToken: token } = options
    const listed = options.catalogue && (await openCatalogue(options.catalogue, access, store))
    const catalogue = listed?.catalogue
    const figures = (): Promise<TrackerFigures> => figuresOf(store, counters)
    const editor = new AccessEditor(access, reload)
    const management =
      token === undefined ? undefined : await openManagement({ token, editor, store, catalogue, figures, reload })
    const udp = new UdpFront(logic, access, new ConnectionIds(secret))
    const { nowSec } = logic
    const messages = messageLimits === undefined ? {} : { messages: messageLimits }
    const websockets =
      wsThread === undefined
        ? new WsFront({ swarms: new WsSwarms(), access, rules, nowSec, counters, relay, ...messages })
        : new WsHandover(wsThread)
    const makeServer = (): http.Server => {
      const server = createHttpFront(logic, access, httpLimits, figures, listed?.routes, management)
      openDoor(server, websockets)
      return server
    }
    const opener = {
      node: {
        tcp: (host: string, at: number): Promise<PortEnd> => ServerEnd.listen(makeServer(), host, at, isShared),
        udp: (host: string, at: number): Promise<PortEnd> => UdpSocketEnd.bind(host, at, isShared, udp),
      },
      threads: {
        tcp: async (host: string, at: number): Promise<PortEnd> => new ThreadEnd('tcp', host, at, isShared),
        udp: async (host: string, at: number): Promise<PortEnd> => new ThreadEnd('udp', host, at, isShared),
      },
    }[network]
    try {
      const ports = await openPort(port, hosts, opener)
      const adopted = new AdoptedConnections(makeServer, httpLimits.connections)
      return new Fronts(ports, websockets, editor, catalogue, adopted)
    } catch (error) {
      catalogue?.close()
      await websockets.close()
      throw error
    }
  }

  private constructor(
    ports: PortEnds<PortEnd>,
    websockets: WsFront | WsHandover,
    editor: AccessEditor,
    catalogue: Catalogue | undefined,
    adopted: AdoptedConnections,
  ) {
    this.ports = ports
    this.catalogue = catalogue
    this.#websockets = websockets
    this.#editor = editor
    this.#adopted = adopted
  }

  /** Takes a connection of which nothing was read yet. */
  adopt(fd: number): void {
    this.#adopted.adopt(fd)
  }

  async close(): Promise<void> {
    const closed = closeEnds(this.ports.ends)
    await this.#websockets.close()
    await Promise.all([this.#adopted.close(), this.#editor.close(), closed])
    this.catalogue?.close()
  }
}

/** With the modules that a tracker without one never loads: 2 MB. */
async function openCatalogue(
  options: CatalogueOptions,
  access: Access,
  store: SwarmStore,
): Promise<{ readonly catalogue: Catalogue; readonly routes: HttpRoutes }> {
  const { Catalogue } = await import('./catalogue.ts')
  const { CataloguePolicy } = await import('./catalogue-policy.ts')
  const { createCatalogueRoutes } = await import('./catalogue-http.ts')
  const catalogue = Catalogue.open(options.path)
  const policy = new CataloguePolicy(options, monotonicMs)
  return { catalogue, routes: createCatalogueRoutes({ catalogue, policy, access, store }) }
}

async function openManagement(parts: ManagementParts): Promise<HttpRoutes> {
  const { createManagementRoutes } = await import('./management.ts')
  return createManagementRoutes(parts)
}
