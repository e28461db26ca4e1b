import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { Bitfield } from '../../src/core/bitfield.ts'
import { FileProgress } from '../../src/core/file-progress.ts'
import { Geometry, type GeometryFile } from '../../src/core/geometry.ts'

const PIECE = 100

function geometryOf(lengths: readonly number[]): Geometry {
  let offset = 0
  const files = lengths.map((length): GeometryFile => {
    const file = { offset, length, isPad: false }
    offset += length
    return file
  })
  return new Geometry(files, PIECE)
}

test('files are told when their bytes change, and only then', () => {
  const progress = new FileProgress(geometryOf([150, 0, 100, 50]))
  const have = new Bitfield(3)
  assert.equal(progress.update(have, 1), false)
  have.add(1)
  assert.equal(progress.update(have, 2), true)
  assert.deepEqual(progress.since(1), [
    [0, 50],
    [2, 50],
  ])
  assert.deepEqual(progress.since(2), [])
  have.add(2)
  have.remove(1)
  progress.update(have, 3)
  assert.deepEqual(progress.since(2), [
    [0, 0],
    [2, 50],
    [3, 50],
  ])
})

test('padding counts for nobody', () => {
  const files = [
    { offset: 0, length: 30, isPad: false },
    { offset: 30, length: 70, isPad: true },
    { offset: 100, length: 100, isPad: false },
  ]
  const progress = new FileProgress(new Geometry(files, PIECE))
  const have = new Bitfield(2)
  have.fill()
  progress.update(have, 1)
  assert.deepEqual(progress.since(0), [
    [0, 30],
    [2, 100],
  ])
})

test('after any changes in any order, each file has what its pieces have', () => {
  const lengths = fc.array(fc.integer({ min: 0, max: 350 }), { minLength: 1, maxLength: 12 })
  const steps = fc.array(fc.array(fc.nat(40), { maxLength: 12 }), { maxLength: 8 })
  fc.assert(
    fc.property(lengths, steps, (files, toggled) => {
      const geometry = geometryOf(files)
      const progress = new FileProgress(geometry)
      const have = new Bitfield(geometry.pieceCount)
      toggled.forEach((numbers, look) => {
        for (const n of numbers) {
          const piece = geometry.pieceIndex(n)
          if (piece !== undefined && !have.add(piece)) have.remove(piece)
        }
        progress.update(have, look + 1)
        const expected = files.map(() => 0)
        for (let n = 0; n < geometry.pieceCount; n++) {
          const piece = geometry.pieceIndex(n)
          if (piece === undefined || !have.has(n)) continue
          geometry.spans(piece, 0, geometry.pieceBytes(piece), (file, _offset, length) => {
            expected[file] = (expected[file] ?? 0) + length
          })
        }
        assert.deepEqual(
          files.map((_, file) => progress.doneBytes(file)),
          expected,
        )
      })
    }),
  )
})
