// All pieces in the order in which we would start them: high priority first, then rare before common. Events move a
// piece by one place per border it crosses, so a `have` costs the same in a torrent of a hundred pieces and of two million.
//
//   order  | not to be started | prio 8, 0 copies | prio 8, 1 copy | ... | prio 1, 127 or more |
//          0                   starts[0]          starts[1]                              starts[KEYS]
//
// Seeds are counted apart: they make no piece rarer than another.
import type { Bitfield } from '../bitfield.ts'
import { readU8 } from '../bytes.ts'
import { nextPiece } from './piece-sets.ts'

/** 0 unwanted, 1 low, 4 normal, 7 high: the scale of libtorrent. */
export const NORMAL_PRIORITY = 4
/** Above what users can choose: somebody waits for the piece now. */
export const URGENT_PRIORITY = 8

/** From so many copies on a piece is simply common: it keeps the borders that a piece may have to cross few. */
const LEVELS = 128
const KEYS = URGENT_PRIORITY * LEVELS
/** A peer that brings or takes more than this part of all pieces: sorting anew is cheaper than moving each. */
const BULK_PART = 1 / 16
/** Steps along the order, as a part of all pieces, until looking through the peer's set is cheaper. */
const WALK_PART = 1 / 16
const MIN_WALK = 64
const NOTHING = new Uint32Array(0)

/** What a peer remembers between searches, so that it never looks twice where there was nothing for it. */
export interface Searcher {
  /** The set of the peer. */
  readonly have: Bitfield
  /** No piece of the peer has a key below this ... */
  fromKey: number
  /** ... as long as this is the order's version. */
  version: number
}

export type SearchMode = 'rarest' | 'random' | 'sequential'

export class PieceOrder {
  /** Connected peers that have everything. */
  seedCount = 0
  /** Pieces that may be started. Changed only by `open` and `close`. */
  readonly #open: Bitfield
  readonly #openOf = new Uint32Array(URGENT_PRIORITY + 1)
  readonly #copies: Uint16Array
  readonly #priorities: Uint8Array
  /** Piece numbers in order, and the place of each piece. Made when first needed: a seed never needs them. */
  #order = NOTHING
  #places = NOTHING
  #starts = NOTHING
  #isSorted = false
  /** Counts the events after which a piece may be found where there was none before. */
  #version = 0

  /** `open` is empty and becomes this order's own. */
  constructor(open: Bitfield) {
    this.#open = open
    this.#copies = new Uint16Array(open.length)
    this.#priorities = new Uint8Array(open.length).fill(NORMAL_PRIORITY)
  }

  get openCount(): number {
    return this.#open.count
  }

