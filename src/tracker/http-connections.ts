// The HTTP connections of a network thread. Announces and scrapes are answered here; a connection that begins with anything
// else is given, unread, to the thread that has node:http. Bounded: the number of connections, the length of a head, the time
// for one, and how long a connection may idle.
import { monotonicMs } from '../io/clock.ts'
import { type Epoll, MAX_RECEIVED_BYTES } from '../io/epoll.ts'
import type { HttpFrontLimits } from './http-front.ts'
import type { HttpQuickFront } from './http-quick-front.ts'
import type { ThreadDescriptors } from './thread-descriptors.ts'

interface Connection {
  readonly ip: Uint8Array
  /** The beginning of a head, of which more has to come. */
  pending: Uint8Array | undefined
  /** When it was opened, answered, or when its head began. */
  sinceMs: number
  /** Nothing was answered yet: it can still be given away. */
  isNew: boolean
}

/** In a row: others have their turn, too. */
const MAX_ACCEPTED = 64

export class HttpConnections {
  readonly #epoll: Epoll
  readonly #front: HttpQuickFront
  readonly #limits: HttpFrontLimits
  readonly #descriptors: ThreadDescriptors
  /** It stays written down until who is given it takes it over. */
  readonly #giveAway: (fd: number) => void
  /** By descriptor. */
  readonly #open: Map<number, Connection>
  /** Listening sockets that are not listened to until the next sweep. */
  readonly #paused: Set<number>

  constructor(
    epoll: Epoll,
    front: HttpQuickFront,
    limits: HttpFrontLimits,
    descriptors: ThreadDescriptors,
    giveAway: (fd: number) => void,
  ) {
    this.#epoll = epoll
    this.#front = front
    this.#limits = limits
    this.#descriptors = descriptors
    this.#giveAway = giveAway
    this.#open = new Map()
    this.#paused = new Set()
  }

  accept(listening: number): void {
    const accept = (): number => this.#epoll.accept(listening)
    for (let n = 0; n < MAX_ACCEPTED; n++) {
      const fd = this.#descriptors.open(accept)
      if (fd < 0) return this.#pauseIfFull(listening)
      if (this.#open.size >= this.#limits.connections) {
        this.#descriptors.close(fd)
        continue
      }
      const ip = this.#epoll.acceptedIp()
      this.#receive(fd, { ip, pending: undefined, sinceMs: monotonicMs(), isNew: true }, false)
    }
  }

  /** Something came. `hasEnded`: and it was the last. */
  onReady(fd: number, hasEnded: boolean): void {
    const connection = this.#open.get(fd)
    if (connection === undefined) return
    this.#receive(fd, connection, true)
    if (hasEnded && this.#open.has(fd)) this.#close(fd)
  }

  /** Without descriptors the listening socket would wake us without end. */
  #pauseIfFull(listening: number): void {
    if (!this.#epoll.isFull()) return
    this.#epoll.unwatch(listening)
    this.#paused.add(listening)
  }

  /** Ends those that are too slow, or idle. */
  sweep(): void {
    for (const listening of this.#paused) this.#epoll.watch(listening, 'level')
    this.#paused.clear()
    const nowMs = monotonicMs()
    for (const [fd, { sinceMs, pending, isNew }] of this.#open) {
      const isBusy = pending !== undefined || isNew
      if (nowMs - sinceMs > (isBusy ? this.#limits.requestMs : this.#limits.idleMs)) this.#close(fd)
    }
  }

  closeAll(): void {
    for (const fd of this.#open.keys()) this.#close(fd)
  }

  /** Reads what is there, and asks to be told of the rest: epoll tells once of what has come. */
  #receive(fd: number, connection: Connection, isWatched: boolean): void {
    if (connection.isNew) {
      const count = this.#epoll.receive(fd, true)
      const kind = count > 0 ? this.#front.look(this.#epoll.received, 0, count) : 'partial'
      if (kind === 'other') return this.#give(fd)
      if (count === 0 || (kind === 'partial' && count > this.#limits.headerBytes)) return this.#close(fd)
      if (kind === 'partial') return this.#keep(fd, connection, isWatched)
      connection.isNew = false
    }
    const count = this.#epoll.receive(fd)
    if (count < 0) return this.#keep(fd, connection, isWatched)
    if (count === 0 || !this.#answer(fd, connection, this.#joined(connection, count))) return this.#close(fd)
    this.#keep(fd, connection, isWatched)
    // Who sends without end waits for its turn like others.
    if (count === MAX_RECEIVED_BYTES) this.#epoll.rewatch(fd, 'edge')
  }

  /** All whole requests in `bytes`; false: it is over. */
  #answer(fd: number, connection: Connection, bytes: Uint8Array): boolean {
    for (let at = 0; ; ) {
      const kind = at === bytes.length ? 'partial' : this.#front.look(bytes, at, bytes.length)
      if (kind === 'other') return false
      if (kind === 'partial') {
        if (at > 0 || connection.pending === undefined) connection.sinceMs = monotonicMs()
        connection.pending = at < bytes.length ? bytes.slice(at) : undefined
        return bytes.length - at <= this.#limits.headerBytes
      }
      const { isKept, end } = this.#front.head
      const length = this.#front.answer(kind, bytes, connection.ip, this.#epoll.toSend)
      // Who does not read answers of some hundred bytes gets no more.
      const isSent = this.#epoll.send(fd, length, !isKept)
      // Before it is closed, which would drop the answer if something came behind the request that was not read.
      if (!isKept) this.#epoll.endSending(fd)
      if (!isSent || !isKept) return false
      at = end
    }
  }

  #joined(connection: Connection, count: number): Uint8Array {
    const received = this.#epoll.received.subarray(0, count)
    const { pending } = connection
    if (pending === undefined) return received
    const bytes = new Uint8Array(pending.length + count)
    bytes.set(pending)
    bytes.set(received, pending.length)
    return bytes
  }

  #keep(fd: number, connection: Connection, isWatched: boolean): void {
    if (isWatched) return
    this.#open.set(fd, connection)
    this.#epoll.watch(fd, 'edge')
  }

  #give(fd: number): void {
    this.#open.delete(fd)
    this.#epoll.unwatch(fd)
    this.#giveAway(fd)
  }

  #close(fd: number): void {
    this.#open.delete(fd)
    this.#descriptors.close(fd)
  }
}
