// Labels that are typed, and given to many torrents.
import assert from 'node:assert/strict'
import test from 'node:test'
import { labelCalls, splitLabels } from '../../src/web/torrents/label-change.ts'

test('labels are split at commas, once each', () => {
  assert.deepEqual(splitLabels(' a, b ,,a, c d'), ['a', 'b', 'c d'])
  assert.deepEqual(splitLabels(' , '), [])
})

test('each torrent keeps its own labels, and those that end up alike are told in one call', () => {
  const torrents = [
    { id: 1, labels: ['film'] },
    { id: 2, labels: ['film', 'old'] },
    { id: 3, labels: ['book'] },
    { id: 4, labels: ['new'] },
  ]
  assert.deepEqual(labelCalls(torrents, { added: ['new'], removed: new Set(['old', 'nobody has it']) }), [
    { ids: [1, 2], labels: ['film', 'new'] },
    { ids: [3], labels: ['book', 'new'] },
  ])
})

test('nothing is told when nothing changes', () => {
  assert.deepEqual(labelCalls([{ id: 1, labels: ['a'] }], { added: ['a'], removed: new Set(['b']) }), [])
})

test('the last label can be taken away', () => {
  assert.deepEqual(labelCalls([{ id: 1, labels: ['a'] }], { added: [], removed: new Set(['a']) }), [
    { ids: [1], labels: [] },
  ])
})
