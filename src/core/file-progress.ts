// How many verified bytes each file has, kept up to date by what has changed since the last look: a torrent of a million
// pieces and twenty thousand files is looked at once a second while somebody watches it.
import { Bitfield } from './bitfield.ts'
import { readU8 } from './bytes.ts'
import type { Geometry } from './geometry.ts'
import type { PieceIndex } from './ids.ts'

export class FileProgress {
  readonly #geometry: Geometry
  /** The pieces that are counted. */
  readonly #counted: Bitfield
  readonly #doneBytes: Float64Array
  /** By file: the look at which its bytes became so. */
  readonly #changedAt: Uint32Array

  constructor(geometry: Geometry) {
    this.#geometry = geometry
    this.#counted = new Bitfield(geometry.pieceCount)
    this.#doneBytes = new Float64Array(geometry.files.length)
    this.#changedAt = new Uint32Array(geometry.files.length)
  }

  /** Verified bytes of a file, padding never. */
  doneBytes(file: number): number {
    return this.#doneBytes[file] ?? 0
  }

  /** Files whose bytes have changed at a look after this one, with what they are now. */
  since(look: number): [file: number, doneBytes: number][] {
    const changed: [number, number][] = []
    for (let file = 0; file < this.#changedAt.length; file++) {
      if ((this.#changedAt[file] ?? 0) > look) changed.push([file, this.doneBytes(file)])
    }
    return changed
  }

  /** Counts what has come and what went. True if anything did. Looks are numbered upwards. */
  update(have: Bitfield, look: number): boolean {
    const [before, now] = [this.#counted.bytes, have.bytes]
    // Neighbours that came or went alike are counted as one.
    let first = -1
    let end = -1
    let isAdded = false
    let isChanged = false
    for (let at = 0; at < now.length; at++) {
      const is = readU8(now, at)
      let bits = is ^ readU8(before, at)
      while (bits !== 0) {
        const bit = Math.clz32(bits) - 24
        const mask = 0x80 >> bit
        bits &= ~mask
        const piece = at * 8 + bit
        const hasCome = (is & mask) !== 0
        if (piece !== end || hasCome !== isAdded) {
          if (isChanged) this.#count(first, end - 1, isAdded, look)
          first = piece
          isAdded = hasCome
          isChanged = true
        }
        end = piece + 1
        if (hasCome) this.#counted.add(piece)
        else this.#counted.remove(piece)
      }
    }
    if (isChanged) this.#count(first, end - 1, isAdded, look)
    return isChanged
  }

  #count(firstPiece: number, lastPiece: number, isAdded: boolean, look: number): void {
    const first = this.#geometry.pieceIndex(firstPiece)
    const last = this.#geometry.pieceIndex(lastPiece)
    if (first === undefined || last === undefined) return
    this.#geometry.spans(first, 0, this.#bytesOf(first, last), (file, _offset, length) => {
      this.#doneBytes[file] = this.doneBytes(file) + (isAdded ? length : -length)
      this.#changedAt[file] = look
    })
  }

  #bytesOf(first: PieceIndex, last: PieceIndex): number {
    const geometry = this.#geometry
    return geometry.pieceOffset(last) + geometry.pieceBytes(last) - geometry.pieceOffset(first)
  }
}
