// The peer wire inside TLS 1.2 or newer (ALPN `shoal-bt/1`), for swarms of people who know each other's certificates. It
// opens no port of its own: the server for people hands over the connections that ask for it.
import { createHash } from 'node:crypto'
import type { OnReadOpts } from 'node:net'
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { type Address, canonicalIp, printAddress } from '../core/address.ts'
import type { Listener, Network } from './network.ts'
import { RECEIVE_BUFFER, SocketTransport } from './tcp.ts'
import type { Transport, TransportHandler } from './transport.ts'

export const PEER_PROTOCOL = 'shoal-bt/1'

export interface TlsNetworkOptions {
  /** PEM. */
  readonly key: string
  readonly cert: string
  /** Whose certificate must be shown at this address (SHA-256, upper-case hex); `undefined`: nobody is dialled there. */
  readonly fingerprintAt: (remote: Address) => string | undefined
  /** May the owner of this certificate connect to us? */
  readonly isWelcome: (fingerprint: string) => boolean
}

export class TlsNetwork implements Network {
  readonly #options: TlsNetworkOptions
  #accept: ((transport: Transport) => TransportHandler) | undefined

  constructor(options: TlsNetworkOptions) {
    this.#options = options
  }

  /** `address` is where the server for people listens. */
  listen(address: Address, accept: (transport: Transport) => TransportHandler): Promise<Listener> {
    this.#accept = accept
    const close = (): Promise<void> => {
      this.#accept = undefined
      return Promise.resolve()
    }
    return Promise.resolve({ address, close })
  }

  /** A connection that asked for the peer wire: its handshake is through. */
  adopt(socket: TLSSocket): void {
    const ip = canonicalIp(socket.remoteAddress ?? '')
    const fingerprint = fingerprintOfPeer(socket)
    socket.on('error', () => {}) // also before it has a transport
    if (ip === undefined || fingerprint === undefined || this.#accept === undefined) return void socket.destroy()
    if (!this.#options.isWelcome(fingerprint)) return void socket.destroy()
    const transport = new SocketTransport(socket, { ip, port: socket.remotePort ?? 0 }, this.#accept)
    readInto(socket, transport)
  }

  connect(remote: Address, handler: (transport: Transport) => TransportHandler): Transport {
    const { key, cert, fingerprintAt } = this.#options
    const expected = fingerprintAt(remote)
    let transport: SocketTransport | undefined
    const options: ConnectionOptions & { readonly onread: OnReadOpts } = {
      host: remote.ip,
      port: remote.port,
      // As for TCP; without it half of a receiver's time went into buffers of 16 KiB and their collection.
      onread: { buffer: RECEIVE_BUFFER, callback: (n) => transport?.received(n) ?? true },
      key,
      cert,
      ALPNProtocols: [PEER_PROTOCOL],
      rejectUnauthorized: false, // nobody vouches for certificates: the fingerprint is looked at
      minVersion: 'TLSv1.2',
    }
    const socket = connect(options)
    const made = new SocketTransport(socket, remote, handler)
    transport = made
    socket.on('secureConnect', () => {
      const isExpected = expected !== undefined && fingerprintOfPeer(socket) === expected
      if (!isExpected || socket.alpnProtocol !== PEER_PROTOCOL) {
        return void socket.destroy(new Error(`${printAddress(remote)} is somebody else`))
      }
      made.connected()
    })
    return made
  }
}

/** Accepted TLS sockets give a new buffer for every read: Node has no `onread` for them. A view without Buffer's `slice`, which would not copy. */
function readInto(socket: TLSSocket, transport: SocketTransport): void {
  socket.on('data', (chunk: Buffer) => {
    transport.received(chunk.length, new Uint8Array(chunk.buffer as ArrayBuffer, chunk.byteOffset, chunk.length))
  })
}

/** SHA-256 of the certificate that the other side showed, in upper-case hex. */
export function fingerprintOfPeer(socket: TLSSocket): string | undefined {
  const der = socket.getPeerX509Certificate()?.raw
  return der === undefined ? undefined : createHash('sha256').update(der).digest('hex').toUpperCase()
}
