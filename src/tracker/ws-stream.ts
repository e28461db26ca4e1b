// What carries the bytes of a WebSocket (ws-socket.ts): a stream of Node's here, a descriptor in ws-connections.ts.
import type { Duplex } from 'node:stream'

export interface WsStreamEvents {
  /** The bytes stay as they are until the outbox was flushed. */
  readonly data: (bytes: Uint8Array) => void
  /** The other side sends nothing more. */
  readonly end: () => void
  /** Once, whatever ended it; the last. */
  readonly closed: () => void
}

export interface WsStream {
  /** Bytes that the system has not taken. */
  readonly unsent: number
  /** No event comes before. */
  start(events: WsStreamEvents): void
  /** Memory for what `write` sends next. */
  room(bytes: number): Buffer
  /** Sends the first `bytes` of that memory. */
  write(bytes: number): void
  /** Sends nothing behind what was written; closed when the other side has done so, too. */
  end(): void
  /** Closed, now or soon. */
  destroy(): void
}

export class NodeStream implements WsStream {
  readonly #stream: Duplex
  #room = Buffer.alloc(0)

  constructor(stream: Duplex) {
    this.#stream = stream
  }

  get unsent(): number {
    return this.#stream.writableLength
  }

  start({ data, end, closed }: WsStreamEvents): void {
    this.#stream.on('error', () => this.#stream.destroy())
    this.#stream.on('end', end)
    this.#stream.once('close', closed)
    this.#stream.on('data', data)
  }

  room(bytes: number): Buffer {
    this.#room = Buffer.allocUnsafe(bytes)
    return this.#room
  }

  write(bytes: number): void {
    this.#stream.write(this.#room.subarray(0, bytes))
  }

  end(): void {
    this.#stream.end()
  }

  destroy(): void {
    this.#stream.destroy()
  }
}
