// Datagrams to everybody in the local network, and from them (IPv4). Every interface has its own socket to send from: the
// system would choose one of them for all.
import dgram from 'node:dgram'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { canonicalIp } from '../core/address.ts'
import { AppError } from '../core/errors.ts'

export interface MulticastOptions {
  readonly group: string
  readonly port: number
  /** Addresses of interfaces; default: all that lead somewhere. */
  readonly interfaces?: readonly string[]
}

/** The IPv4 addresses of this machine, without loopback. */
export function localAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  return all.flatMap(({ family, internal, address }) => (family === 'IPv4' && !internal ? [address] : []))
}

export class Multicast {
  readonly #options: MulticastOptions
  readonly #receiver: dgram.Socket
  readonly #senders: dgram.Socket[] = []

  private constructor(options: MulticastOptions) {
    this.#options = options
    this.#receiver = dgram.createSocket({ type: 'udp4', reuseAddr: true })
  }

  /** `onDatagram` gets what comes, our own words too. Throws AppError 'network'. */
  static async open(
    options: MulticastOptions,
    onDatagram: (bytes: Uint8Array, ip: string) => void,
  ): Promise<Multicast> {
    const multicast = new Multicast(options)
    try {
      await multicast.#open(onDatagram)
      return multicast
    } catch (cause) {
      await multicast.close()
      throw new AppError('network', `others nearby cannot be found (${String(cause)})`, { cause })
    }
  }

  /** The port that it really listens on. */
  get port(): number {
    return this.#receiver.address().port
  }

  async #open(onDatagram: (bytes: Uint8Array, ip: string) => void): Promise<void> {
    const { group, port } = this.#options
    this.#receiver.on('error', () => {}) // an interface went: the others stay
    this.#receiver.bind(port)
    await once(this.#receiver, 'listening')
    this.#receiver.on('message', (bytes, from) => onDatagram(bytes, canonicalIp(from.address) ?? ''))
    for (const ip of this.#options.interfaces ?? localAddresses()) {
      try {
        this.#receiver.addMembership(group, ip)
        this.#senders.push(await openSender(ip))
      } catch {
        // An interface without multicast, such as some tunnels.
      }
    }
  }

  /** From every interface. What cannot be sent is lost: datagrams may be. */
  send(bytes: Uint8Array, port: number = this.#options.port): void {
    for (const sender of this.#senders) sender.send(bytes, port, this.#options.group, () => {})
  }

  async close(): Promise<void> {
    const sockets = [this.#receiver, ...this.#senders]
    await Promise.all(sockets.map((socket) => new Promise<void>((resolve) => socket.close(resolve))))
  }
}

async function openSender(ip: string): Promise<dgram.Socket> {
  const socket = dgram.createSocket('udp4')
  socket.on('error', () => {})
  socket.bind(0, ip)
  await once(socket, 'listening')
  socket.setMulticastInterface(ip)
  socket.setMulticastTTL(1)
  return socket
}
