// Calls of the Linux kernel that Node does not offer, through the koffi package, which is optional. A tracker's network
// threads use them, and who sends what was read just before; everything works without, more slowly.
import net from 'node:net'
import { ipBytes } from '../core/address.ts'

/** Numbers are those of C; -1 is a failure, whose name `errorCode` tells. */
export interface Libc {
  readonly allocate: (bytes: number) => { readonly address: bigint; readonly bytes: ArrayBuffer }
  readonly free: (address: bigint) => void
  readonly addressOf: (bytes: Uint8Array) => bigint
  readonly errno: () => number
  /** Of the last call: EAGAIN and so on. */
  readonly errorCode: () => string
  readonly socket: (family: number, kind: number, protocol: number) => number
  readonly setsockopt: (fd: number, level: number, name: number, value: Uint8Array, length: number) => number
  readonly bind: (fd: number, name: Uint8Array, length: number) => number
  readonly getsockname: (fd: number, name: Uint8Array, length: Uint8Array) => number
  readonly listen: (fd: number, backlog: number) => number
  readonly accept4: (fd: number, name: bigint, length: bigint, flags: number) => number
  readonly recv: (fd: number, buffer: bigint, length: number, flags: number) => number
  readonly send: (fd: number, buffer: bigint, length: number, flags: number) => number
  readonly recvmmsg: (fd: number, headers: bigint, count: number, flags: number, timeout: null) => number
  readonly sendmmsg: (fd: number, headers: bigint, count: number, flags: number) => number
  readonly epoll_create1: (flags: number) => number
  readonly epoll_ctl: (epoll: number, operation: number, fd: number, event: bigint) => number
  readonly epoll_wait: (epoll: number, events: bigint, most: number, ms: number) => number
  readonly eventfd: (count: number, flags: number) => number
  readonly write: (fd: number, bytes: Uint8Array, length: number) => number
  /** Older C libraries than glibc 2.26 and musl 1.2.5 do not have it. */
  readonly preadv2: ((fd: number, vectors: bigint, count: number, offset: number, flags: number) => number) | undefined
  /** Of its many ways those with one number behind the command. */
  readonly fcntl: (fd: number, command: number, kind: 'int', value: number) => number
  readonly shutdown: (fd: number, how: number) => number
  readonly close: (fd: number) => number
}

let loaded: Libc | undefined

/** False where it cannot be: not Linux, not 64 bits little-endian, or koffi is not installed. */
export async function loadLibc(): Promise<boolean> {
  const isFitting = process.platform === 'linux' && (process.arch === 'x64' || process.arch === 'arm64')
  if (loaded === undefined && isFitting) loaded = await load().catch(() => undefined)
  return loaded !== undefined
}

/** After `loadLibc`, in the same thread. */
export function libc(): Libc {
  if (loaded === undefined) throw new Error('libc was not loaded')
  return loaded
}

async function load(): Promise<Libc> {
  const { default: koffi } = await import('koffi')
  const library = koffi.load(null)
  return {
    allocate: (bytes) => {
      const address = koffi.alloc('uint8', bytes)
      return { address: BigInt(address), bytes: koffi.view(address, bytes) }
    },
    free: (address) => koffi.free(address),
    addressOf: (bytes) => koffi.address(bytes),
    errno: () => koffi.errno(),
    errorCode: () => {
      const errno = koffi.errno()
      return Object.entries(koffi.os.errno).find(([, number]) => number === errno)?.[0] ?? `errno ${errno}`
    },
    socket: library.func('int socket(int family, int kind, int protocol)'),
    setsockopt: library.func('int setsockopt(int fd, int level, int name, const void *value, unsigned int length)'),
    bind: library.func('int bind(int fd, const void *name, unsigned int length)'),
    getsockname: library.func('int getsockname(int fd, void *name, void *length)'),
    listen: library.func('int listen(int fd, int backlog)'),
    accept4: library.func('int accept4(int fd, void *name, void *length, int flags)'),
    recv: library.func('long recv(int fd, void *buffer, unsigned long length, int flags)'),
    send: library.func('long send(int fd, const void *buffer, unsigned long length, int flags)'),
    recvmmsg: library.func('int recvmmsg(int fd, void *headers, unsigned int count, int flags, void *timeout)'),
    sendmmsg: library.func('int sendmmsg(int fd, void *headers, unsigned int count, int flags)'),
    epoll_create1: library.func('int epoll_create1(int flags)'),
    epoll_ctl: library.func('int epoll_ctl(int epoll, int operation, int fd, void *event)'),
    epoll_wait: library.func('int epoll_wait(int epoll, void *events, int most, int ms)'),
    eventfd: library.func('int eventfd(unsigned int count, int flags)'),
    write: library.func('long write(int fd, const void *bytes, unsigned long length)'),
    preadv2: ifThere(() =>
      library.func('long preadv2(int fd, const void *vectors, int count, long offset, int flags)'),
    ),
    fcntl: library.func('int fcntl(int fd, int command, ...)'),
    shutdown: library.func('int shutdown(int fd, int how)'),
    close: library.func('int close(int fd)'),
  }
}

