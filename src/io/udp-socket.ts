// One UDP socket of one address family on a free port. Used by the client of UDP trackers.
import dgram from 'node:dgram'
import { once } from 'node:events'
import { type Address, canonicalIp } from '../core/address.ts'
import { AppError } from '../core/errors.ts'

export class UdpSocket {
  readonly #socket: dgram.Socket
  #closing: Promise<void> | undefined

  private constructor(socket: dgram.Socket) {
    this.#socket = socket
  }

  /** `onDatagram` gets every datagram; the bytes may be kept. Fails with `network` if the machine lacks the family. */
  static async bind(family: 4 | 6, onDatagram: (bytes: Uint8Array, from: Address) => void): Promise<UdpSocket> {
    const socket = dgram.createSocket({ type: family === 4 ? 'udp4' : 'udp6', ipv6Only: family === 6 })
    const wrapped = new UdpSocket(socket)
    try {
      socket.bind(0)
      await once(socket, 'listening')
    } catch (cause) {
      await wrapped.close()
      throw new AppError('network', `no UDP socket for IPv${family} can be opened`, { cause })
    }
    socket.on('message', (bytes, from) => {
      const ip = canonicalIp(from.address)
      if (ip !== undefined && wrapped.#closing === undefined) onDatagram(bytes, { ip, port: from.port })
    })
    // What comes here are ICMP reports of datagrams sent earlier: nobody can tell which, and a time-out tells the same.
    socket.on('error', () => {})
    return wrapped
  }

  get port(): number {
    return this.#socket.address().port
  }

  /** Sends one datagram; `onFailure` hears what the operating system refused at once (no route, too long). */
  send(bytes: Uint8Array, to: Address, onFailure: (error: Error) => void): void {
    if (this.#closing !== undefined) return
    this.#socket.send(bytes, to.port, to.ip, (error) => {
      if (error !== null && this.#closing === undefined) onFailure(error)
    })
  }

  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => this.#socket.close(resolve))
    return this.#closing
  }
}
