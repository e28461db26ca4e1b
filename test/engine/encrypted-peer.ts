// A peer that dials with protocol encryption, by hand: it says what a test tells it to and keeps what it hears.
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Address } from '../../src/core/address.ts'
import { type MseAgreement, type MseDial, MseHandshake } from '../../src/core/wire/mse.ts'
import { nodeMseCrypto } from '../../src/io/mse-crypto.ts'
import { until } from '../support/program.ts'

export class EncryptedPeer implements Disposable {
  /** What came after the exchange, decrypted. */
  heard: Buffer
  /** Everything that came. */
  receivedBytes: number
  isClosed: boolean
  readonly #socket: Socket
  readonly #exchange: MseHandshake

  private constructor(socket: Socket, options: MseDial) {
    this.heard = Buffer.alloc(0)
    this.receivedBytes = 0
    this.isClosed = false
    this.#socket = socket
    this.#exchange = MseHandshake.dial(nodeMseCrypto, (bytes) => void socket.write(bytes), options)
    socket.on('error', () => {}) // a reset is one of the ways in which we are dropped
    socket.on('close', () => (this.isClosed = true))
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
  }

  static async dial(to: Address, options: MseDial): Promise<EncryptedPeer> {
    const socket = connect({ host: to.ip, port: to.port })
    await once(socket, 'connect')
    return new EncryptedPeer(socket, options)
  }

  get agreement(): MseAgreement | undefined {
    const { outcome } = this.#exchange
    return typeof outcome === 'object' ? outcome : undefined
  }

  async hears(bytes: number): Promise<Buffer> {
    const enough = (): boolean => this.heard.length >= bytes
    await until(`${bytes} bytes come`, enough, { timeoutMs: 5000, everyMs: 2 })
    return this.heard
  }

  async dropped(): Promise<void> {
    await until('being dropped', () => this.isClosed, { timeoutMs: 5000, everyMs: 2 })
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    this.receivedBytes += chunk.length
    const rest = chunk.subarray(this.#exchange.push(chunk, 0, chunk.length))
    this.agreement?.ciphers?.incoming.apply(rest, 0, rest.length)
    this.heard = Buffer.concat([this.heard, rest])
  }
}
