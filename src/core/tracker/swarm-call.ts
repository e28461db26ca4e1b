// One announce to packed swarms, question and answer, in memory that is used again for the next: a tracker answers some
// hundred thousand a second. Addresses and info-hashes are bytes as they came; their words are only compared.
import type { SwarmCounts } from './announce.ts'

/** Words of an address: IPv4 has 1, IPv6 has 4. The port comes in the next. */
export type AddressWords = 1 | 4

/** No answer has more peers; longer wishes are cut. */
export const MAX_CALL_PEERS = 1000
const PORT_BYTES = 2

export class SwarmCall {
  readonly infoHash: Uint8Array = new Uint8Array(20)
  readonly hashWords: Uint32Array = new Uint32Array(this.infoHash.buffer)
  /** Compact: the address, then the port; what is behind it are zeros. */
  readonly address: Uint8Array = new Uint8Array(20)
  readonly addressAsWords: Uint32Array = new Uint32Array(this.address.buffer)
  addressWords: AddressWords = 1
  isStopped = false
  isSeed = false
  /** It says that it just got all. */
  hasCompleted = false
  wanted = 0
  isSeedWelcome = true
  /** Fill up with peers of the other family when there are too few of its own. */
  isOtherFamilyWelcome = false
  nowSec = 0

  // The answer.
  seeders = 0
  leechers = 0
  completed = 0
  /** Compact peers, as many as the counts say. */
  readonly peers4: Uint8Array = new Uint8Array(MAX_CALL_PEERS * 6)
  readonly peers6: Uint8Array = new Uint8Array(MAX_CALL_PEERS * 18)
  readonly peers4AsHalves: Uint16Array = new Uint16Array(this.peers4.buffer)
  readonly peers6AsHalves: Uint16Array = new Uint16Array(this.peers6.buffer)
  peers4Count = 0
  peers6Count = 0

  /** A compact address of 6 or 18 bytes. */
  setAddress(compact: Uint8Array): void {
    this.address.fill(0)
    this.address.set(compact)
    this.addressWords = compact.length === 6 ? 1 : 4
  }

  get hasPort(): boolean {
    return this.addressAsWords[this.addressWords] !== 0
  }

  get addressBytes(): number {
    return this.addressWords * 4 + PORT_BYTES
  }

  counts(): SwarmCounts {
    return { seeders: this.seeders, leechers: this.leechers, completed: this.completed }
  }
}