  /** The highest priority among pieces that may be started; 0 if there are none. */
  get topPriority(): number {
    for (let priority = URGENT_PRIORITY; priority > 0; priority--) if (this.#openOf[priority] !== 0) return priority
    return 0
  }

  priority(piece: number): number {
    return this.#priorities[piece] as number
  }

  /** Peers that have the piece, without those that have everything. */
  copies(piece: number): number {
    return this.#copies[piece] as number
  }

  /** The piece must be closed: what it is worth may not change under its place. */
  setPriority(piece: number, priority: number): void {
    this.#priorities[piece] = priority
  }

  /** The piece may be started from now on. */
  open(piece: number): void {
    if (!this.#open.add(piece)) return
    this.#count(piece, 1)
    this.#version++
    if (this.#isSorted) this.#move(piece, -1, this.#key(piece))
  }

  close(piece: number): void {
    if (!this.#open.remove(piece)) return
    this.#count(piece, -1)
    if (this.#isSorted) this.#move(piece, this.#key(piece), -1)
  }

  /** Before many changes: the order is made anew at the next search. */
  unsort(): void {
    this.#isSorted = false
  }

  isOpen(piece: number): boolean {
    return this.#open.has(piece)
  }

  /** One more peer has the piece. */
  copyAdded(piece: number): void {
    const key = this.#key(piece)
    this.#copies[piece] = (this.#copies[piece] as number) + 1
    if (this.#isSorted && this.isOpen(piece)) this.#move(piece, key, this.#key(piece))
  }

  /** One peer fewer has the piece. */
  copyRemoved(piece: number): void {
    const key = this.#key(piece)
    this.#copies[piece] = (this.#copies[piece] as number) - 1
    this.#version++
    if (this.#isSorted && this.isOpen(piece)) this.#move(piece, key, this.#key(piece))
  }

  copiesAdded(have: Bitfield): void {
    if (have.count > have.length * BULK_PART) this.unsort()
    for (let piece = nextPiece(have, 0); piece !== -1; piece = nextPiece(have, piece + 1)) this.copyAdded(piece)
  }

  copiesRemoved(have: Bitfield): void {
    if (have.count > have.length * BULK_PART) this.unsort()
    for (let piece = nextPiece(have, 0); piece !== -1; piece = nextPiece(have, piece + 1)) this.copyRemoved(piece)
  }

  /** The searcher's peer has one more piece. */
  gained(searcher: Searcher, piece: number): void {
    if (this.isOpen(piece)) searcher.fromKey = Math.min(searcher.fromKey, this.#key(piece))
  }

  /** The piece to start with this peer, -1 if it has none. `random` is in [0, 1): equals are chosen by it. */
  find(searcher: Searcher, mode: SearchMode, random: number): number {
    if (this.#open.count === 0) return -1
    if (!this.#isSorted) this.#sort()
    if (searcher.version !== this.#version) {
      searcher.version = this.#version
      searcher.fromKey = 0
    }
    if (searcher.fromKey >= KEYS) return -1
    if (mode === 'sequential') return this.#remember(searcher, this.#scan(searcher.have, 0, true))
    const from = Math.floor(random * searcher.have.bytes.length)
    if (mode === 'random') return this.#remember(searcher, this.#scan(searcher.have, from, true))
    const piece = this.#walk(searcher, random)
    return piece !== undefined ? piece : this.#remember(searcher, this.#scan(searcher.have, from, false))
  }

  #remember(searcher: Searcher, piece: number): number {
    if (piece === -1) searcher.fromKey = KEYS
    return piece
  }

  /** Along the order: exact, and short unless the peer has only what is common. `undefined`: gave up. */
  #walk(searcher: Searcher, random: number): number | undefined {
    const { have } = searcher
    const end = have.length
    let stepsLeft = Math.max(MIN_WALK, end * WALK_PART)
    let at = this.#starts[searcher.fromKey] as number
    while (at < end) {
      const key = this.#key(this.#order[at] as number)
      const size = (this.#starts[key + 1] as number) - at
      let place = at + Math.floor(random * size)
      searcher.fromKey = key
      for (let n = 0; n < size; n++) {
        if (stepsLeft-- <= 0) return undefined
        const piece = this.#order[place] as number
        if (have.has(piece)) return piece
        if (++place === at + size) place = at
      }
      at += size
    }
    searcher.fromKey = KEYS
    return -1
  }

  /** Through the peer's set: at most one step per eight pieces that are of no use. Exact as well. */
  #scan(have: Bitfield, from: number, isByPriorityOnly: boolean): number {
    const theirs = have.bytes
    const ours = this.#open.bytes
    const top = this.topPriority
    let best = -1
    let bestKey = KEYS
    let at = from
    for (let n = 0; n < theirs.length; n++) {
      let bits = readU8(theirs, at) & readU8(ours, at)
      while (bits !== 0) {
        const bit = Math.clz32(bits) - 24
        bits &= ~(0x80 >> bit)
        const piece = at * 8 + bit
        const key = isByPriorityOnly ? URGENT_PRIORITY - this.priority(piece) : this.#key(piece)
        if (key >= bestKey) continue
        best = piece
        bestKey = key
        if (isByPriorityOnly && this.priority(piece) === top) return best
      }
      if (++at === theirs.length) at = 0
    }
    return best
  }

  #key(piece: number): number {
    const copies = this.#copies[piece] as number
    return (URGENT_PRIORITY - this.priority(piece)) * LEVELS + (copies < LEVELS ? copies : LEVELS - 1)
  }

  #count(piece: number, change: number): void {
    const priority = this.priority(piece)
    this.#openOf[priority] = (this.#openOf[priority] as number) + change
  }

  /** Carries a piece across the borders between two keys; key -1 is the part that is not to be started. */
  #move(piece: number, from: number, to: number): void {
    const starts = this.#starts
    for (let key = from; key < to; key++) {
      const border = (starts[key + 1] as number) - 1
      starts[key + 1] = border
      this.#swap(piece, border)
    }
    for (let key = from; key > to; key--) {
      const border = starts[key] as number
      starts[key] = border + 1
      this.#swap(piece, border)
    }
  }

  #swap(piece: number, place: number): void {
    const other = this.#order[place] as number
    const was = this.#places[piece] as number
    this.#order[was] = other
    this.#places[other] = was
    this.#order[place] = piece
    this.#places[piece] = place
  }

  /** Counting sort: two passes over all pieces. */
  #sort(): void {
    const { length } = this.#open
    if (this.#order === NOTHING) {
      this.#order = new Uint32Array(length)
      this.#places = new Uint32Array(length)
      this.#starts = new Uint32Array(KEYS + 1)
    }
    const places = new Uint32Array(KEYS + 1) // next place of key - 1; what is not to be started has place 0 here
    for (let piece = 0; piece < length; piece++) {
      const key = this.isOpen(piece) ? this.#key(piece) : -1
      places[key + 1] = (places[key + 1] as number) + 1
    }
    let place = 0
    for (let n = 0; n <= KEYS; n++) {
      const count = places[n] as number
      places[n] = place
      place += count
      this.#starts[n] = place
    }
    for (let piece = 0; piece < length; piece++) {
      const key = this.isOpen(piece) ? this.#key(piece) : -1
      const at = places[key + 1] as number
      places[key + 1] = at + 1
      this.#order[at] = piece
      this.#places[piece] = at
    }
    this.#isSorted = true
    this.#version++
  }
}
