// The load's sockets to the tracker, which is on this machine: what src/io/libc.ts does not have, as no tracker connects.
import koffi from 'koffi'
import { libc } from '../src/io/libc.ts'

export const HOST = '127.0.0.1'
const [AF_INET, SOCK_STREAM, SOCK_CLOEXEC, SOCK_NONBLOCK] = [2, 1, 0o2000000, 0o4000]
const [SOL_SOCKET, SO_RCVTIMEO] = [1, 20]
/** Longer than any answer takes: what has not come by then is lost. */
export const RECEIVE_MS = 1000

/** struct sockaddr_in. */
function nameOf(port: number): Uint8Array {
  const name = new Uint8Array(16)
  name.set([AF_INET, 0, port >> 8, port, 127, 0, 0, 1])
  return name
}

/** One datagram to the tracker, for what is no answer to one of its own. */
export function datagramSender(fd: number, port: number): (packet: Uint8Array) => void {
  const send = koffi
    .load(null)
    .func(
      'long sendto(int fd, const void *bytes, unsigned long length, int flags, const void *name, unsigned int size)',
    )
  const name = nameOf(port)
  return (packet) => void send(fd, packet, packet.length, 0, name, name.length)
}

/** Opens connections to the tracker. */
export class Dialer {
  readonly #connect = koffi.load(null).func('int connect(int fd, const void *name, unsigned int size)')
  readonly #socket = libc().socket
  readonly #setsockopt = libc().setsockopt
  readonly #close = libc().close
  readonly #name: bigint
  /** struct timeval. */
  readonly #receiveTime = new Uint8Array(BigInt64Array.of(BigInt(RECEIVE_MS) / 1000n, 0n).buffer)

  constructor(port: number) {
    const { address, bytes } = libc().allocate(16)
    new Uint8Array(bytes).set(nameOf(port))
    this.#name = address
  }

  /** A connection that is there soon. */
  begin(): number {
    const fd = this.#socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
    this.#connect(fd, this.#name, 16)
    return fd
  }

  /** A connection whose calls wait, for answers up to RECEIVE_MS; -1: the tracker took none. */
  open(): number {
    const fd = this.#socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)
    this.#setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, this.#receiveTime, 16)
    if (this.#connect(fd, this.#name, 16) === 0) return fd
    this.#close(fd)
    return -1
  }

  /** It must not open any more. */
  close(): void {
    libc().free(this.#name)
  }
}
