// Datagrams of a tracker through node:dgram, which is everywhere. network-thread.ts is quicker where it can be.
import dgram from 'node:dgram'
import { once } from 'node:events'
import net from 'node:net'
import { sourceIp } from './logic.ts'
import type { PortEnd } from './ports.ts'
import { MAX_UDP_ANSWER_BYTES, type UdpFront } from './udp-front.ts'

/** For bursts; the system may give less. */
const BUFFER_BYTES = 4 * 1024 * 1024
/**
 * Answers are cut from slabs: the system may still hold one when the next is written. Small enough to be full before V8 takes
 * them for something that stays, which it seldom collects: with 64 KiB that was 25 MB after a million announces.
 */
const SLAB_BYTES = 16 * 1024

export class UdpSocketEnd implements PortEnd {
  readonly #socket: dgram.Socket
  readonly #isIPv6: boolean
  readonly #front: UdpFront
  #slab: Uint8Array
  #slabUsed: number

  private constructor(socket: dgram.Socket, isIPv6: boolean, front: UdpFront) {
    this.#socket = socket
    this.#isIPv6 = isIPv6
    this.#front = front
    this.#slab = new Uint8Array(SLAB_BYTES)
    this.#slabUsed = 0
    socket.on('message', (datagram, from) => this.#receive(datagram, from))
    socket.on('error', () => {}) // reports of answers that did not arrive
  }

  static async bind(host: string, port: number, isShared: boolean, front: UdpFront): Promise<UdpSocketEnd> {
    const isIPv6 = net.isIPv6(host)
    const socket = dgram.createSocket({
      type: isIPv6 ? 'udp6' : 'udp4',
      ipv6Only: isIPv6,
      reusePort: isShared,
      recvBufferSize: BUFFER_BYTES,
      // Addresses are never names here; without this every answer would go through the resolver.
      lookup: (address, _options, found) => found(null, address, isIPv6 ? 6 : 4),
    })
    try {
      const listening = once(socket, 'listening') // before `bind`, which with this `lookup` is done when it returns
      socket.bind({ address: host, port })
      await listening
    } catch (error) {
      socket.close()
      throw error
    }
    return new UdpSocketEnd(socket, isIPv6, front)
  }

  get port(): number {
    return this.#socket.address().port
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(resolve))
  }

  #receive(datagram: Uint8Array, from: dgram.RemoteInfo): void {
    const ip = sourceIp(from.address)
    // Port 0 can be forged but not sent to: Node throws.
    if (ip === undefined || from.port === 0 || (ip.length === 16) !== this.#isIPv6) return
    if (this.#slabUsed + MAX_UDP_ANSWER_BYTES > SLAB_BYTES) {
      this.#slab = new Uint8Array(SLAB_BYTES)
      this.#slabUsed = 0
    }
    const out = this.#slab.subarray(this.#slabUsed)
    const length = this.#front.receive(datagram, datagram.length, ip, out, (answer) => this.#send(answer, from))
    if (length === 0) return
    this.#slabUsed += length
    this.#send(out.subarray(0, length), from)
  }

  #send(answer: Uint8Array, to: dgram.RemoteInfo): void {
    try {
      this.#socket.send(answer, to.port, to.address) // without a callback: it would be an object for every answer
    } catch {
      // The tracker was closed meanwhile. Clients ask again for answers that are lost.
    }
  }
}
