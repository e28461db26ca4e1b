// Hosts that are joined by lines of a given speed and latency, in virtual time. A host sends what its connections have
// to send in turns, a block's worth at a time, as fast as its uplink goes; what arrives passes its downlink in order.
import type { Address } from '../../src/core/address.ts'
import { AppError } from '../../src/core/errors.ts'
import type { ConnectOptions, Listener, Network } from '../../src/io/network.ts'
import type { Transport, TransportHandler } from '../../src/io/transport.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What one connection sends before the next one has its turn: a block and its header. */
const TURN_BYTES = 16_397
/** As Node's sockets have it: more than this waiting, and `send` asks to wait for `onDrain`. */
const HIGH_WATER_BYTES = 65_536

type Accept = (transport: Transport) => TransportHandler
type MakeHandler = (transport: Transport) => TransportHandler

export class SimNetwork {
  readonly time: VirtualTime
  readonly hosts = new Map<string, SimHost>()
  readonly latencyMs: (from: string, to: string) => number

  constructor(time: VirtualTime, latencyMs: (from: string, to: string) => number) {
    this.time = time
    this.latencyMs = latencyMs
  }

  /** Rates in bytes per second. */
  host(ip: string, upload: number, download: number): SimHost {
    const host = new SimHost(this, ip, upload / 1000, download / 1000)
    this.hosts.set(ip, host)
    return host
  }
}

export class SimHost implements Network {
  readonly network: SimNetwork
  readonly ip: string
  sentBytes = 0
  readonly #uploadPerMs: number
  readonly #downloadPerMs: number
  readonly #accepts = new Map<number, Accept>()
  /** Connections that have something to send; the first one is next. */
  readonly #sending: SimTransport[] = []
  #isSending = false
  #downlinkFreeAt = 0
  #lastPort = 49_151

  constructor(network: SimNetwork, ip: string, uploadPerMs: number, downloadPerMs: number) {
    this.network = network
    this.ip = ip
    this.#uploadPerMs = uploadPerMs
    this.#downloadPerMs = downloadPerMs
  }

  listen(address: Address, accept: Accept): Promise<Listener> {
    this.#accepts.set(address.port, accept)
    const close = (): Promise<void> => {
      this.#accepts.delete(address.port)
      return Promise.resolve()
    }
    return Promise.resolve({ address, close })
  }

  connect(remote: Address, handler: MakeHandler, _options?: ConnectOptions): Transport {
    const local = { ip: this.ip, port: ++this.#lastPort }
    const near = new SimTransport(this, local, remote, handler)
    const latencyMs = this.network.latencyMs(this.ip, remote.ip)
    this.network.time.plan(latencyMs, () => {
      const other = this.network.hosts.get(remote.ip)
      const accept = other?.accepting(remote.port)
      if (near.isClosed) return
      if (other === undefined || accept === undefined) {
        near.end(new AppError('network', 'nobody listens there'))
        return
      }
      const far = new SimTransport(other, remote, local, accept)
      near.join(far, latencyMs)
      far.join(near, latencyMs)
      this.network.time.plan(latencyMs, () => near.connected())
    })
    return near
  }

  accepting(port: number): Accept | undefined {
    return this.#accepts.get(port)
  }

  /** The connection has something to send. */
  enqueue(transport: SimTransport): void {
    this.#sending.push(transport)
    if (!this.#isSending) this.#sendNext()
  }

  #sendNext(): void {
    const transport = this.#sending.shift()
    this.#isSending = transport !== undefined
    if (transport === undefined) return
    const parts = transport.take(TURN_BYTES)
    const bytes = parts.reduce((sum, part) => sum + part.length, 0)
    this.sentBytes += bytes
    this.network.time.plan(bytes / this.#uploadPerMs, () => {
      if (transport.queuedBytes > 0) this.#sending.push(transport)
      transport.travel(parts, bytes)
      this.#sendNext()
    })
  }

