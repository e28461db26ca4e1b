// The pieces of one torrent, drawn for all who watch it. What may cost milliseconds in a torrent of a million pieces is done
// when something in it has changed, or seldom.
import type { Bitfield } from '../core/bitfield.ts'
import { marksByPart, partCount, shareByPart } from '../core/piece-map.ts'
import { availabilityByPart } from '../engine/torrent-details.ts'
import type { Torrent } from '../engine/torrent.ts'
import type { PieceMap } from './rpc/page-types.ts'

/** How often it is counted who has what: 6 ms for a million pieces (bench/events). */
const SLOW_MS = 2_000

export class DetailsMap {
  readonly #have = new ShareText()
  #availability = ''
  #availabilityAt = Number.NEGATIVE_INFINITY

  /** Without a peer. `now`: monotonic, in ms. */
  look({ info, content, kept }: Torrent, now: number): PieceMap {
    const pieces = info?.geometry.pieceCount ?? 0
    if (now - this.#availabilityAt >= SLOW_MS || this.#availability === '') {
      const nobody = new Uint8Array(partCount(pieces))
      this.#availability = base64(content === undefined ? nobody : availabilityByPart(content))
      this.#availabilityAt = now
    }
    return {
      pieces,
      piece_length: info?.geometry.pieceLength ?? 0,
      have: this.#have.of(content?.have ?? kept, pieces, now),
      availability: this.#availability,
      active: base64(marksByPart(pieces, content?.picker.activePieces() ?? [])),
      peer: '',
    }
  }
}

/** A set in parts, in base64: made when its count has changed, or after a while, since one may have come for another. */
export class ShareText {
  #set: Bitfield | undefined
  #count = -1
  #pieces = -1
  #text = ''
  #madeAt = 0

  of(set: Bitfield | undefined, pieces: number, now: number): string {
    const count = set?.count ?? 0
    const isSame = set === this.#set && count === this.#count && pieces === this.#pieces
    if (isSame && (set === undefined || now - this.#madeAt < SLOW_MS)) return this.#text
    this.#set = set
    this.#count = count
    this.#pieces = pieces
    this.#madeAt = now
    this.#text = base64(set === undefined ? new Uint8Array(partCount(pieces)) : shareByPart(set))
    return this.#text
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}
