// Connections that a network thread has accepted and not read, for node:http. Its server is made with the first of them:
// most trackers answer announces only, and it takes 4 MB.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type http from 'node:http'
import net from 'node:net'

export class AdoptedConnections {
  readonly #makeServer: () => http.Server
  readonly #most: number
  #server: Promise<http.Server> | undefined
  #count = 0
  #isClosed = false

  constructor(makeServer: () => http.Server, most: number) {
    this.#makeServer = makeServer
    this.#most = most
  }

  adopt(fd: number): void {
    const socket = new net.Socket({ fd, readable: true, writable: true })
    if (this.#isClosed || this.#count >= this.#most) {
      socket.destroy()
      return
    }
    this.#count++
    socket.once('close', () => this.#count--)
    this.#server ??= listenNowhere(this.#makeServer())
    this.#server.then(
      (server) => {
        if (this.#isClosed) socket.destroy()
        else server.emit('connection', socket)
      },
      () => {
        socket.destroy() // there are no descriptors; the next one may find some
        this.#server = undefined
      },
    )
  }

  /** WebSockets must have been ended before. */
  async close(): Promise<void> {
    this.#isClosed = true
    const server = await this.#server?.catch(() => undefined)
    if (server === undefined) return
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
}

/** A server that listens watches over the times of its requests. This one must, where nobody from outside can find it. */
async function listenNowhere(server: http.Server): Promise<http.Server> {
  server.listen(`\0shoal-${randomBytes(16).toString('hex')}`) // in Linux's abstract namespace
  await once(server, 'listening')
  return server
}
