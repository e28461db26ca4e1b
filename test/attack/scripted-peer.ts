// A peer that says exactly what a test tells it to, over plain TCP and with framing of its own, so that a mistake in
// src/core/wire cannot hide on both sides.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Address } from '../../src/core/address.ts'
import { until } from '../support/program.ts'

/** Message numbers, from the BEPs. */
export const ID = {
  choke: 0,
  unchoke: 1,
  interested: 2,
  notInterested: 3,
  have: 4,
  bitfield: 5,
  request: 6,
  piece: 7,
  cancel: 8,
  port: 9,
  suggest: 13,
  haveAll: 14,
  haveNone: 15,
  reject: 16,
  allowedFast: 17,
  extended: 20,
} as const

export interface Message {
  readonly id: number
  readonly payload: Buffer
}

export interface PeerOptions {
  readonly infoHash: Uint8Array
  /** What it claims to know: BEP 6 and BEP 10 by default. */
  readonly fast?: boolean
  readonly extended?: boolean
  /** A loopback address of its own, for tests where bans must not hit the neighbours. */
  readonly localAddress?: string
}

export class ScriptedPeer implements Disposable {
  /** Messages that nobody waited for yet; keep-alives are left out. */
  readonly received: Message[]
  /** Called for every message before it is queued; true takes it away. */
  onMessage: (message: Message) => boolean
  /** All bytes received so far. */
  receivedBytes: number
  isClosed: boolean
  readonly #socket: Socket
  #buffer: Buffer
  #hasHandshake: boolean

  constructor(socket: Socket) {
    this.received = []
    this.onMessage = () => false
    this.receivedBytes = 0
    this.isClosed = false
    this.#socket = socket
    this.#buffer = Buffer.alloc(0)
    this.#hasHandshake = false
    socket.on('error', () => {}) // a reset is one of the ways in which we are dropped
    socket.on('close', () => (this.isClosed = true))
    socket.on('end', () => (this.isClosed = true))
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
  }

  /** Connects and does not say anything. */
  static async connect(to: Address, localAddress = '127.0.0.1'): Promise<ScriptedPeer> {
    const socket = connect({ host: to.ip, port: to.port, localAddress })
    const peer = new ScriptedPeer(socket)
    await once(socket, 'connect')
    return peer
  }

  /** Connects and exchanges handshakes. */
  static async dial(to: Address, options: PeerOptions): Promise<ScriptedPeer> {
    const peer = await ScriptedPeer.connect(to, options.localAddress)
    peer.send(handshake(options))
    await until('the other side answers the handshake', () => peer.#hasHandshake, { timeoutMs: 5000, everyMs: 2 })
    return peer
  }

  get hasHandshake(): boolean {
    return this.#hasHandshake
  }

  /** Bytes as they are. */
  send(...parts: readonly Uint8Array[]): void {
    if (!this.#socket.destroyed) this.#socket.write(Buffer.concat(parts))
  }

  /** Stops reading: the other side's bytes pile up. */
  pause(): void {
    this.#socket.pause()
  }

  /** The next message with that id, taken out of `received`. */
  async next(id: number): Promise<Message> {
    return until(
      `a message ${id}`,
      () => {
        const at = this.received.findIndex((message) => message.id === id)
        if (at === -1 && this.isClosed) throw new Error(`closed while waiting for message ${id}`)
        return at === -1 ? undefined : this.received.splice(at, 1)[0]
      },
      { timeoutMs: 10_000, everyMs: 2 },
    )
  }

  /** Resolves when the other side has closed the connection. */
  async dropped(timeoutMs = 5000): Promise<void> {
    await until('being dropped', () => this.isClosed, { timeoutMs, everyMs: 2 })
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #read(chunk: Buffer): void {
    this.receivedBytes += chunk.length
    this.#buffer = Buffer.concat([this.#buffer, chunk])
    if (!this.#hasHandshake) {
      if (this.#buffer.length < 68) return
      this.#hasHandshake = true
      this.#buffer = this.#buffer.subarray(68)
    }
    while (this.#buffer.length >= 4) {
      const length = this.#buffer.readUInt32BE(0)
      if (this.#buffer.length < 4 + length) return
      const body = this.#buffer.subarray(4, 4 + length)
      this.#buffer = this.#buffer.subarray(4 + length)
      if (length === 0) continue
      const message = { id: body.readUInt8(0), payload: body.subarray(1) }
      if (!this.onMessage(message)) this.received.push(message)
    }
  }
}

/** A peer that is dialled by the engine: `onPeer` gets every connection after its handshake was answered. */
export async function listenScripted(
  options: PeerOptions,
  onPeer: (peer: ScriptedPeer) => void,
): Promise<{ readonly address: Address; readonly server: Server } & Disposable> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    const peer = new ScriptedPeer(socket)
    peer.send(handshake(options))
    onPeer(peer)
  })
  const ip = options.localAddress ?? '127.0.0.1'
  await once(server.listen(0, ip), 'listening')
  const bound = server.address()
  if (bound === null || typeof bound === 'string') throw new Error('no port')
  return {
    address: { ip, port: bound.port },
    server,
    [Symbol.dispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

export function handshake({ infoHash, fast = true, extended = true }: PeerOptions): Buffer {
  const reserved = Buffer.from([0, 0, 0, 0, 0, extended ? 0x10 : 0, 0, fast ? 0x04 : 0])
  const peerId = Buffer.concat([Buffer.from('-XX0001-'), randomBytes(12)])
  return Buffer.concat([Buffer.from('\x13BitTorrent protocol'), reserved, infoHash, peerId])
}

/** One message: length, id, big-endian numbers, rest. */
export function message(id: number, numbers: readonly number[] = [], rest: Uint8Array = new Uint8Array()): Buffer {
  return Buffer.concat([u32(1 + numbers.length * 4 + rest.length), Buffer.of(id), ...numbers.map(u32), rest])
}

export function u32(n: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(n)
  return bytes
}
