// Datagrams by the hundred: recvmmsg and sendmmsg of Linux, called through the koffi package, which is optional. One call of
// the system then carries up to 64 datagrams, and none becomes an object. Blocks its thread while it waits.
//
//   memory   | headers in | headers out | vectors in | vectors out | names | buffers in | buffers out | poll |
//
// Header n out points to the name of header n in: an answer goes where its question came from.
import net from 'node:net'
import { ipBytes } from '../core/address.ts'

/** Of one call. More gained nothing (bench/tracker.ts). */
export const BATCH = 64
/** A scrape of 74 torrents has 1,496 bytes, an announce with a long URL less; what is longer is cut. */
const PACKET_BYTES = 2048
// struct mmsghdr, iovec and sockaddr_in6 of 64-bit Linux.
const [HEADER_BYTES, VECTOR_BYTES, NAME_BYTES] = [64, 16, 32]
const [NAME, NAME_LENGTH, VECTOR, VECTOR_COUNT, LENGTH] = [0, 8, 16, 24, 56]
const HEADERS_OUT = BATCH * HEADER_BYTES
const VECTORS_IN = HEADERS_OUT * 2
const VECTORS_OUT = VECTORS_IN + BATCH * VECTOR_BYTES
const NAMES = VECTORS_OUT + BATCH * VECTOR_BYTES
const BUFFERS_IN = NAMES + BATCH * NAME_BYTES
const BUFFERS_OUT = BUFFERS_IN + BATCH * PACKET_BYTES
const POLL = BUFFERS_OUT + BATCH * PACKET_BYTES
const MAX_POLLED = 16
const MEMORY_BYTES = POLL + MAX_POLLED * 8
const [AF_INET, AF_INET6, MSG_DONTWAIT, POLLIN] = [2, 10, 0x40, 1]
/** SOCK_DGRAM, not blocking, closed on exec. */
const SOCKET_KIND = 2 | 0o4000 | 0o2000000
/** For bursts; the system may give less. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024

interface System {
  readonly memoryOf: (bytes: number) => { readonly address: bigint; readonly bytes: ArrayBuffer }
  readonly release: (address: bigint) => void
  readonly errorCode: () => string
  readonly socket: (family: number, kind: number, protocol: number) => number
  readonly option: (fd: number, level: number, name: number, value: Uint8Array, length: number) => number
  readonly bind: (fd: number, name: Uint8Array, length: number) => number
  readonly close: (fd: number) => number
  readonly receive: (fd: number, headers: bigint, count: number, flags: number, timeout: null) => number
  readonly send: (fd: number, headers: bigint, count: number, flags: number) => number
  readonly poll: (entries: bigint, count: number, ms: number) => number
}

let system: System | undefined

/** False where it cannot be: not Linux, not 64 bits little-endian, or koffi is not installed. */
export async function loadBatches(): Promise<boolean> {
  const isFitting = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')
  if (system === undefined && isFitting) system = await loadSystem().catch(() => undefined)
  return system !== undefined
}

