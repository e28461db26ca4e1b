// The port where others reach us: HTTPS and the peer wire for people, plain HTTP for browsers.
import { once } from 'node:events'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo, Server as TcpServer, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { createAdaptorServer } from '@hono/node-server'
import { AppError } from '../core/errors.ts'
import { PEER_PROTOCOL } from '../io/tls.ts'
import { splitByFirstByte } from '../io/tls-or-plain.ts'
import { type DirectAppOptions, makeDirectApp } from './direct-app.ts'
import type { Identity } from './identity.ts'
import { ANSWER_MS } from './incoming.ts'
import { type LinkAppOptions, makeLinkApp } from './link-app.ts'

export interface DirectServerOptions extends DirectAppOptions, LinkAppOptions {
  readonly identity: Identity
  /** A connection that asked for the peer wire. */
  readonly peer: (socket: TLSSocket) => void
}

const MAX_CONNECTIONS = 256
const HEADERS_MS = 10_000
const LOOK_MS = 2_500
/** For a request of a browser, which is short; its answer may take hours. */
const BROWSER_MS = 30_000
/** A browser that takes nothing for so long has gone. */
const SILENT_MS = 120_000

export interface DirectServer {
  readonly port: number
  close(): Promise<void>
}

/** HTTPS and the peer wire for people, and plain HTTP for browsers, on one port. Throws AppError 'port-in-use'. */
export async function serveDirect(options: DirectServerOptions, host: string, port: number): Promise<DirectServer> {
  const tls = makeTlsServer(options)
  const plain = createAdaptorServer({
    fetch: makeLinkApp(options).fetch,
    createServer: createHttpServer,
    serverOptions: {
      headersTimeout: HEADERS_MS,
      requestTimeout: BROWSER_MS,
      connectionsCheckingInterval: LOOK_MS,
    },
  }) as unknown as HttpServer
  plain.setTimeout(SILENT_MS, (socket) => void socket.destroy())
  // Neither listens, and it is then that they begin to look for requests that take too long.
  for (const one of [tls, plain]) one.emit('listening')
  const server = splitByFirstByte({ tls, plain, firstByteMs: HEADERS_MS })
  server.maxConnections = MAX_CONNECTIONS
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  await listen(server, host, port)
  server.on('error', () => {}) // accept() fails for want of descriptors; the next one may succeed
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** `::` is IPv4, too; a machine without IPv6 has that alone. */
async function listen(server: TcpServer, host: string, port: number): Promise<void> {
  try {
    server.listen({ host, port, ipv6Only: false })
    await once(server, 'listening')
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : String(cause)
    if (host === '::' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL')) return listen(server, '0.0.0.0', port)
    throw new AppError('port-in-use', `others cannot reach us at port ${port} (${String(code)})`, { cause })
  }
}

/** Both protocols of TLS: ALPN says which (RFC 7301). */
function makeTlsServer(options: DirectServerOptions): Server {
  const { key, cert } = options.identity
  const server = createAdaptorServer({
    fetch: makeDirectApp(options).fetch,
    createServer,
    serverOptions: {
      key,
      cert,
      minVersion: 'TLSv1.2',
      ALPNProtocols: [PEER_PROTOCOL, 'http/1.1'],
      requestCert: true,
      rejectUnauthorized: false, // nobody vouches for them; the fingerprint is looked at
      headersTimeout: HEADERS_MS,
      connectionsCheckingInterval: LOOK_MS,
      requestTimeout: 0, // a file may take hours; who sends nothing is cut off below
      handshakeTimeout: HEADERS_MS,
    },
  }) as unknown as Server
  const [serveHttp] = server.listeners('secureConnection') as ((socket: TLSSocket) => void)[]
  server.removeAllListeners('secureConnection')
  server.on('secureConnection', (socket) => {
    if (socket.alpnProtocol === PEER_PROTOCOL) options.peer(socket)
    else serveHttp?.call(server, socket)
  })
  server.timeout = ANSWER_MS + HEADERS_MS // so long may a person think
  return server
}