function ifThere<Result>(find: () => Result): Result | undefined {
  try {
    return find()
  } catch {
    return undefined
  }
}

const [AF_INET, AF_INET6, SOCK_STREAM, SOCK_DGRAM] = [2, 10, 1, 2]
/** Not blocking, closed on exec. */
export const SOCKET_FLAGS = 0o4000 | 0o2000000
const [SOL_SOCKET, IPPROTO_TCP, IPPROTO_IPV6] = [1, 6, 41]
const [SO_REUSEADDR, SO_RCVBUF, SO_REUSEPORT, TCP_NODELAY, TCP_DEFER_ACCEPT, IPV6_V6ONLY] = [2, 8, 15, 1, 9, 26]
/** For bursts of datagrams; the system may give less. */
const DATAGRAM_BUFFER_BYTES = 4 * 1024 * 1024
const BACKLOG = 4096
/** A connection is accepted when its first bytes are there, or after so long. */
const DEFER_SEC = 3

/** `isShared`: other sockets may have the same port, and the system deals out what comes. */
interface SocketPlace {
  readonly host: string
  readonly port: number
  readonly isShared: boolean
}

/** A bound descriptor. Fails as `net` does: with the name of the error as `code`. */
export function openDatagramSocket(place: SocketPlace): number {
  return openSocket(place, SOCK_DGRAM, (fd) => set(fd, SOL_SOCKET, SO_RCVBUF, DATAGRAM_BUFFER_BYTES))
}

/** A listening descriptor and its port. */
export function openListeningSocket(place: SocketPlace): { readonly fd: number; readonly port: number } {
  const fd = openSocket(place, SOCK_STREAM, (opened) => {
    set(opened, SOL_SOCKET, SO_REUSEADDR, 1)
    set(opened, IPPROTO_TCP, TCP_NODELAY, 1)
    set(opened, IPPROTO_TCP, TCP_DEFER_ACCEPT, DEFER_SEC)
  })
  const { listen, getsockname, close } = libc()
  const name = new Uint8Array(28)
  if (listen(fd, BACKLOG) !== 0 || getsockname(fd, name, new Uint8Array(Int32Array.of(28).buffer)) !== 0) {
    const error = failed('listen')
    close(fd)
    throw error
  }
  return { fd, port: (name[2] ?? 0) * 256 + (name[3] ?? 0) }
}

function openSocket({ host, port, isShared }: SocketPlace, kind: number, prepare: (fd: number) => void): number {
  const { socket, bind, close } = libc()
  const isIPv6 = net.isIPv6(host)
  const name = nameOf(host, port, isIPv6)
  const fd = socket(isIPv6 ? AF_INET6 : AF_INET, kind | SOCKET_FLAGS, 0)
  if (fd < 0) throw failed('socket')
  prepare(fd)
  if (isShared) set(fd, SOL_SOCKET, SO_REUSEPORT, 1)
  if (isIPv6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)
  if (bind(fd, name, name.length) === 0) return fd
  const error = failed('bind')
  close(fd)
  throw error
}

function set(fd: number, level: number, name: number, value: number): void {
  libc().setsockopt(fd, level, name, new Uint8Array(Int32Array.of(value).buffer), 4)
}

function failed(call: string): Error {
  const code = libc().errorCode()
  return Object.assign(new Error(`${call} failed: ${code}`), { code })
}

/** struct sockaddr_in or sockaddr_in6. */
function nameOf(host: string, port: number, isIPv6: boolean): Uint8Array {
  const name = new Uint8Array(isIPv6 ? 28 : 16)
  const ip = ipBytes(host)
  // With the name of an interface, or IPv4 in IPv6: left out it would be every address.
  if (ip?.length !== (isIPv6 ? 16 : 4))
    throw Object.assign(new Error(`${host} cannot be used`), { code: 'EADDRNOTAVAIL' })
  name.set([isIPv6 ? AF_INET6 : AF_INET, 0, port >> 8, port])
  name.set(ip, isIPv6 ? 8 : 4)
  return name
}