  /** When what arrives now has come through the downlink. */
  pass(bytes: number): number {
    this.#downlinkFreeAt = Math.max(this.#downlinkFreeAt, this.network.time.now) + bytes / this.#downloadPerMs
    return this.#downlinkFreeAt - this.network.time.now
  }
}

class SimTransport implements Transport {
  readonly local: Address
  readonly remote: Address
  readonly #host: SimHost
  readonly #handler: TransportHandler
  readonly #queue: { bytes: Uint8Array; sent: (() => void) | undefined }[] = []
  /** What came while paused. */
  readonly #inbox: Uint8Array[] = []
  #other: SimTransport | undefined
  #latencyMs = 0
  #queuedBytes = 0
  #isQueued = false
  #isFull = false
  #isPaused = false
  #isClosed = false
  #hasEnded = false

  constructor(host: SimHost, local: Address, remote: Address, handler: MakeHandler) {
    this.#host = host
    this.local = local
    this.remote = remote
    this.#handler = handler(this)
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  join(other: SimTransport, latencyMs: number): void {
    this.#other = other
    this.#latencyMs = latencyMs
    this.#wake()
  }

  connected(): void {
    if (!this.#isClosed) this.#handler.onConnect()
  }

  send(bytes: Uint8Array, sent?: () => void): boolean {
    if (this.#isClosed) {
      if (sent !== undefined) queueMicrotask(sent)
      return true
    }
    this.#queue.push({ bytes, sent })
    this.#queuedBytes += bytes.length
    this.#isFull ||= this.#queuedBytes >= HIGH_WATER_BYTES
    this.#wake()
    return !this.#isFull
  }

  #wake(): void {
    if (this.#isQueued || this.#other === undefined || this.#queuedBytes === 0) return
    this.#isQueued = true
    this.#host.enqueue(this)
  }

  /** Copies of what leaves now, up to `limit` bytes; who lent it gets it back. */
  take(limit: number): Uint8Array[] {
    const parts: Uint8Array[] = []
    for (let room = limit; room > 0; ) {
      const first = this.#queue[0]
      if (first === undefined) break
      const part = first.bytes.slice(0, room)
      parts.push(part)
      room -= part.length
      this.#queuedBytes -= part.length
      if (part.length < first.bytes.length) first.bytes = first.bytes.subarray(part.length)
      else {
        this.#queue.shift()
        first.sent?.()
      }
    }
    return parts
  }

  /** What was taken has left this host. */
  travel(parts: readonly Uint8Array[], bytes: number): void {
    const other = this.#other
    this.#isQueued = this.#queuedBytes > 0
    const { time } = this.#host.network
    time.plan(this.#latencyMs, () => {
      if (other === undefined || other.#isClosed) return
      time.plan(other.#host.pass(bytes), () => other.#arrive(parts))
    })
    if (this.#queuedBytes > 0 || !this.#isFull) return
    this.#isFull = false
    if (!this.#isClosed) this.#handler.onDrain()
  }

  #arrive(parts: readonly Uint8Array[]): void {
    if (this.#isPaused) this.#inbox.push(...parts)
    else for (const part of parts) if (!this.#isClosed) this.#handler.onBytes(part, 0, part.length)
  }

  cork(): void {}
  uncork(): void {}

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#host.network.time.plan(0, () => this.#isPaused || this.#arrive(this.#inbox.splice(0)))
  }

  close(): void {
    if (this.#isClosed) return
    const other = this.#other
    this.#host.network.time.plan(0, () => this.end(undefined))
    if (other !== undefined) this.#host.network.time.plan(this.#latencyMs, () => other.end(undefined))
    this.#isClosed = true
  }

  /** The connection is over, whoever ended it. */
  end(error: AppError | undefined): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#isClosed = true
    this.#queuedBytes = 0
    for (const { sent } of this.#queue.splice(0)) sent?.()
    this.#handler.onClose(error)
  }
}
