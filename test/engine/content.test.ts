// What users and readers want of a torrent, as its picker sees it.
import assert from 'node:assert/strict'
import test from 'node:test'
import { Bitfield } from '../../src/core/bitfield.ts'
import { BLOCK_BYTES } from '../../src/core/geometry.ts'
import { Content } from '../../src/engine/content.ts'
import { InlineDisk } from '../../src/io/disk/inline-disk.ts'
import { makeHome } from '../support/program.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const PIECES = 12

/** Twelve pieces of a block each, in two files; peer 1 has all. */
function stage(priorities: readonly number[]) {
  const half = (PIECES / 2) * BLOCK_BYTES
  const { info } = makeTorrent(
    [
      { path: 'a', bytes: patternBytes(half, 1) },
      { path: 'b', bytes: patternBytes(half, 2) },
    ],
    BLOCK_BYTES,
  )
  const disk = new InlineDisk()
  const dir = makeHome('content')
  const wanted = [true, true]
  const storage = disk.open({ info, pieceRoots: undefined, dir, wanted, mode: 'download', finished: undefined })
  const content = new Content({ info, pieceRoots: undefined, storage, disk, priorities, onReadFailed: () => {} })
  const all = new Bitfield(PIECES)
  all.fill()
  content.picker.peerJoined(1, all)
  const ask = (count: number): number[] =>
    Array.from({ length: count }, () => content.geometry.pieceOfBlock(content.picker.next(1, 0)))
  return { content, ask }
}

test('what a reader waits for comes before what users want most, in order', () => {
  const { content, ask } = stage([4, 7])
  content.setUrgent({}, { first: 2, last: 4 })
  assert.deepEqual(ask(4), [2, 3, 4, 6], 'then file b, in order as well')
})

test('two readers do not take each other back, and who has gone leaves things as users wished them', () => {
  const { content, ask } = stage([1, 7])
  const [one, other] = [{}, {}]
  content.setUrgent(one, { first: 0, last: 2 })
  content.setUrgent(other, { first: 2, last: 3 })
  content.setUrgent(one, undefined)
  assert.deepEqual(ask(2), [2, 3])
  content.setUrgent(other, { first: 4, last: 5 })
  content.setPriorities([4, 7])
  assert.deepEqual(ask(1), [4], 'a change of wishes takes nothing from a reader')
  content.setUrgent(other, undefined)
  const rest = ask(6)
  assert.deepEqual(
    rest.toSorted((a, b) => a - b),
    [6, 7, 8, 9, 10, 11],
    'file b before file a',
  )
})
