// One port number for TCP and UDP on several addresses: all of them, or none.
import { once } from 'node:events'
import net from 'node:net'
import { AppError } from '../core/errors.ts'

/** Whatever receives datagrams at an address. */
export interface UdpEnd {
  close(): Promise<void>
}

export interface PortSockets<End extends UdpEnd = UdpEnd> {
  readonly port: number
  /** Addresses that were bound: those asked for, less IPv6 where the machine has none. */
  readonly hosts: readonly string[]
  readonly servers: readonly net.Server[]
  readonly udp: readonly End[]
}

export interface PortOpener<End extends UdpEnd> {
  /** A server that does not listen yet. */
  readonly makeServer: () => net.Server
  /** Fails as `net` does, with a `code`. Absent: datagrams are not received here. */
  readonly bindUdp: (host: string, port: number) => Promise<End | undefined>
  /** Other threads listen on the same port; the system deals connections out. */
  readonly isShared: boolean
}

/** Both wildcards: no IPv4-mapped addresses, and each family gets its own socket as BEP 15 wants. */
export const ALL_HOSTS: readonly string[] = ['0.0.0.0', '::']
/** Another program may hold the UDP port of the TCP port that we got; a second time in a row is rare. */
const MAX_TRIES = 20

/** `port` 0 finds a number that is free everywhere. IPv4 addresses must come first. */
export async function openPort<End extends UdpEnd>(
  port: number,
  hosts: readonly string[],
  opener: PortOpener<End>,
): Promise<PortSockets<End>> {
  for (let tries = 1; ; tries++) {
    try {
      return await openAll(port, hosts, opener)
    } catch (error) {
      const isRetried = port === 0 && tries < MAX_TRIES && error instanceof AppError && error.code === 'port-in-use'
      if (!isRetried) throw error
    }
  }
}

async function openAll<End extends UdpEnd>(
  wantedPort: number,
  wantedHosts: readonly string[],
  { makeServer, bindUdp, isShared }: PortOpener<End>,
): Promise<PortSockets<End>> {
  let port = wantedPort
  const hosts: string[] = []
  const servers: net.Server[] = []
  const udp: End[] = []
  try {
    for (const host of wantedHosts) {
      try {
        const server = makeServer()
        servers.push(server)
        port = await listen(server, host, port, isShared)
        const end = await bindUdp(host, port)
        if (end !== undefined) udp.push(end)
        hosts.push(host)
      } catch (error) {
        const isMissingFamily = net.isIPv6(host) && hosts.length > 0 && MISSING_FAMILY.includes(codeOf(error))
        if (!isMissingFamily) throw portError(error, host, port)
        await closePort({ servers: servers.splice(hosts.length), udp: udp.splice(hosts.length) })
      }
    }
    return { port, hosts, servers, udp }
  } catch (error) {
    await closePort({ servers, udp })
    throw error
  }
}

/** Stops receiving. Connections that were accepted are not ended by this. */
export async function closePort({ servers, udp }: Pick<PortSockets, 'servers' | 'udp'>): Promise<void> {
  await Promise.all([
    ...servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
    ...udp.map((end) => end.close()),
  ])
}

const MISSING_FAMILY: readonly unknown[] = ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EPROTONOSUPPORT']

async function listen(server: net.Server, host: string, port: number, reusePort: boolean): Promise<number> {
  server.listen({ host, port, ipv6Only: true, backlog: 511, reusePort })
  await once(server, 'listening')
  server.on('error', () => {}) // accept() fails for want of descriptors; the next one may succeed
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : port
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
