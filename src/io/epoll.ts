// Waits for many sockets at once, and reads and writes them, without an object for any: epoll of Linux. Blocks its thread
// while it waits.
//
//   memory   | event to set | events | name | its length | bytes in | bytes out |
import { libc, type Libc, SOCKET_FLAGS } from './libc.ts'

/** Of one wait. */
const MAX_EVENTS = 256
const [EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD] = [1, 2, 3]
const [EPOLLIN, EPOLLOUT, EPOLLERR, EPOLLHUP, EPOLLRDHUP, EPOLLET] = [1, 4, 8, 0x10, 0x2000, 0x8000_0000]
const EDGE_EVENTS = EPOLLIN | EPOLLRDHUP | EPOLLET
/** Who is always told that there is room again need not ask: it is told only after something was not taken. */
const EVENTS_OF = { level: EPOLLIN, edge: EDGE_EVENTS, stream: EDGE_EVENTS | EPOLLOUT }
const SHUT_WR = 1
const [MSG_PEEK, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_MORE] = [2, 0x40, 0x4000, 0x8000]
const [EAGAIN, ENFILE, EMFILE] = [11, 23, 24]
/** struct epoll_event is packed on x86-64 only. */
const [EVENT_BYTES, DATA_AT] = process.arch === 'x64' ? [12, 4] : [16, 8]
const EVENTS = 16
const NAME = EVENTS + MAX_EVENTS * 16
const NAME_LENGTH = NAME + 32
const BYTES_IN = NAME_LENGTH + 16
/** A request with the longest head is shorter. */
export const MAX_RECEIVED_BYTES = 32 * 1024
const BYTES_OUT = BYTES_IN + MAX_RECEIVED_BYTES
const MAX_SENT_BYTES = 16 * 1024
const MEMORY_BYTES = BYTES_OUT + MAX_SENT_BYTES

/**
 *   level    as long as there is something to read
 *   edge     when more has come
 *   stream   the same, and when there is room for what a `sendFrom` left
 */
export type Watch = keyof typeof EVENTS_OF

export class Epoll {
  /** What `receive` got. */
  readonly received: Uint8Array
  /** What `send` sends. */
  readonly toSend: Uint8Array
  readonly #libc: Libc
  /** Its own descriptor. */
  readonly fd: number
  readonly #address: bigint
  readonly #view: DataView
  readonly #name: Uint8Array

  /** `loadLibc` has been true in this thread. */
  constructor() {
    this.#libc = libc()
    this.fd = this.#libc.epoll_create1(0o2000000)
    if (this.fd < 0) throw new Error(`epoll_create1 failed: ${this.#libc.errorCode()}`)
    const { address, bytes } = this.#libc.allocate(MEMORY_BYTES)
    this.#address = address
    this.#view = new DataView(bytes)
    this.#name = new Uint8Array(bytes, NAME, 28)
    this.received = new Uint8Array(bytes, BYTES_IN, MAX_RECEIVED_BYTES)
    this.toSend = new Uint8Array(bytes, BYTES_OUT, MAX_SENT_BYTES)
  }

  /** From now on `wait` tells of it. Closing the socket ends that. */
  watch(fd: number, kind: Watch): void {
    this.#control(EPOLL_CTL_ADD, fd, EVENTS_OF[kind])
  }

  /** Tells again of what is there, as if it had come now. */
  rewatch(fd: number, kind: 'edge' | 'stream'): void {
    this.#control(EPOLL_CTL_MOD, fd, EVENTS_OF[kind])
  }

  unwatch(fd: number): void {
    this.#control(EPOLL_CTL_DEL, fd, 0)
  }

  /** How many sockets are ready. */
  wait(ms: number): number {
    return Math.max(0, this.#libc.epoll_wait(this.fd, this.#address + BigInt(EVENTS), MAX_EVENTS, ms))
  }

  ready(n: number): number {
    return this.#view.getUint32(EVENTS + n * EVENT_BYTES + DATA_AT, true)
  }

  /** The other side of that socket will send nothing more. */
  hasEnded(n: number): boolean {
    return (this.#view.getUint32(EVENTS + n * EVENT_BYTES, true) & (EPOLLRDHUP | EPOLLHUP)) !== 0
  }

  /** There may be room for more, or it is broken and the next `sendFrom` tells. */
  canSend(n: number): boolean {
    return (this.#view.getUint32(EVENTS + n * EVENT_BYTES, true) & (EPOLLOUT | EPOLLERR | EPOLLHUP)) !== 0
  }

  /** A new connection of a listening socket, or -1: there is none now. */
  accept(listening: number): number {
    this.#view.setUint32(NAME_LENGTH, 28, true)
    const name = this.#address + BigInt(NAME)
    return this.#libc.accept4(listening, name, this.#address + BigInt(NAME_LENGTH), SOCKET_FLAGS)
  }

  /** Whether the last `accept` found a connection and no descriptor for it. */
  isFull(): boolean {
    const errno = this.#libc.errno()
    return errno === EMFILE || errno === ENFILE
  }

  /** Where the last accepted connection came from. */
  acceptedIp(): Uint8Array {
    return this.#view.getUint16(NAME, true) === 2 ? this.#name.slice(4, 8) : this.#name.slice(8, 24)
  }

  /** How many bytes are in `received` now; 0: it has ended; -1: nothing now. A look leaves them to be received again. */
  receive(fd: number, isLook = false): number {
    const flags = isLook ? MSG_DONTWAIT | MSG_PEEK : MSG_DONTWAIT
    return this.#receive(fd, this.#address + BigInt(BYTES_IN), MAX_RECEIVED_BYTES, flags)
  }

  /** The same into memory of the caller's own. */
  receiveInto(fd: number, address: bigint, mostBytes: number): number {
    return this.#receive(fd, address, mostBytes, MSG_DONTWAIT)
  }

  #receive(fd: number, address: bigint, mostBytes: number, flags: number): number {
    const count = this.#libc.recv(fd, address, mostBytes, flags)
    return count >= 0 ? count : this.#libc.errno() === EAGAIN ? -1 : 0
  }

  /**
   * The first `length` bytes of `toSend`; false: it could not take them all. `isLast`: `endSending` comes next, and the end leaves
   * in the same packet.
   */
  send(fd: number, length: number, isLast = false): boolean {
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL | (isLast ? MSG_MORE : 0)
    return this.#libc.send(fd, this.#address + BigInt(BYTES_OUT), length, flags) === length
  }

  /** From memory of the caller's own: how many bytes were taken, or -1: the connection is broken. */
  sendFrom(fd: number, address: bigint, length: number): number {
    const count = this.#libc.send(fd, address, length, MSG_DONTWAIT | MSG_NOSIGNAL)
    return count >= 0 ? count : this.#libc.errno() === EAGAIN ? 0 : -1
  }

  /** Nothing more will be sent. */
  endSending(fd: number): void {
    this.#libc.shutdown(fd, SHUT_WR)
  }

  #control(operation: number, fd: number, events: number): void {
    this.#view.setUint32(0, events, true)
    this.#view.setUint32(DATA_AT, fd, true)
    this.#libc.epoll_ctl(this.fd, operation, fd, this.#address)
  }

  closeSocket(fd: number): void {
    this.#libc.close(fd)
  }

  /** Its memory must not be used any more. */
  close(): void {
    this.#libc.close(this.fd)
    this.#libc.free(this.#address)
  }
}
