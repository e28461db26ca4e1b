// The WebSockets of a network thread: read and written through its epoll, with no object of Node's for any of them.
//
//   memory   | received: messages of all sockets, one behind the other, until all was sent | what one socket is sent |
//
// Texts that are passed on are parts of what was received, so that place begins anew only when they are sent.
import type { Epoll } from '../io/epoll.ts'
import { libc } from '../io/libc.ts'
import { UnsentBytes } from './unsent-bytes.ts'
import type { WsStream, WsStreamEvents } from './ws-stream.ts'
import { Outbox } from './ws-socket.ts'

/** Of one socket in a row; others have their turn, too. */
const MAX_RECEIVED_BYTES = 64 * 1024
const ARENA_BYTES = 512 * 1024
/** Ten offers of 16 KiB for one socket; what is longer is copied first. */
const MAX_SENT_BYTES = 256 * 1024
const MAX_PIECE_BYTES = 64 * 1024

export class WsConnections {
  /** Flushed by `flush`. */
  readonly outbox: Outbox = new Outbox(() => {})
  readonly #epoll: Epoll
  readonly #memory: { readonly address: bigint; readonly bytes: ArrayBuffer } = libc().allocate(
    ARENA_BYTES + MAX_SENT_BYTES,
  )
  readonly #arena: Uint8Array = new Uint8Array(this.#memory.bytes, 0, ARENA_BYTES)
  /** How much of it is in use. */
  #arenaEnd = 0
  readonly #toSend: SendMemory
  /** By descriptor. */
  readonly #open = new Map<number, DescriptorStream>()
  /** Closed when no event that is still to be looked at can mean their numbers. */
  readonly #ended: number[] = []
  readonly #close: (fd: number) => void

  /** `close` is called for each descriptor that was opened here. */
  constructor(epoll: Epoll, close: (fd: number) => void) {
    this.#epoll = epoll
    this.#close = close
    const bytes = Buffer.from(this.#memory.bytes, ARENA_BYTES, MAX_SENT_BYTES)
    const address = this.#memory.address + BigInt(ARENA_BYTES)
    this.#toSend = { bytes, piece: bytes.subarray(0, MAX_PIECE_BYTES), address }
  }

  open(fd: number): WsStream {
    const stream = new DescriptorStream(fd, this.#epoll, this.#toSend, () => {
      this.#open.delete(fd)
      this.#ended.push(fd)
    })
    this.#open.set(fd, stream)
    return stream
  }

  /** False: it is none of these. */
  onReady(fd: number, hasEnded: boolean, canSend: boolean): boolean {
    const stream = this.#open.get(fd)
    if (stream === undefined) return false
    if (canSend) stream.sendRest()
    this.#read(stream, hasEnded)
    return true
  }

  /** Sends what waits, and closes what has ended. After all events of one wait. */
  flush(): void {
    this.outbox.flush()
    this.#arenaEnd = 0
    for (const fd of this.#ended) this.#close(fd)
    this.#ended.length = 0
  }

  /** All must have been destroyed; then its memory must not be used any more. */
  close(): void {
    this.flush()
    libc().free(this.#memory.address)
  }

  #read(stream: DescriptorStream, hasEnded: boolean): void {
    if (ARENA_BYTES - this.#arenaEnd < MAX_RECEIVED_BYTES) {
      this.outbox.flush()
      this.#arenaEnd = 0
    }
    const start = this.#arenaEnd
    const count = stream.receive(this.#memory.address + BigInt(start), MAX_RECEIVED_BYTES)
    if (count > 0) {
      this.#arenaEnd += count
      stream.onData(this.#arena.subarray(start, start + count))
    }
    // Who sends without end waits for its turn like others.
    if (count === MAX_RECEIVED_BYTES) stream.receiveLater()
    else if (count === 0 || hasEnded) stream.onEnd()
  }
}

interface SendMemory {
  readonly bytes: Buffer
  /** As much of it as a socket may take at once that has not taken everything. */
  readonly piece: Uint8Array
  readonly address: bigint
}

const NOTHING: Buffer = Buffer.alloc(0)

class DescriptorStream implements WsStream {
  readonly #fd: number
  readonly #epoll: Epoll
  readonly #memory: SendMemory
  readonly #destroyed: () => void
  #events: WsStreamEvents | undefined
  #room = NOTHING
  /** What the system did not take. Bounded by those who look at `unsent`. */
  readonly #rest = new UnsentBytes()
  #state: 'open' | 'ending' | 'ended' | 'destroyed' = 'open'
  #hasPeerEnded = false

  constructor(fd: number, epoll: Epoll, memory: SendMemory, destroyed: () => void) {
    this.#fd = fd
    this.#epoll = epoll
    this.#memory = memory
    this.#destroyed = destroyed
  }

  get unsent(): number {
    return this.#rest.length
  }

  start(events: WsStreamEvents): void {
    this.#events = events
    this.#epoll.watch(this.#fd, 'stream')
  }

  room(bytes: number): Buffer {
    this.#room = bytes <= this.#memory.bytes.length ? this.#memory.bytes : Buffer.allocUnsafe(bytes)
    return this.#room
  }

  write(bytes: number): void {
    if (this.#state !== 'open') return
    const isFirst = this.#rest.length === 0
    const isLong = this.#room !== this.#memory.bytes
    const taken = isFirst && !isLong ? this.#send(bytes) : 0
    if (taken < 0 || taken === bytes) return
    this.#rest.add(this.#room.subarray(taken, bytes))
    this.#room = NOTHING
    if (isFirst && isLong) this.sendRest()
  }

  end(): void {
    if (this.#state !== 'open') return
    this.#state = 'ending'
    this.#endIfSent()
  }

  destroy(): void {
    if (this.#state === 'destroyed') return
    this.#state = 'destroyed'
    this.#rest.clear()
    this.#destroyed()
    this.#events?.closed()
  }

  /** As much of what waits as there is room for. */
  sendRest(): void {
    while (this.#rest.length > 0) {
      const count = this.#rest.copyTo(this.#memory.piece)
      const taken = this.#send(count)
      if (taken < 0) return
      this.#rest.dropFirst(taken)
      if (taken < count) return
    }
    this.#endIfSent()
  }

  /** See `Epoll.receive`. */
  receive(address: bigint, mostBytes: number): number {
    return this.#state === 'destroyed' ? -1 : this.#epoll.receiveInto(this.#fd, address, mostBytes)
  }

  receiveLater(): void {
    if (this.#state !== 'destroyed') this.#epoll.rewatch(this.#fd, 'stream')
  }

  onData(bytes: Uint8Array): void {
    this.#events?.data(bytes)
  }

  onEnd(): void {
    if (this.#hasPeerEnded || this.#state === 'destroyed') return
    this.#hasPeerEnded = true
    this.#events?.end()
    if (this.#state === 'ended') this.destroy()
  }

  /** How many bytes of the memory were taken; below zero: it is gone. */
  #send(bytes: number): number {
    const taken = this.#epoll.sendFrom(this.#fd, this.#memory.address, bytes)
    if (taken < 0) this.destroy()
    return taken
  }

  #endIfSent(): void {
    if (this.#state !== 'ending' || this.#rest.length > 0) return
    this.#state = 'ended'
    this.#epoll.endSending(this.#fd)
    if (this.#hasPeerEnded) this.destroy()
  }
}
