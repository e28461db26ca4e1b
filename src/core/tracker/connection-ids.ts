// Connection ids of the UDP tracker (BEP 15): whoever shows one has received a packet at the address it claims. They
// are computed, not stored, so a flood of connects costs no memory.
//
//   id = SipHash(secret, minute | ip)
//
// Guessing one for a foreign address takes 2^63 packets on average, within three minutes. The constant that stands in
// connect requests is no id: a tracker that takes it for one lets anybody announce anybody.
import { equalBytes, writeU32 } from '../bytes.ts'
import { sipHash } from './siphash.ts'

const PERIOD_SEC = 60
/** Ids of this and the two periods before are good: for at least 120 s, as BEP 15 asks, and at most 180 s. */
const PERIODS = 3

export class ConnectionIds {
  readonly #secret: Uint8Array

  /** `secret`: 16 random bytes that never leave this process. */
  constructor(secret: Uint8Array) {
    this.#secret = secret
  }

  /** `ip` is 4 or 16 bytes. The port does not count: some routers change it from packet to packet. */
  make(ip: Uint8Array, nowSec: number): Uint8Array {
    return this.#ofPeriod(ip, Math.floor(nowSec / PERIOD_SEC))
  }

  isValid(id: Uint8Array, ip: Uint8Array, nowSec: number): boolean {
    const period = Math.floor(nowSec / PERIOD_SEC)
    for (let i = 0; i < PERIODS; i++) if (equalBytes(id, this.#ofPeriod(ip, period - i))) return true
    return false
  }

  #ofPeriod(ip: Uint8Array, period: number): Uint8Array {
    const message = new Uint8Array(4 + ip.length)
    writeU32(message, 0, period)
    message.set(ip, 4)
    return sipHash(this.#secret, message)
  }
}
