// One port number for TCP and UDP on several addresses: all of them, or none.
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { AppError } from '../core/errors.ts'

export interface PortSockets {
  readonly port: number
  /** Addresses that were bound: those asked for, less IPv6 where the machine has none. */
  readonly hosts: readonly string[]
  readonly servers: readonly net.Server[]
  readonly sockets: readonly dgram.Socket[]
}

/** Both wildcards: no IPv4-mapped addresses, and each family gets its own socket as BEP 15 wants. */
export const ALL_HOSTS: readonly string[] = ['0.0.0.0', '::']
/** Another program may hold the UDP port of the TCP port that we got; a second time in a row is rare. */
const MAX_TRIES = 20

/**
 * `port` 0 finds a number that is free everywhere. IPv4 addresses must come first. `makeServer` makes a server that does
 * not listen yet.
 */
export async function openPort(
  port: number,
  hosts: readonly string[],
  makeServer: () => net.Server,
): Promise<PortSockets> {
  for (let tries = 1; ; tries++) {
    try {
      return await openAll(port, hosts, makeServer)
    } catch (error) {
      const isRetried = port === 0 && tries < MAX_TRIES && error instanceof AppError && error.code === 'port-in-use'
      if (!isRetried) throw error
    }
  }
}

async function openAll(
  wantedPort: number,
  wantedHosts: readonly string[],
  makeServer: () => net.Server,
): Promise<PortSockets> {
  let port = wantedPort
  const hosts: string[] = []
  const servers: net.Server[] = []
  const sockets: dgram.Socket[] = []
  try {
    for (const host of wantedHosts) {
      try {
        const server = makeServer()
        servers.push(server)
        port = await listen(server, host, port)
        const isIPv6 = net.isIPv6(host)
        const socket = dgram.createSocket({ type: isIPv6 ? 'udp6' : 'udp4', ipv6Only: isIPv6, lookup: asIs })
        sockets.push(socket)
        await bind(socket, host, port)
        hosts.push(host)
      } catch (error) {
        const isMissingFamily = net.isIPv6(host) && hosts.length > 0 && MISSING_FAMILY.includes(codeOf(error))
        if (!isMissingFamily) throw portError(error, host, port)
        await closePort({ servers: servers.splice(hosts.length), sockets: sockets.splice(hosts.length) })
      }
    }
    return { port, hosts, servers, sockets }
  } catch (error) {
    await closePort({ servers, sockets })
    throw error
  }
}

/** Stops receiving. Connections that were accepted are not ended by this. */
export async function closePort({ servers, sockets }: Pick<PortSockets, 'servers' | 'sockets'>): Promise<void> {
  await Promise.all([
    ...servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    ...sockets.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))),
  ])
}

const MISSING_FAMILY: readonly unknown[] = ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EPROTONOSUPPORT']

async function listen(server: net.Server, host: string, port: number): Promise<number> {
  server.listen({ host, port, ipv6Only: true, backlog: 511 })
  await once(server, 'listening')
  server.on('error', () => {}) // accept() fails for want of descriptors; the next one may succeed
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : port
}

async function bind(socket: dgram.Socket, host: string, port: number): Promise<void> {
  const listening = once(socket, 'listening') // before `bind`, which with `asIs` is done when it returns
  socket.bind({ address: host, port })
  await listening
  socket.on('error', () => {}) // reports of answers that did not arrive
}

/** Addresses are never names here; without this every answer would go through the resolver. */
function asIs(
  host: string,
  _options: unknown,
  found: (error: NodeJS.ErrnoException | null, address: string, family: number) => void,
): void {
  found(null, host, net.isIP(host))
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

function portError(cause: unknown, host: string, port: number): AppError {
  switch (codeOf(cause)) {
    case 'EADDRINUSE':
      return new AppError('port-in-use', `port ${port} is in use by another program; choose another one with --port`, {
        cause,
      })
    case 'EACCES':
      return new AppError('port-in-use', `listening on port ${port} is not allowed; choose one above 1023`, { cause })
    case 'EADDRNOTAVAIL':
      return new AppError('bad-address', `${host} is no address of this machine; leave --host out to listen on all`, {
        cause,
      })
  }
  return new AppError('network', `cannot listen on port ${port} of ${host} (${String(codeOf(cause) ?? cause)})`, {
    cause,
  })
}
