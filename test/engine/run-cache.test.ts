// Memory for what is sent, shared by peers and by readers that are none.
import assert from 'node:assert/strict'
import test from 'node:test'
import { BLOCK_BYTES, Geometry } from '../../src/core/geometry.ts'
import type { PieceIndex } from '../../src/core/ids.ts'
import { CELL_BLOCKS, type Run, RunCache, type RunSource } from '../../src/engine/run-cache.ts'
import type { Disk, Slot, Storage } from '../../src/io/disk/disk.ts'
import { PieceBuffers } from '../../src/io/disk/piece-buffers.ts'

const CELL = CELL_BLOCKS * BLOCK_BYTES
const PIECES = 1_000

function stage(isWarm = false, pieceLength = CELL): { readonly cache: RunCache; readonly source: RunSource } {
  const buffers = new PieceBuffers()
  const disk: Partial<Disk> = {
    reserve: (bytes, purpose) => buffers.reserve(bytes, purpose),
    release: (slot) => buffers.release(slot),
  }
  const storage: Partial<Storage> = {
    loadNow: () => isWarm,
    load: (_piece, _begin, length, _slot, _gap, done) => done(length),
  }
  const source = {
    storage: storage as Storage,
    geometry: new Geometry([{ offset: 0, length: PIECES * CELL, isPad: false }], pieceLength),
    runs: new Map<number, Run>(),
    isInMemory: false,
    onReadFailed: assert.fail,
  }
  return { cache: new RunCache(disk as Disk), source }
}

/** Reads runs until one is refused. */
function fill(cache: RunCache, source: RunSource, use: (run: Run) => void): number {
  for (let piece = 0; piece < PIECES; piece++) {
    const run = cache.get(source, piece as PieceIndex, 0, CELL)
    if (run === undefined) return piece
    use(run)
  }
  return PIECES
}

test('a reader gets memory though all of it holds runs that were sent in part and are not asked for any more', () => {
  const { cache, source } = stage()
  fill(cache, source, () => {})
  const slot = cache.reserve(CELL)
  assert.ok(slot !== undefined, 'the oldest run made room')
  cache.release(slot)
})

test('while all of it is being sent a reader waits, and is called when some is free; a reader frees for peers too', () => {
  const { cache, source } = stage()
  const used: Run[] = []
  const count = fill(cache, source, (run) => {
    run.users++
    used.push(run)
  })
  assert.ok(count < PIECES)
  assert.equal(cache.reserve(CELL), undefined)
  let calls = 0
  cache.whenFree(() => calls++)
  used[0]?.release()
  assert.equal(calls, 1)
  const slot: Slot | undefined = cache.reserve(CELL)
  assert.ok(slot !== undefined)
  cache.whenFree(() => calls++)
  cache.release(slot)
  assert.equal(calls, 2)
})

test('what can be read at once is ready at once, with what goes before each block', () => {
  const { cache, source } = stage(true)
  const run = cache.get(source, 3 as PieceIndex, 0, CELL)
  assert.equal(run?.isReady, true)
  const second = run.wire(BLOCK_BYTES, 1, BLOCK_BYTES)
  assert.deepEqual([...second.subarray(0, 13)], [0, 0, 0x40, 9, 7, 0, 0, 0, 3, 0, 0, 0x40, 0])
})

test('what is in memory is read cell by cell, what a worker must read four cells at once', () => {
  const lengths = (isWarm: boolean): unknown[] => {
    const { cache, source } = stage(isWarm, 4 * CELL)
    return [0, 1, 2].map((piece) => cache.get(source, piece as PieceIndex, 0, 4 * CELL)?.length)
  }
  assert.deepEqual(lengths(false), [4 * CELL, 4 * CELL, 4 * CELL])
  assert.deepEqual(lengths(true), [4 * CELL, CELL, CELL], 'the first read says which it is')
})
