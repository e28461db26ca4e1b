// Where the daemon is served: at an address for programs and browsers, and at a socket for the commands of its owner.
import { chmodSync, rmSync } from 'node:fs'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { parseListenAddress, printAddress } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import { controlSocketPath } from './control-socket.ts'
import type { Daemon } from './daemon.ts'
import { type App, makeApp } from './http-app.ts'
import { readOrMakeToken } from './token.ts'

export interface RequestTimes {
  /** From the first byte of a request to its last: a .torrent of 10 MB over a slow line. */
  readonly wholeMs: number
  readonly headersMs: number
}

const TIMES: RequestTimes = { wholeMs: 60_000, headersMs: 10_000 }
const HEADER_BYTES = 16_384
const CONNECTIONS = 512

export interface Served {
  /** Of the API. */
  readonly url: string
  close(): Promise<void>
}

/** `pageFolder`: another page than the built one. Throws AppError 'port-in-use'. */
export async function serve(daemon: Daemon, times: RequestTimes = TIMES, pageFolder?: string): Promise<Served> {
  const web = await serveWeb(daemon, times, pageFolder)
  try {
    const local = await serveLocally(daemon)
    return { url: web.url, close: async () => void (await Promise.all([web.close(), local.close()])) }
  } catch (error) {
    await web.close()
    throw error
  }
}

async function serveWeb(daemon: Daemon, times: RequestTimes, pageFolder: string | undefined): Promise<Served> {
  const token = readOrMakeToken(daemon.stateDir)
  const wanted = daemon.settings['rpc-listen']
  const address = parseListenAddress(wanted)
  if (address === undefined) throw new AppError('usage', `rpc-listen: expected ip:port, got ${wanted}`)
  const web = makeServer(makeApp({ daemon, token, pageFolder }), times)
  try {
    await listen(web, { host: address.ip, port: address.port }, wanted)
  } catch (error) {
    // Transmission has the same port; who did not choose it gets another.
    if (daemon.isChosen('rpc-listen')) throw error
    await listen(web, { host: address.ip, port: 0 }, wanted)
  }
  const { port } = web.address() as AddressInfo
  if (address.port !== 0 && port !== address.port) {
    daemon.journal.add('warning', 'session', `the page and programs reach it at port ${port}: ${wanted} is taken`)
  }
  const url = `http://${printAddress({ ip: address.ip, port })}/transmission/rpc`
  daemon.rpcUrl = url
  return { url, close: () => closeServer(web) }
}

/** Only to commands of the same user. */
export async function serveLocally(daemon: Daemon): Promise<Pick<Served, 'close'>> {
  const socket = controlSocketPath(daemon.stateDir)
  const local = makeServer(makeApp({ daemon, token: undefined }), TIMES)
  // Of a daemon that was killed: this process holds the folder now.
  if (process.platform !== 'win32') rmSync(socket, { force: true })
  await listen(local, { path: socket }, socket)
  if (process.platform !== 'win32') chmodSync(socket, 0o600)
  return { close: () => closeServer(local) }
}

function makeServer(app: App, { wholeMs, headersMs }: RequestTimes): Server {
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: {
      headersTimeout: headersMs,
      requestTimeout: wholeMs,
      connectionsCheckingInterval: headersMs / 4,
      maxHeaderSize: HEADER_BYTES,
    },
  }) as Server
  server.maxConnections = CONNECTIONS
  return server
}

function listen(
  server: Server,
  where: { host: string; port: number } | { path: string },
  shown: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === 'EADDRINUSE' ? 'another program has it' : (cause.code ?? cause.message)
      const way = 'choose another with the setting "rpc-listen"'
      reject(new AppError('port-in-use', `the API cannot listen on ${shown} (${reason}): ${way}`, { cause }))
    })
    server.listen(where, resolve)
  })
}

/** Connections that are in the middle of something are cut: the daemon is ending. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
