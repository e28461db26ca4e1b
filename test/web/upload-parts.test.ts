// In which parts files go to the daemon.
import assert from 'node:assert/strict'
import test from 'node:test'
import { MOST_PART_BYTES, nameForLoose, nextPart, nextPartBytes } from '../../src/web/share/upload-parts.ts'

const nobody = (): boolean => false

test('parts go on from what is there, and end with the file', () => {
  const files = [
    { size: 5, have: 5 },
    { size: 10, have: 4 },
  ]
  assert.deepEqual(nextPart(files, 0, nobody, 3), { file: 1, begin: 4, end: 7 })
  assert.deepEqual(nextPart(files, 0, nobody, 100), { file: 1, begin: 4, end: 10 })
})

test('a file that is on its way is passed over; an empty one needs nothing', () => {
  const files = [
    { size: 9, have: 0 },
    { size: 0, have: 0 },
    { size: 9, have: 0 },
  ]
  assert.deepEqual(
    nextPart(files, 0, (file) => file === 0, 4),
    { file: 2, begin: 0, end: 4 },
  )
  assert.equal(
    nextPart(files, 0, () => true, 4),
    undefined,
  )
  assert.equal(nextPart(files, 3, nobody, 4), undefined)
})

test('parts shrink on a thin line, and grow by two at most on a good one', () => {
  const MIB = 1024 * 1024
  assert.equal(nextPartBytes(8 * MIB, 40_000), MIB)
  assert.equal(nextPartBytes(MIB, 1), 2 * MIB)
  assert.equal(nextPartBytes(MOST_PART_BYTES, 1), MOST_PART_BYTES)
  assert.ok(nextPartBytes(64 * 1024, 600_000) >= 64 * 1024)
})

test('files without a folder of their own are called after the first', () => {
  const more = (name: string, others: number): string => `${name}+${others}`
  assert.equal(nameForLoose(['a.txt'], more), undefined)
  assert.equal(nameForLoose(['trip/a.txt', 'trip/b/c.txt'], more), undefined)
  assert.equal(nameForLoose(['a.txt', 'trip/b.txt'], more), 'a.txt+1')
  assert.equal(nameForLoose(['trip/a.txt', 'triple/b.txt'], more), 'a.txt+1')
})
