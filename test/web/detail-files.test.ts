import assert from 'node:assert/strict'
import test from 'node:test'
import type { FileDetail, PeerDetail } from '../../src/daemon/rpc/page-types.ts'
import {
  canOpen,
  fileToPlay,
  priorityChange,
  priorityOf,
  progressOfFiles,
  sameNames,
} from '../../src/web/details/detail-files.ts'
import { flagsInWords, inPeerOrder, pressColumn } from '../../src/web/details/peer-order.ts'

const file = (path: string, length: number, done = 0, priority: FileDetail['priority'] = 'normal'): FileDetail => ({
  path,
  length,
  done_bytes: done,
  priority,
})
const FILES = [
  file('a/readme.txt', 10, 10),
  file('a/film.mkv', 1_000, 0, 'high'),
  file('a/trailer.mkv', 100),
  file('a/data.bin', 5_000, 4_999),
]

test('what several files have in common is told', () => {
  assert.equal(priorityOf(FILES, [0, 2]), 'normal')
  assert.equal(priorityOf(FILES, [0, 1]), 'mixed')
  assert.equal(progressOfFiles(FILES, [0, 2]), 10 / 110)
  assert.equal(progressOfFiles([file('empty', 0)], [0]), 1)
})

test('a change names its files, and never none: that would mean all', () => {
  assert.deepEqual(priorityChange([2], 'unwanted'), { files_unwanted: [2] })
  assert.deepEqual(priorityChange([2, 3], 'low'), { files_wanted: [2, 3], priority_low: [2, 3] })
  assert.equal(priorityChange([], 'high'), undefined)
})

test('the largest film is played; what no browser shows is opened when it is whole', () => {
  assert.equal(fileToPlay(FILES), 1)
  assert.equal(fileToPlay([file('x.bin', 5)]), undefined)
  assert.deepEqual(FILES.map(canOpen), [true, true, true, false])
  assert.equal(canOpen(file('data.bin', 5, 5)), true)
})

test('the list of names stays the same object while only progress changes', () => {
  const later = FILES.map((one) => ({ ...one, done_bytes: one.length }))
  assert.equal(sameNames(FILES, later), FILES)
  const renamed = [...later.slice(0, 3), file('a/other.bin', 5_000)]
  assert.equal(sameNames(FILES, renamed), renamed)
  assert.equal(sameNames(FILES, later.slice(1)).length, 3)
})

const peer = (address: string, change: Partial<PeerDetail> = {}): PeerDetail => ({
  address,
  client: 'x',
  flags: '',
  progress: 0,
  rate_download: 0,
  rate_upload: 0,
  downloaded_bytes: 0,
  uploaded_bytes: 0,
  ...change,
})

test('peers are sorted by any column; equal ones by address, as numbers', () => {
  const peers = [peer('10.0.0.10:1'), peer('10.0.0.9:1'), peer('10.0.0.2:1', { rate_download: 5 })]
  const sorted = (column: 'address' | 'down', isDescending: boolean): string[] =>
    inPeerOrder(peers, { column, isDescending }).map(({ address }) => address)
  assert.deepEqual(sorted('down', true), ['10.0.0.2:1', '10.0.0.9:1', '10.0.0.10:1'])
  assert.deepEqual(sorted('address', true), ['10.0.0.10:1', '10.0.0.9:1', '10.0.0.2:1'])
})

test('a column that is pressed again turns around; numbers begin with the largest', () => {
  const first = pressColumn({ column: 'down', isDescending: true }, 'client')
  assert.deepEqual(first, { column: 'client', isDescending: false })
  assert.deepEqual(pressColumn(first, 'client'), { column: 'client', isDescending: true })
  assert.equal(pressColumn(first, 'up').isDescending, true)
})

test('each flag is explained, and one that nobody knows is left as it is', () => {
  assert.match(flagsInWords('DI'), /^D: we receive from it\nI: it connected to us$/)
  assert.equal(flagsInWords('Z'), 'Z')
  assert.equal(flagsInWords(''), 'Nothing is exchanged')
})
