import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import type { PieceIndex } from '../../../src/core/ids.ts'
import { makeSpec, type OpenedStorage } from '../../../src/io/disk/storage-spec.ts'
import { type Store, StorePairs } from '../../../src/io/disk/store-pairs.ts'
import { makeTorrent, patternBytes } from '../../support/torrents.ts'

const { info, pieceRoots } = makeTorrent([{ path: 'a', bytes: patternBytes(5, 1) }], 16_384)
const spec = makeSpec({ info, pieceRoots, dir: '/', wanted: [true], mode: 'download' })

const [ONE, OTHER] = [1, 2].map((storage) => ({ storage, spec, geometry: info.geometry })) as [
  OpenedStorage,
  OpenedStorage,
]

function store(piece: number, length = 1024 * 1024, opened = ONE): Store {
  const job = { kind: 'store', piece: piece as PieceIndex, begin: 0, arena: 0, offset: 0, length } as const
  return { opened, job: { ...job, wantDigests: false, v1: undefined, v2: undefined }, done: () => {} }
}

/** What was posted, and a clock that stands unless it is told. */
function begin(t: TestContext): { pairs: StorePairs; posted: string[]; pass: (ms: number) => void } {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let nowMs = 1000
  const posted: string[] = []
  const pairs = new StorePairs(
    (first, second) => posted.push([first, second].flatMap((one) => one?.job.piece ?? []).join('+')),
    () => nowMs,
  )
  const pass = (ms: number): void => {
    nowMs += ms
    t.mock.timers.tick(ms)
  }
  return { pairs, posted, pass }
}

test('the first goes at once, those that follow quickly go in twos', (t) => {
  const { pairs, posted, pass } = begin(t)
  for (const piece of [0, 1, 2, 3, 4]) {
    pairs.add(store(piece))
    pass(1)
  }
  assert.deepEqual(posted, ['0', '1+2', '3+4'])
})

test('one that nobody follows goes alone after twice the time that another took to follow', (t) => {
  const { pairs, posted, pass } = begin(t)
  pairs.add(store(0))
  pass(10)
  pairs.add(store(1))
  pass(19)
  assert.deepEqual(posted, ['0'])
  pass(1)
  assert.deepEqual(posted, ['0', '1'])
  pass(100)
  assert.deepEqual(posted, ['0', '1'])
})

test('what comes slowly is not kept waiting', (t) => {
  const { pairs, posted, pass } = begin(t)
  for (const piece of [0, 1, 2]) {
    pairs.add(store(piece))
    assert.equal(posted.at(-1), `${piece}`)
    pass(21)
  }
  for (const piece of [3, 4, 5]) {
    pairs.add(store(piece, 32 * 1024))
    assert.equal(posted.at(-1), `${piece}`)
    pass(2)
  }
})

test('pieces of another length or torrent are no second, and go in order', (t) => {
  const { pairs, posted } = begin(t)
  for (const one of [
    store(0),
    store(1),
    store(2, 512 * 1024),
    store(3, 512 * 1024, OTHER),
    store(4, 512 * 1024, OTHER),
  ])
    pairs.add(one)
  assert.deepEqual(posted, ['0', '1', '2', '3+4'])
})

test('before anything else that must not overtake it, one that waits goes', (t) => {
  const { pairs, posted, pass } = begin(t)
  pairs.flush()
  for (const piece of [0, 1]) pairs.add(store(piece))
  pairs.flush()
  assert.deepEqual(posted, ['0', '1'])
  pass(100)
  assert.deepEqual(posted, ['0', '1'])
})
