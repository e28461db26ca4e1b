// One port for TLS and for plain HTTP: the first byte of a connection says which of the two it is (RFC 8446, section 5.1:
// a TLS connection begins with a handshake record, type 22; no HTTP request does).
import { createServer, type Server, type Socket } from 'node:net'

const TLS_HANDSHAKE = 22

export interface SplitServers {
  readonly tls: Server
  readonly plain: Server
  /** How long a connection may say nothing. */
  readonly firstByteMs: number
}

/** A server that does not listen yet; the other two never do, and get their connections from it. */
export function splitByFirstByte({ tls, plain, firstByteMs }: SplitServers): Server {
  return createServer((socket: Socket) => {
    const drop = (): void => void socket.destroy()
    socket.setTimeout(firstByteMs, drop)
    socket.on('error', drop)
    socket.once('end', drop)
    socket.once('data', (bytes: Buffer) => {
      socket.pause()
      socket.setTimeout(0)
      socket.off('timeout', drop)
      socket.off('error', drop)
      socket.off('end', drop)
      const server = bytes[0] === TLS_HANDSHAKE ? tls : plain
      server.emit('connection', socket)
      socket.unshift(bytes)
      process.nextTick(() => socket.resume())
    })
  })
}
