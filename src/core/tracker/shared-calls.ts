// How often each network address calls within a minute, in memory of a fixed size that threads share. They take turns: whoever
// counts holds the lock of the address's group (tracker/call-limit.ts).
//
//   hash of the address -> group of 8 entries, each of 4 words: network, network, second of the first call, calls
//
// An entry whose minute is over is free for others. While a flood from ever new addresses holds all of a group nobody new is
// counted there: to refuse everybody would be what the flood wants.
import { hashWords } from './hash-words.ts'

const MINUTE_SEC = 60
/** Five million peers that announce every 15 minutes are 330,000 addresses a minute: 2.5% of them find no place. */
const GROUPS = 2 ** 16
const [ENTRY_WORDS, SINCE, CALLS] = [4, 2, 3]
const GROUP_WORDS = 8 * ENTRY_WORDS
export const SHARED_CALLS_BYTES: number = GROUPS * GROUP_WORDS * 4

export class SharedCalls {
  readonly #words: Uint32Array
  readonly #seed: number
  /** Whose calls are counted next. */
  readonly #network: Uint8Array
  readonly #networkAsWords: Uint32Array
  #group: number

  /** `memory`: zeros, or what other threads have counted, from byte `at` on; `seed`: 32 random bits of this run. */
  constructor(memory: SharedArrayBuffer, at: number, seed: number) {
    this.#words = new Uint32Array(memory, at, SHARED_CALLS_BYTES / 4)
    this.#seed = seed
    this.#network = new Uint8Array(8)
    this.#networkAsWords = new Uint32Array(this.#network.buffer)
    this.#group = 0
  }

  /** Whose calls are counted next; returns its group. `ip`: 4 or 16 bytes; IPv6: the /64, whoever has one has 2^64 addresses. */
  choose(ip: Uint8Array): number {
    const network = this.#network
    // IPv4 addresses get networks below ::/32, which is reserved: no caller comes from there.
    const zeros = ip.length === 4 ? 4 : 0
    for (let i = 0; i < 8; i++) network[i] = i < zeros ? 0 : (ip[i - zeros] ?? 0)
    this.#group = hashWords(this.#seed, this.#networkAsWords, 0, 2) & (GROUPS - 1)
    return this.#group
  }

  /** Counts one more call of the chosen address; returns which one of its minute this is. 0: there is no room to count it. */
  count(nowSec: number): number {
    const words = this.#words
    const at = this.#entryFor(nowSec)
    if (at === -1) return 0
    if (!this.#isOver(at, nowSec)) return (words[at + CALLS] = (words[at + CALLS] ?? 0) + 1)
    words.set(this.#networkAsWords, at)
    words[at + SINCE] = nowSec
    words[at + CALLS] = 1
    return 1
  }

  /** The entry that the chosen address has, or else may have; -1: there is none. */
  #entryFor(nowSec: number): number {
    const words = this.#words
    const high = this.#networkAsWords[0]
    const low = this.#networkAsWords[1]
    const start = this.#group * GROUP_WORDS
    let free = -1
    for (let at = start; at < start + GROUP_WORDS; at += ENTRY_WORDS) {
      if (words[at] === high && words[at + 1] === low) return at
      if (free === -1 && this.#isOver(at, nowSec)) free = at
    }
    return free
  }

  /** Threads may differ by a second: a minute that begins in the next one is not over. */
  #isOver(at: number, nowSec: number): boolean {
    return this.#words[at + CALLS] === 0 || nowSec - (this.#words[at + SINCE] ?? 0) >= MINUTE_SEC
  }
}
