import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Bitfield } from '../../src/core/bitfield.ts'
import { badFiles } from '../../src/cli/verify-files.ts'
import { infoOf, PIECE_BYTES } from './torrents.ts'

const INFO = infoOf({ a: PIECE_BYTES, b: PIECE_BYTES + 1, c: 0 })

function goodExcept(...pieces: readonly number[]): Bitfield {
  const good = new Bitfield(INFO.geometry.pieceCount)
  good.fill()
  for (const piece of pieces) good.remove(piece)
  return good
}

const stamps = (...sizes: readonly number[]): { file: number; sizeBytes: number; modifiedAtMs: number }[] => {
  return sizes.map((sizeBytes, file) => ({ file, sizeBytes, modifiedAtMs: 0 }))
}

test('a good copy has no bad file', () => {
  assert.deepEqual(badFiles(INFO, goodExcept(), stamps(PIECE_BYTES, PIECE_BYTES + 1, 0)), [])
})

test('bad, cut and missing files are told apart', () => {
  assert.deepEqual(badFiles(INFO, goodExcept(0, 2), stamps(PIECE_BYTES, 5, -1)), [
    { path: 'photos/a', problem: 'bad', pieces: 1, piecesGood: 0 },
    { path: 'photos/b', problem: 'wrong-size', pieces: 2, piecesGood: 1 },
    { path: 'photos/c', problem: 'missing', pieces: 0, piecesGood: 0 },
  ])
})
