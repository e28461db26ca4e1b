// What one thread of a tracker listens with: HTTP, WebSocket and UDP on one port number.
import http from 'node:http'
import net from 'node:net'
import { ConnectionIds } from '../core/tracker/connection-ids.ts'
import { closeBatchSocket, openBatchSocket } from '../io/datagram-batch.ts'
import { createHttpFront, type HttpFrontLimits } from './http-front.ts'
import { closePort, openPort, type PortSockets, type UdpEnd } from './ports.ts'
import { figuresOf } from './status.ts'
import type { ThreadParts } from './thread-parts.ts'
import type { TrackerRules } from './logic.ts'
import { UdpFront } from './udp-front.ts'
import { UdpSocketEnd } from './udp-socket-end.ts'
import type { MessageLimits } from './ws-client.ts'
import { WsFront } from './ws-front.ts'
import type { WsRelay } from './ws-relay.ts'
import { WsSwarms } from './ws-swarms.ts'

export interface FrontOptions {
  readonly secret: Uint8Array
  readonly rules: TrackerRules
  readonly httpLimits: HttpFrontLimits
  readonly messageLimits: MessageLimits | undefined
  /** Answered here; or by other threads, from sockets that are opened here, or from their own. */
  readonly datagrams: 'here' | 'opened here' | 'elsewhere'
  /** Other threads listen on the same port. */
  readonly isShared: boolean
}

/** A socket that another thread reads; whoever opened it closes it, after that one. */
export class BatchSocketEnd implements UdpEnd {
  readonly fd: number
  readonly isIPv6: boolean

  constructor(host: string, port: number, isShared: boolean) {
    this.fd = openBatchSocket(host, port, isShared)
    this.isIPv6 = net.isIPv6(host)
  }

  async close(): Promise<void> {
    closeBatchSocket(this.fd)
  }
}

export class Fronts {
  readonly ports: PortSockets
  readonly #websockets: WsFront

  /** Throws AppError: see `openPort`. */
  static async open(
    port: number,
    hosts: readonly string[],
    { logic, access, store, counters }: ThreadParts,
    { secret, rules, httpLimits, messageLimits, datagrams, isShared }: FrontOptions,
    relay: WsRelay | undefined,
  ): Promise<Fronts> {
    const udp = new UdpFront(logic, access, new ConnectionIds(secret))
    const { nowSec } = logic
    const messages = messageLimits === undefined ? {} : { messages: messageLimits }
    const websockets = new WsFront({ swarms: new WsSwarms(), access, rules, nowSec, counters, relay, ...messages })
    const makeServer = (): net.Server => {
      const server = createHttpFront(logic, access, httpLimits, () => figuresOf(store, counters))
      websockets.attach(server)
      return server
    }
    const bindUdp = async (host: string, at: number): Promise<UdpEnd | undefined> => {
      if (datagrams === 'here') return UdpSocketEnd.bind(host, at, isShared, udp)
      return datagrams === 'elsewhere' ? undefined : new BatchSocketEnd(host, at, isShared)
    }
    try {
      return new Fronts(await openPort(port, hosts, { makeServer, bindUdp, isShared }), websockets)
    } catch (error) {
      await websockets.close()
      throw error
    }
  }

  private constructor(ports: PortSockets, websockets: WsFront) {
    this.ports = ports
    this.#websockets = websockets
  }

  async close(): Promise<void> {
    const closed = closePort(this.ports)
    await this.#websockets.close()
    for (const server of this.ports.servers) if (server instanceof http.Server) server.closeAllConnections()
    await closed
  }
}
