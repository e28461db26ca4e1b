// TCP as a Transport. All connections of the process read into one buffer: whoever gets bytes has used them up when
// its handler returns, so a thousand connections cost one buffer and a block's bytes are never allocated.
//
//   kernel --read--> RECEIVE_BUFFER --onBytes(buf, 0, n)--> decoder --copy--> piece slot
import net from 'node:net'
import { type Address, canonicalIp, isIPv6, printAddress } from '../core/address.ts'
import { AppError } from '../core/errors.ts'
import type { ConnectOptions, Listener, Network } from './network.ts'
import type { Transport, TransportHandler } from './transport.ts'

/** One read takes up to 16 blocks. 64 KiB, what Node offers by itself, costs four times as many calls. */
export const RECEIVE_BUFFER = new Uint8Array(256 * 1024)

/** A connected socket, or one that connects, as a Transport: TCP here, TLS in tls.ts. */
export class SocketTransport implements Transport {
  readonly remote: Address
  readonly #socket: net.Socket
  readonly #handler: TransportHandler
  #failure: AppError | undefined
  #isClosed = false

  constructor(socket: net.Socket, remote: Address, handler: (transport: Transport) => TransportHandler) {
    this.#socket = socket
    this.remote = remote
    socket.setNoDelay(true)
    socket.on('drain', () => this.#isClosed || this.#handler.onDrain())
    socket.on('error', (error) => {
      this.#failure = new AppError('network', `the connection to ${printAddress(remote)} failed (${error.message})`, {
        cause: error,
      })
    })
    // The other side said it will send no more: BitTorrent has no use for half a connection.
    socket.on('end', () => socket.destroy())
    socket.on('close', () => {
      this.#isClosed = true
      this.#handler.onClose(this.#failure)
    })
    this.#handler = handler(this)
  }

  connected(): void {
    if (!this.#isClosed) this.#handler.onConnect()
  }

  get local(): Address {
    return { ip: canonicalIp(this.#socket.localAddress ?? '') ?? '0.0.0.0', port: this.#socket.localPort ?? 0 }
  }

  get queuedBytes(): number {
    return this.#socket.writableLength
  }

  /** For `onread`: the buffer holds `n` new bytes. False would pause the socket, which `pause()` does better. */
  received(n: number, buffer = RECEIVE_BUFFER): boolean {
    if (!this.#isClosed) this.#handler.onBytes(buffer, 0, n)
    return true
  }

  send(bytes: Uint8Array, sent?: () => void): boolean {
    if (this.#isClosed) {
      if (sent !== undefined) process.nextTick(sent)
      return true
    }
    // A view, not a copy; Node's own conversion would check more and do the same.
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return this.#socket.write(view, sent)
  }

  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  close(): void {
    this.#isClosed = true
    this.#socket.destroy()
  }
}

/** See `Network.connect`. */
export function connectTcp(
  remote: Address,
  handler: (transport: Transport) => TransportHandler,
  options: ConnectOptions = {},
): Transport {
  let transport: SocketTransport | undefined
  const socket = net.connect({
    host: remote.ip,
    port: remote.port,
    ...(options.from === undefined ? {} : { localAddress: options.from }),
    onread: { buffer: RECEIVE_BUFFER, callback: (n) => transport?.received(n) ?? true },
  })
  const made = new SocketTransport(socket, remote, handler)
  transport = made
  socket.on('connect', () => made.connected())
  return made
}

/** Node keeps the handle of a socket to itself; these are the two uses that `listenTcp` has for it. */
interface SocketWithHandle extends net.Socket {
  _handle: unknown
}

/**
 * `net.createServer` gives sockets that allocate a buffer for every read, and no way to change that. So the plain
 * socket's handle moves into a new socket with `onread`. Nothing documents this; test/io/tcp.test.ts holds it.
 */
function withReceiveBuffer(plain: net.Socket, onread: (n: number) => boolean): net.Socket {
  const handle = (plain as SocketWithHandle)._handle
  ;(plain as SocketWithHandle)._handle = null
  plain.destroy()
  const options = { handle, onread: { buffer: RECEIVE_BUFFER, callback: onread } }
  return new net.Socket(options as net.SocketConstructorOpts)
}

/** See `Network.listen`. */
export async function listenTcp(
  address: Address,
  accept: (transport: Transport) => TransportHandler,
): Promise<Listener> {
  const server = net.createServer({ pauseOnConnect: true }, (plain) => {
    const ip = canonicalIp(plain.remoteAddress ?? '')
    if (ip === undefined) return void plain.destroy() // it closed while it waited
    const remote = { ip, port: plain.remotePort ?? 0 }
    let transport: SocketTransport | undefined
    const socket = withReceiveBuffer(plain, (n) => transport?.received(n) ?? true)
    transport = new SocketTransport(socket, remote, accept)
    socket.resume()
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(address, error)))
    // Without ipv6Only `::` would take the port of IPv4 too, which has a listener of its own.
    server.listen({ host: address.ip, port: address.port, backlog: 511, ipv6Only: isIPv6(address) }, resolve)
  })
  server.on('error', () => {}) // accept() can fail for want of descriptors; the next one may succeed
  const bound = server.address()
  const port = bound !== null && typeof bound === 'object' ? bound.port : address.port
  return {
    address: { ip: address.ip, port },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function listenError(address: Address, error: NodeJS.ErrnoException): AppError {
  const where = printAddress(address)
  if (error.code === 'EADDRINUSE') {
    return new AppError('port-in-use', `${where} is in use by another program; choose another port with --listen`, {
      cause: error,
    })
  }
  if (error.code === 'EACCES') {
    return new AppError('port-in-use', `listening on ${where} is not allowed; choose a port above 1023`, {
      cause: error,
    })
  }
  return new AppError('network', `cannot listen on ${where} (${error.message})`, { cause: error })
}

export const TCP: Network = { listen: listenTcp, connect: connectTcp }
