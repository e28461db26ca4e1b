// One port number for TCP and UDP on several addresses: all of them, or none.
import { once } from 'node:events'
import net from 'node:net'
import { AppError } from '../core/errors.ts'

/** Whatever listens at an address, for connections or datagrams. */
export interface PortEnd {
  readonly port: number
  close(): Promise<void>
}

export interface PortEnds<End extends PortEnd> {
  readonly port: number
  /** Addresses that were bound: those asked for, less IPv6 where the machine has none. */
  readonly hosts: readonly string[]
  readonly ends: readonly End[]
}

/** Each fails as `net` does, with a `code`. */
export interface PortOpener<End extends PortEnd> {
  /** 0: any that is free. */
  readonly tcp: (host: string, port: number) => Promise<End>
  /** Absent: datagrams are not received here. */
  readonly udp?: (host: string, port: number) => Promise<End>
}

/** Both wildcards: no IPv4-mapped addresses, and each family gets its own socket as BEP 15 wants. */
export const ALL_HOSTS: readonly string[] = ['0.0.0.0', '::']
/** Another program may hold the UDP port of the TCP port that we got; a second time in a row is rare. */
const MAX_TRIES = 20

/** `port` 0 finds a number that is free everywhere. IPv4 addresses must come first. */
export async function openPort<End extends PortEnd>(
  port: number,
  hosts: readonly string[],
  opener: PortOpener<End>,
): Promise<PortEnds<End>> {
  for (let tries = 1; ; tries++) {
    try {
      return await openAll(port, hosts, opener)
    } catch (error) {
      const isRetried = port === 0 && tries < MAX_TRIES && error instanceof AppError && error.code === 'port-in-use'
      if (!isRetried) throw error
    }
  }
}

async function openAll<End extends PortEnd>(
  wantedPort: number,
  wantedHosts: readonly string[],
  { tcp, udp }: PortOpener<End>,
): Promise<PortEnds<End>> {
  let port = wantedPort
  const hosts: string[] = []
  const ends: End[] = []
  try {
    for (const host of wantedHosts) {
      const before = ends.length
      try {
        const end = await tcp(host, port)
        ends.push(end)
        port = end.port
        if (udp !== undefined) ends.push(await udp(host, port))
        hosts.push(host)
      } catch (error) {
        const isMissingFamily = net.isIPv6(host) && hosts.length > 0 && MISSING_FAMILY.includes(codeOf(error))
        if (!isMissingFamily) throw portError(error, host, port)
        await closeEnds(ends.splice(before))
      }
    }
    return { port, hosts, ends }
  } catch (error) {
    await closeEnds(ends)
    throw error
  }
}

/** Throws AppError if another program has the port: sockets that may share it with others would not notice. */
export async function assertPortIsFree(port: number, hosts: readonly string[]): Promise<void> {
  const { ends } = await openPort(port, hosts, { tcp: listenAlone })
  await closeEnds(ends)
}

async function listenAlone(host: string, port: number): Promise<PortEnd> {
  const server = net.createServer()
  server.listen({ host, port, ipv6Only: true, exclusive: true })
  await once(server, 'listening')
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) }
}

/** Stops receiving. Connections that were accepted are not ended by this. */
export async function closeEnds(ends: readonly PortEnd[]): Promise<void> {
  await Promise.all(ends.map((end) => end.close()))
}

const MISSING_FAMILY: readonly unknown[] = ['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EPROTONOSUPPORT']

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
