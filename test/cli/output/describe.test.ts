import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe } from '../../../src/cli/output/describe.ts'

const STOPPED = { event: 'stopped', downloaded: 0, uploaded: 2_000_000, done: 353, total: 1000 } as const

test('an end tells why, and an early one how far it came', () => {
  assert.deepEqual(describe({ ...STOPPED, reason: 'ratio' }), [
    'Finished, the ratio is reached: downloaded 0 B, uploaded 2.00 MB',
  ])
  assert.deepEqual(describe({ ...STOPPED, reason: 'interrupted' }), [
    'Stopped: downloaded 0 B, uploaded 2.00 MB; 35.3% is there',
  ])
  assert.deepEqual(describe({ ...STOPPED, reason: 'interrupted', done: 1000 }), [
    'Stopped: downloaded 0 B, uploaded 2.00 MB',
  ])
})

test('what trackers and torrents say loses its control characters', () => {
  const tracker = {
    event: 'tracker',
    tracker: 't.example:80',
    state: 'failed',
    seeders: null,
    leechers: null,
    message: 'go\x1b[2J\nshoal: away',
  } as const
  assert.deepEqual(describe(tracker), ['Tracker t.example:80 fails: go[2J shoal: away'])
  const listed = { event: 'listed', tracker: 't.example', infoHash: 'ab', name: 'a\x1b[2J', isNew: true } as const
  assert.deepEqual(describe(listed), ['Listed at t.example as a[2J'])
  const done = { event: 'done', name: 'a\rb', total: 5, downloaded: 5, seconds: 61 } as const
  assert.deepEqual(describe(done), ['Complete after 1m01s: a b (5 B), every piece verified'])
})

test('of many bad files, the first are named', () => {
  const files = Array.from(
    { length: 23 },
    (_, n) => ({ path: `f${n}`, problem: 'missing', pieces: 1, piecesGood: 0 }) as const,
  )
  const lines = describe({ event: 'verified', name: 'photos', pieces: 23, piecesGood: 0, files })
  assert.equal(lines[0], 'Missing:    f0')
  assert.deepEqual(lines.slice(20), ['... and 3 files more'])
})
