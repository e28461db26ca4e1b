import assert from 'node:assert/strict'
import test from 'node:test'
import type { TorrentEvent } from '../../src/daemon/rpc/types.ts'
import {
  COLUMNS,
  etaOf,
  inOrder,
  isDone,
  isInGroup,
  labelsIn,
  progressOf,
  ratioOf,
  type Wanted,
} from '../../src/web/torrents/torrent-order.ts'

const ALL: Wanted = { group: 'all', label: '', words: '', column: 'name', isDescending: false }

let lastId = 0
function torrent(name: string, change: Partial<TorrentEvent> = {}): TorrentEvent {
  lastId++
  return {
    id: lastId,
    hash_string: String(lastId).padStart(40, '0'),
    name,
    state: 'downloading',
    error: '',
    wanted_bytes: 1_000,
    done_bytes: 0,
    checked_bytes: 0,
    rate_download: 0,
    rate_upload: 0,
    peers_connected: 0,
    warning: '',
    total_bytes: 1_000,
    uploaded_bytes: 0,
    labels: [],
    added_at: 0,
    queue_position: lastId,
    is_undecided: false,
    ...change,
  }
}

const names = (torrents: readonly TorrentEvent[], change: Partial<Wanted> = {}): string[] =>
  inOrder(torrents, { ...ALL, ...change }).map(({ name }) => name)

test('names are sorted as people do: without case and accents, 2 before 10', () => {
  const torrents = ['b10', 'zoo', 'B2', 'apfelmus', 'Äpfel'].map((name) => torrent(name))
  const sorted = ['Äpfel', 'apfelmus', 'B2', 'b10', 'zoo']
  assert.deepEqual(names(torrents), sorted)
  assert.deepEqual(names(torrents, { isDescending: true }), sorted.toReversed())
})

test('equal ones keep the order of their names in both directions: rows do not jump', () => {
  const torrents = [torrent('c'), torrent('a'), torrent('b', { rate_download: 5 })]
  assert.deepEqual(names(torrents, { column: 'down', isDescending: true }), ['b', 'a', 'c'])
  assert.deepEqual(names(torrents, { column: 'down' }), ['a', 'c', 'b'])
})

test('every column sorts, and what has no end yet comes after what has', () => {
  const slow = torrent('slow', { rate_download: 1, done_bytes: 500 })
  const fast = torrent('fast', { rate_download: 100, done_bytes: 500 })
  const done = torrent('done', { state: 'seeding', done_bytes: 1_000 })
  const still = torrent('still')
  for (const column of COLUMNS) assert.equal(names([slow, fast, done, still], { column }).length, 4)
  assert.deepEqual(names([still, slow, done, fast], { column: 'eta' }), ['done', 'fast', 'slow', 'still'])
})

test('a filter takes all words in any order and case, a label, and a group', () => {
  const torrents = [
    torrent('Big Buck Bunny', { labels: ['film'] }),
    torrent('bunny hop', { state: 'stopped' }),
    torrent('other', { labels: ['film'], state: 'failed', error: 'no space' }),
  ]
  assert.deepEqual(names(torrents, { words: ' BUNNY  big ' }), ['Big Buck Bunny'])
  assert.deepEqual(names(torrents, { label: 'film' }), ['Big Buck Bunny', 'other'])
  assert.deepEqual(names(torrents, { group: 'stopped' }), ['bunny hop'])
  assert.deepEqual(names(torrents, { group: 'failed', label: 'film' }), ['other'])
})

test('groups: what is complete does not download, who sends is active, a warning is an error', () => {
  const seeding = torrent('s', { state: 'seeding', done_bytes: 1_000, rate_upload: 1 })
  const waiting = torrent('w', { state: 'queued' })
  const warned = torrent('x', { warning: 'tracker says no' })
  assert.deepEqual([isInGroup(seeding, 'downloading'), isInGroup(seeding, 'seeding')], [false, true])
  assert.deepEqual([isInGroup(waiting, 'downloading'), isInGroup(waiting, 'seeding')], [true, false])
  assert.deepEqual([isInGroup(seeding, 'active'), isInGroup(waiting, 'active')], [true, false])
  assert.equal(isInGroup(warned, 'failed'), true)
})

test('progress, time left and ratio never divide by nothing', () => {
  const empty = torrent('m', { state: 'metadata', wanted_bytes: 0, total_bytes: 0 })
  assert.deepEqual([progressOf(empty), etaOf(empty), ratioOf(empty), isDone(empty)], [0, undefined, 0, false])
  const checked = torrent('c', { state: 'checking', checked_bytes: 250 })
  assert.equal(progressOf(checked), 0.25)
  assert.equal(etaOf(torrent('t', { rate_download: 100, done_bytes: 500 })), 5)
  assert.equal(progressOf(torrent('n', { state: 'seeding', wanted_bytes: 0 })), 1)
})

test('labels are counted, in order', () => {
  const torrents = [torrent('a', { labels: ['tv', 'b'] }), torrent('b', { labels: ['tv'] })]
  assert.deepEqual(labelsIn(torrents), [
    ['b', 1],
    ['tv', 2],
  ])
})
