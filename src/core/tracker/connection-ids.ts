// Connection ids of the UDP tracker (BEP 15): whoever shows one has received a packet at the address it claims. They
// are computed, not stored, so a flood of connects costs no memory.
//
//   id = minute modulo 4 in the two highest bits, then 62 bits of SipHash(secret, minute | ip)
//
// Guessing one for a foreign address takes 2^61 packets on average, within three minutes. The constant that stands in
// connect requests is no id: a tracker that takes it for one lets anybody announce anybody.
import { readU32, writeU32 } from '../bytes.ts'
import { SipHash } from './siphash.ts'

const PERIOD_SEC = 60
/** Ids of this and the two periods before are good: for at least 120 s, as BEP 15 asks, and at most 180 s. */
const PERIODS = 3

export class ConnectionIds {
  readonly #hash: SipHash
  readonly #message4: Uint8Array
  readonly #message6: Uint8Array

  /** `secret`: 16 random bytes that never leave this process. */
  constructor(secret: Uint8Array) {
    this.#hash = new SipHash(secret)
    this.#message4 = new Uint8Array(8)
    this.#message6 = new Uint8Array(20)
  }

  /** Writes 8 bytes. `ip` is 4 or 16 bytes. The port does not count: some routers change it from packet to packet. */
  write(ip: Uint8Array, nowSec: number, out: Uint8Array, at: number): void {
    const period = Math.floor(nowSec / PERIOD_SEC)
    this.#run(ip, period)
    writeU32(out, at, this.#highOf(period))
    writeU32(out, at + 4, this.#hash.low)
  }

  /** Whether `packet` begins with an id that is good for this address. */
  isValid(packet: Uint8Array, ip: Uint8Array, nowSec: number): boolean {
    if (packet.length < 8) return false
    const high = readU32(packet, 0)
    const now = Math.floor(nowSec / PERIOD_SEC)
    const age = (now - (high >>> 30)) & 3
    if (age >= PERIODS) return false
    this.#run(ip, now - age)
    return high === this.#highOf(now - age) && readU32(packet, 4) === this.#hash.low >>> 0
  }

  #highOf(period: number): number {
    return (((period & 3) << 30) | (this.#hash.high >>> 2)) >>> 0
  }

  #run(ip: Uint8Array, period: number): void {
    const message = ip.length === 4 ? this.#message4 : this.#message6
    writeU32(message, 0, period)
    message.set(ip, 4)
    this.#hash.hash(message)
  }
}
