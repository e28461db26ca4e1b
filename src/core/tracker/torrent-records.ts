// The torrents of a tracker: fixed records in shared memory, found by info-hash through an open hash table.
//
//   state     how many there are | how many records were ever used | first record that is free again
//   index     number of a record at the hash of its info-hash or the next free slot after it; 0 is free
//   record    | info-hash 5 words | completed | table of IPv4 peers 4 | table of IPv6 peers 4 |
//
// Zeros are an empty table. A torrent is here as long as it has peers.
import { hashWords } from './hash-words.ts'
import { TABLE_WORDS } from './peer-tables.ts'
import type { AddressWords } from './swarm-call.ts'

const RECORD_WORDS = 14
const HASH_WORDS = 5
const COMPLETED = HASH_WORDS
const TABLES = HASH_WORDS + 1
const STATE_WORDS = 4
const [COUNT, USED, FREE] = [0, 1, 2]

/** From 1; 0 is none. */
export type TorrentRef = number

export class TorrentRecords {
  /** Of all records; the tables of peers are in it. */
  readonly words: Uint32Array
  readonly #state: Uint32Array
  readonly #index: Uint32Array
  readonly #most: number
  readonly #seed: number

  static bytesFor(most: number): number {
    return (STATE_WORDS + slotsFor(most) + (most + 1) * RECORD_WORDS) * 4
  }

  /** `at` is a multiple of 4; `bytesFor` bytes from there on are ours. `seed`: 32 random bits of this run. */
  constructor(memory: SharedArrayBuffer, at: number, most: number, seed: number) {
    const slots = slotsFor(most)
    this.#state = new Uint32Array(memory, at, STATE_WORDS)
    this.#index = new Uint32Array(memory, at + STATE_WORDS * 4, slots)
    this.words = new Uint32Array(memory, at + (STATE_WORDS + slots) * 4, (most + 1) * RECORD_WORDS)
    this.#most = most
    this.#seed = seed
  }

  get count(): number {
    return this.#state[COUNT] ?? 0
  }

  /** Records that may hold a torrent are 1 to this. */
  get last(): TorrentRef {
    return this.#state[USED] ?? 0
  }

  get isFull(): boolean {
    return this.count >= this.#most
  }

  find(hash: Uint32Array): TorrentRef {
    return this.#index[this.#slotOf(hash, 0)] ?? 0
  }

  /** A record for a hash that is not here. `isFull` must be false. */
  add(hash: Uint32Array): TorrentRef {
    let torrent = this.#state[FREE] ?? 0
    if (torrent === 0) this.#state[USED] = torrent = this.last + 1
    else this.#state[FREE] = this.words[torrent * RECORD_WORDS] ?? 0
    for (let i = 0; i < HASH_WORDS; i++) this.words[torrent * RECORD_WORDS + i] = hash[i] ?? 0
    this.#index[this.#slotOf(hash, 0)] = torrent
    this.#state[COUNT] = this.count + 1
    return torrent
  }

  /** Its tables must be empty. */
  remove(torrent: TorrentRef): void {
    const at = torrent * RECORD_WORDS
    this.#unindex(this.#slotOf(this.words, at))
    this.words.fill(0, at, at + RECORD_WORDS)
    this.words[at] = this.#state[FREE] ?? 0
    this.#state[FREE] = torrent
    this.#state[COUNT] = this.count - 1
  }

  readHash(torrent: TorrentRef, hash: Uint32Array): void {
    for (let i = 0; i < HASH_WORDS; i++) hash[i] = this.words[torrent * RECORD_WORDS + i] ?? 0
  }

  /** Where in `words` its peers of a family are. */
  tableOf(torrent: TorrentRef, width: AddressWords): number {
    return torrent * RECORD_WORDS + TABLES + (width === 1 ? 0 : TABLE_WORDS)
  }

  completed(torrent: TorrentRef): number {
    return this.words[torrent * RECORD_WORDS + COMPLETED] ?? 0
  }

  setCompleted(torrent: TorrentRef, count: number): void {
    this.words[torrent * RECORD_WORDS + COMPLETED] = count
  }

  /** The slot of this hash, or the free one where it belongs. */
  #slotOf(hash: Uint32Array, hashAt: number): number {
    const mask = this.#index.length - 1
    for (let slot = hashWords(this.#seed, hash, hashAt, HASH_WORDS) & mask; ; slot = (slot + 1) & mask) {
      const torrent = this.#index[slot] ?? 0
      if (torrent === 0 || this.#isOf(torrent, hash, hashAt)) return slot
    }
  }

  #isOf(torrent: TorrentRef, hash: Uint32Array, hashAt: number): boolean {
    const at = torrent * RECORD_WORDS
    for (let i = 0; i < HASH_WORDS; i++) if (this.words[at + i] !== hash[hashAt + i]) return false
    return true
  }

  /** Frees a slot, and moves those behind it back whose way to their place would now be interrupted. */
  #unindex(gone: number): void {
    const mask = this.#index.length - 1
    let free = gone
    for (let slot = (free + 1) & mask; ; slot = (slot + 1) & mask) {
      const torrent = this.#index[slot] ?? 0
      if (torrent === 0) break
      const home = hashWords(this.#seed, this.words, torrent * RECORD_WORDS, HASH_WORDS) & mask
      if (((slot - home) & mask) < ((slot - free) & mask)) continue // its way begins behind the free slot
      this.#index[free] = torrent
      free = slot
    }
    this.#index[free] = 0
  }
}

/** A power of two; at most two thirds are taken. */
function slotsFor(most: number): number {
  return 2 ** Math.ceil(Math.log2((most + 1) * 1.5))
}