async function loadSystem(): Promise<System> {
  const { default: koffi } = await import('koffi')
  const libc = koffi.load(null)
  return {
    memoryOf: (bytes) => {
      const address = koffi.alloc('uint8', bytes)
      return { address: BigInt(address), bytes: koffi.view(address, bytes) }
    },
    release: (address) => koffi.free(address),
    errorCode: () => {
      const errno = koffi.errno()
      return Object.entries(koffi.os.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`
    },
    socket: libc.func('int socket(int family, int kind, int protocol)'),
    option: libc.func('int setsockopt(int fd, int level, int name, const void *value, unsigned int length)'),
    bind: libc.func('int bind(int fd, const void *name, unsigned int length)'),
    close: libc.func('int close(int fd)'),
    receive: libc.func('int recvmmsg(int fd, void *headers, unsigned int count, int flags, void *timeout)'),
    send: libc.func('int sendmmsg(int fd, void *headers, unsigned int count, int flags)'),
    poll: libc.func('int poll(void *entries, unsigned long count, int ms)'),
  }
}

/** The descriptor of a bound socket; `closeBatchSocket` ends it. Fails as `net` does, with the name of the error as `code`. */
export function openBatchSocket(host: string, port: number, isShared: boolean): number {
  const { socket, option, bind, close } = loaded()
  const isIPv6 = net.isIPv6(host)
  const fd = socket(isIPv6 ? AF_INET6 : AF_INET, SOCKET_KIND, 0)
  if (fd < 0) throw failed('socket')
  const set = (level: number, name: number, value: number): number => {
    return option(fd, level, name, new Uint8Array(Int32Array.of(value).buffer), 4)
  }
  set(1, 8, SOCKET_BUFFER_BYTES) // SO_RCVBUF
  if (isShared) set(1, 15, 1) // SO_REUSEPORT
  if (isIPv6) set(41, 26, 1) // IPV6_V6ONLY
  const name = nameOf(host, port, isIPv6)
  if (bind(fd, name, name.length) === 0) return fd
  const error = failed('bind')
  close(fd)
  throw error
}

export function closeBatchSocket(fd: number): void {
  loaded().close(fd)
}

/** Waits until one of them has datagrams. */
export function waitForDatagrams(batches: readonly DatagramBatch[], ms: number): void {
  const [first] = batches
  if (first !== undefined) first.waitWith(batches, ms)
}

export class DatagramBatch {
  readonly #system: System
  readonly #fd: number
  readonly #address: bigint
  readonly #words: Uint32Array
  readonly #names: DataView
  readonly #ips: readonly Uint8Array[]
  readonly #packets: readonly Uint8Array[]
  readonly #answers: readonly Uint8Array[]

  /** `loadBatches` has been true in this thread. The socket stays its opener's. */
  constructor(fd: number, isIPv6: boolean) {
    this.#system = loaded()
    this.#fd = fd
    const { address, bytes } = this.#system.memoryOf(MEMORY_BYTES)
    this.#address = address
    this.#words = new Uint32Array(bytes)
    this.#words.fill(0)
    this.#names = new DataView(bytes, NAMES, BATCH * NAME_BYTES)
    const each = <T>(make: (n: number) => T): T[] => Array.from({ length: BATCH }, (_, n) => make(n))
    const ipAt = isIPv6 ? 8 : 4
    this.#ips = each((n) => new Uint8Array(bytes, NAMES + n * NAME_BYTES + ipAt, isIPv6 ? 16 : 4))
    this.#packets = each((n) => new Uint8Array(bytes, BUFFERS_IN + n * PACKET_BYTES, PACKET_BYTES))
    this.#answers = each((n) => new Uint8Array(bytes, BUFFERS_OUT + n * PACKET_BYTES, PACKET_BYTES))
    const view = new DataView(bytes)
    const pointer = (at: number, to: number): void => view.setBigUint64(at, address + BigInt(to), true)
    for (let n = 0; n < BATCH; n++) {
      for (const [headers, vectors, buffers] of [
        [0, VECTORS_IN, BUFFERS_IN],
        [HEADERS_OUT, VECTORS_OUT, BUFFERS_OUT],
      ] as const) {
        const [header, vector] = [headers + n * HEADER_BYTES, vectors + n * VECTOR_BYTES]
        pointer(header + NAME, NAMES + n * NAME_BYTES)
        view.setUint32(header + NAME_LENGTH, isIPv6 ? 28 : 16, true)
        pointer(header + VECTOR, vector)
        view.setUint32(header + VECTOR_COUNT, 1, true)
        pointer(vector, buffers + n * PACKET_BYTES)
        view.setUint32(vector + 8, PACKET_BYTES, true)
      }
    }
  }

  /** How many came, up to BATCH, without waiting. What they were before is gone. */
  receive(): number {
    return Math.max(0, this.#system.receive(this.#fd, this.#address, BATCH, MSG_DONTWAIT, null))
  }

  /** Its first `lengthOf(n)` bytes are datagram `n`. */
  packet(n: number): Uint8Array {
    return this.#packets[n] ?? NOTHING
  }

  lengthOf(n: number): number {
    return this.#words[(n * HEADER_BYTES + LENGTH) / 4] ?? 0
  }

  /** 4 or 16 bytes: where datagram `n` came from. */
  ip(n: number): Uint8Array {
    return this.#ips[n] ?? NOTHING
  }

  /** 0 can be forged, but not sent to. */
  port(n: number): number {
    return this.#names.getUint16(n * NAME_BYTES + 2)
  }

  /** Where to write the answer to datagram `n`. */
  answer(n: number): Uint8Array {
    return this.#answers[n] ?? NOTHING
  }

  /** How long that answer is. */
  setAnswer(n: number, length: number): void {
    this.#words[(VECTORS_OUT + n * VECTOR_BYTES + 8) / 4] = length
  }

  /** Sends answers `start` to `end`. What the system does not take is lost, as datagrams may be. */
  send(start: number, end: number): void {
    for (let n = start; n < end; ) {
      const headers = this.#address + BigInt(HEADERS_OUT + n * HEADER_BYTES)
      n += Math.max(1, this.#system.send(this.#fd, headers, end - n, MSG_DONTWAIT))
    }
  }

  waitWith(batches: readonly DatagramBatch[], ms: number): void {
    const count = Math.min(batches.length, MAX_POLLED)
    for (const [i, batch] of batches.slice(0, count).entries()) {
      this.#words[POLL / 4 + i * 2] = batch.#fd
      this.#words[POLL / 4 + i * 2 + 1] = POLLIN
    }
    this.#system.poll(this.#address + BigInt(POLL), count, ms)
  }

  /** Its buffers must not be used any more. */
  close(): void {
    this.#system.release(this.#address)
  }
}

const NOTHING = new Uint8Array()

function loaded(): System {
  if (system === undefined) throw new Error('batches of datagrams were not loaded')
  return system
}

function failed(call: string): Error {
  const code = loaded().errorCode()
  return Object.assign(new Error(`${call} failed: ${code}`), { code })
}

/** struct sockaddr_in or sockaddr_in6. */
function nameOf(host: string, port: number, isIPv6: boolean): Uint8Array {
  const name = new Uint8Array(isIPv6 ? 28 : 16)
  const ip = ipBytes(host) ?? new Uint8Array()
  name.set([isIPv6 ? AF_INET6 : AF_INET, 0, port >> 8, port])
  name.set(ip, isIPv6 ? 8 : 4)
  return name
}
