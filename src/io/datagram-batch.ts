// Datagrams by the hundred: recvmmsg and sendmmsg of Linux. One call of the system then carries up to 64 of them, and none
// becomes an object.
//
//   memory   | headers in | headers out | vectors in | vectors out | names | buffers in | buffers out |
//
// Header n out points to the name of header n in: an answer goes where its question came from.
import { libc, type Libc } from './libc.ts'

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
const MEMORY_BYTES = BUFFERS_OUT + BATCH * PACKET_BYTES
const MSG_DONTWAIT = 0x40

export class DatagramBatch {
  readonly #libc: Libc
  readonly fd: number
  readonly #address: bigint
  readonly #words: Uint32Array
  readonly #names: DataView
  readonly #ips: readonly Uint8Array[]
  readonly #packets: readonly Uint8Array[]
  readonly #answers: readonly Uint8Array[]

  /** `loadLibc` has been true in this thread. The socket stays its opener's. */
  constructor(fd: number, isIPv6: boolean) {
    this.#libc = libc()
    this.fd = fd
    const { address, bytes } = this.#libc.allocate(MEMORY_BYTES)
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
    return Math.max(0, this.#libc.recvmmsg(this.fd, this.#address, BATCH, MSG_DONTWAIT, null))
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
      n += Math.max(1, this.#libc.sendmmsg(this.fd, headers, end - n, MSG_DONTWAIT))
    }
  }

  /** Its buffers must not be used any more. */
  close(): void {
    this.#libc.free(this.#address)
  }
}

const NOTHING = new Uint8Array()
