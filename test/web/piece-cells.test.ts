import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import type { PieceMap } from '../../src/daemon/rpc/page-types.ts'
import {
  cellAt,
  cellLook,
  countPieces,
  gridFor,
  piecesOfCell,
  rarest,
  readMap,
} from '../../src/web/details/piece-cells.ts'

const base64 = (...bytes: number[]): string => Buffer.from(bytes).toString('base64')

const MAP: PieceMap = {
  pieces: 5,
  piece_length: 16_384,
  have: base64(255, 0, 0, 0, 255),
  availability: base64(9, 2, 0, 30, 0),
  active: base64(0, 1, 0, 0, 0),
  peer: base64(255, 255, 0, 0, 0),
}

test('cells look like what is told of their pieces', () => {
  const cells = readMap(MAP)
  const looks = Array.from({ length: 5 }, (_, cell) => cellLook(cells, cell))
  assert.deepEqual(
    looks.map(({ kind }) => kind),
    ['here', 'active', 'nobody', 'missing', 'here'],
  )
  assert.equal(looks[3]?.strength, 1, 'more than many is many')
})

test('pieces are counted; of those that are missing the rarest is told', () => {
  const cells = readMap(MAP)
  assert.deepEqual(countPieces(cells.have, 5), { count: 2, isExact: true })
  assert.deepEqual(countPieces(cells.peer, 5), { count: 2, isExact: true })
  assert.equal(rarest(cells), 0)
  assert.equal(rarest(readMap({ ...MAP, have: base64(255, 255, 255, 255, 255) })), undefined)
})

test('of more pieces than cells they are counted nearly, and never all before they are all here', () => {
  const pieces = 1_000_000
  const all = new Uint8Array(2_048).fill(255)
  assert.deepEqual(countPieces(all, pieces), { count: pieces, isExact: true })
  all[7] = 254
  const { count, isExact } = countPieces(all, pieces)
  assert.ok(count < pieces && count > pieces - 10)
  assert.equal(isExact, false)
  assert.deepEqual(countPieces(new Uint8Array(), 0), { count: 0, isExact: true })
  assert.deepEqual(piecesOfCell(0, pieces), [0, 487])
  assert.deepEqual(piecesOfCell(2_047, pieces)[1], pieces - 1)
})

test('cells are as large as fits; a place in the grid is the cell that was drawn there', () => {
  assert.deepEqual(gridFor(64, 1_000, 200), { size: 24, columns: 41, rows: 2 })
  assert.ok(gridFor(2_048, 360, 200).size >= 4)
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 2_048 }),
      fc.integer({ min: 50, max: 2_000 }),
      fc.nat(),
      (count, width, n) => {
        const grid = gridFor(count, width, 200)
        assert.ok(grid.columns * grid.rows >= count && grid.columns * grid.size <= width)
        const cell = n % count
        const [x, y] = [(cell % grid.columns) * grid.size, Math.floor(cell / grid.columns) * grid.size]
        assert.equal(cellAt(grid, count, x, y), cell)
        assert.equal(cellAt(grid, count, grid.columns * grid.size, y), undefined)
      },
    ),
  )
})
