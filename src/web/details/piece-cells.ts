// The map of pieces as a page draws it: a cell for each part that the daemon tells of. Pure; piece-canvas.tsx draws.
import { MAX_PARTS, partStart } from '../../core/piece-map.ts'
import type { PieceMap } from '../../daemon/rpc/page-types.ts'

/** A byte a cell, see PieceMap. */
export interface PieceCells {
  readonly pieces: number
  readonly have: Uint8Array
  readonly availability: Uint8Array
  readonly active: Uint8Array
  /** Of the peer that was asked about; empty without one. */
  readonly peer: Uint8Array
}

/** All of a cell is here. */
const ALL = 255

export function readMap({ pieces, have, availability, active, peer }: PieceMap): PieceCells {
  return {
    pieces,
    have: fromBase64(have),
    availability: fromBase64(availability),
    active: fromBase64(active),
    peer: fromBase64(peer),
  }
}

function fromBase64(text: string): Uint8Array {
  const binary = atob(text)
  const bytes = new Uint8Array(binary.length)
  for (let n = 0; n < bytes.length; n++) bytes[n] = binary.charCodeAt(n)
  return bytes
}

export interface Counted {
  readonly count: number
  /** A cell for each piece: nothing was rounded. */
  readonly isExact: boolean
}

/** How many pieces are in a set that is told in shares of cells. */
export function countPieces(shares: Uint8Array, pieces: number): Counted {
  const isExact = pieces <= MAX_PARTS
  if (shares.every((share) => share === ALL)) return { count: shares.length === 0 ? 0 : pieces, isExact: true }
  let count = 0
  for (let part = 0; part < shares.length; part++) {
    count += ((shares[part] ?? 0) / ALL) * (partStart(part + 1, pieces) - partStart(part, pieces))
  }
  return { count: Math.min(Math.round(count), pieces - 1), isExact }
}

/** With how many peers the rarest piece is that is not here; `undefined` if all are. */
export function rarest({ have, availability }: PieceCells): number | undefined {
  let least: number | undefined
  for (let n = 0; n < have.length; n++) {
    if (have[n] !== ALL) least = Math.min(least ?? ALL, availability[n] ?? 0)
  }
  return least
}

/** How one cell looks. `strength`: of 'here' how much of it is, of 'missing' how many have it, 0 to 1. */
export interface CellLook {
  readonly kind: 'here' | 'active' | 'missing' | 'nobody'
  readonly strength: number
}

/** As many peers as are drawn as "many": more look the same. */
const MANY = 10

export function cellLook({ have, availability, active }: PieceCells, cell: number): CellLook {
  const share = have[cell] ?? 0
  if (share === ALL) return { kind: 'here', strength: 1 }
  if (active[cell] === 1) return { kind: 'active', strength: 1 }
  if (share > 0) return { kind: 'here', strength: share / ALL }
  const peers = availability[cell] ?? 0
  return peers === 0 ? { kind: 'nobody', strength: 1 } : { kind: 'missing', strength: Math.min(1, peers / MANY) }
}

/** Numbers of the first and last piece of a cell. */
export function piecesOfCell(cell: number, pieces: number): readonly [first: number, last: number] {
  return [partStart(cell, pieces), partStart(cell + 1, pieces) - 1]
}

/** Cells in rows, of one size in CSS pixels. */
export interface CellGrid {
  readonly size: number
  readonly columns: number
  readonly rows: number
}

/** From what a finger could hit to what an eye can still tell apart. */
const SIZES = [24, 20, 16, 14, 12, 10, 9, 8, 7, 6, 5, 4]

/** The largest cells that fit; the smallest, and more height, where none does. */
export function gridFor(count: number, width: number, height: number): CellGrid {
  let grid: CellGrid = { size: 1, columns: 1, rows: 0 }
  for (const size of SIZES) {
    const columns = Math.max(1, Math.floor(width / size))
    grid = { size, columns, rows: Math.ceil(count / columns) }
    if (grid.rows * size <= height) break
  }
  return grid
}

/** The cell at a place; `undefined` beside all of them. */
export function cellAt({ size, columns }: CellGrid, count: number, x: number, y: number): number | undefined {
  const column = Math.floor(x / size)
  const row = Math.floor(y / size)
  if (column < 0 || row < 0 || column >= columns) return undefined
  const cell = row * columns + column
  return cell < count ? cell : undefined
}
