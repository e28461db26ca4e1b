// A node:http server as one end of a tracker's port.
import { once } from 'node:events'
import type http from 'node:http'
import type { PortEnd } from './ports.ts'

export class ServerEnd implements PortEnd {
  readonly port: number
  readonly #server: http.Server

  /** `isShared`: other threads listen on the same port. */
  static async listen(server: http.Server, host: string, port: number, isShared: boolean): Promise<ServerEnd> {
    server.listen({ host, port, ipv6Only: true, backlog: 511, reusePort: isShared })
    await once(server, 'listening')
    server.on('error', () => {}) // accept() fails for want of descriptors; the next one may succeed
    const address = server.address()
    return new ServerEnd(server, address !== null && typeof address === 'object' ? address.port : port)
  }

  private constructor(server: http.Server, port: number) {
    this.#server = server
    this.port = port
  }

  /** Connections that upgraded must have been ended before. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    this.#server.closeAllConnections()
    await closed
  }
}
