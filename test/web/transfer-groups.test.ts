// Sends by what was sent at once, and states in words.
import assert from 'node:assert/strict'
import test from 'node:test'
import type { OfferRow, TransferRow } from '../../src/daemon/rpc/types.ts'
import {
  fetchWords,
  offerName,
  offerWords,
  partOf,
  sentBar,
  sentGroups,
  sentWords,
} from '../../src/web/people/transfer-groups.ts'

function sent(id: number, change: Partial<TransferRow>): TransferRow {
  const amounts = { fileCount: 3, acceptedCount: 3, totalBytes: 10, doneBytes: 0 }
  const about = { to: 'bob', batch: 1, name: 'photos', isVerified: true, error: '', isPinWanted: false }
  return { id, ...about, ...amounts, state: 'sending', ...change }
}

test('what was sent at once stands together, the latest first', () => {
  const groups = sentGroups([
    sent(1, { to: 'ann', totalBytes: 4 }),
    sent(2, { to: 'bob' }),
    sent(3, { to: 'ann', batch: 2, name: 'song.ogg', fileCount: 1 }),
  ])
  assert.deepEqual(
    groups.map(({ name, fileCount, totalBytes, receivers }) => [name, fileCount, totalBytes, receivers.length]),
    [
      ['song.ogg', 1, 10, 1],
      ['photos', 3, 10, 2],
    ],
  )
})

test('the state of a send says what the receiver has, and why it failed', () => {
  assert.equal(sentWords(sent(1, { state: 'done' })), 'Has all of it, verified')
  assert.equal(sentWords(sent(1, { state: 'done', isVerified: false })), 'Has all of it')
  assert.equal(sentWords(sent(1, { state: 'done', acceptedCount: 2 })), 'Has what it wanted: 2 of 3 files')
  assert.equal(sentWords(sent(1, { state: 'declined', error: 'bob said no' })), 'Said no')
  assert.equal(sentWords(sent(1, { state: 'failed', error: 'not there' })), 'Failed: not there')
  assert.deepEqual([sentBar(sent(1, { state: 'failed' })), sentBar(sent(1, { state: 'declined' }))], ['bad', 'still'])
})

test('offers and fetches say what is wrong with them', () => {
  const offer: OfferRow = {
    ...{ id: 1, from: 'ann', isProven: true, files: [], fileCount: 0, totalBytes: 0, dir: '/got', doneBytes: 0 },
    ...{ state: 'failed', error: 'the disk is full', received: [] },
  }
  assert.equal(offerWords(offer), 'Failed: the disk is full')
  const fetch = { id: 1, path: 'a', from: [], dir: '/got', totalBytes: 0, doneBytes: 0, rate: 0, error: '' }
  assert.equal(fetchWords({ ...fetch, state: 'downloading' }), 'Coming')
})

test('an offer is called by its first file, or by the folder that this is in', () => {
  assert.equal(offerName({ files: [{ name: 'a.jpg', size: 1 }] }), 'a.jpg')
  assert.equal(offerName({ files: [{ name: 'photos/2024/a.jpg', size: 1 }] }), 'photos')
  assert.equal(offerName({ files: [] }), '')
})

test('how far it is lies between nothing and all, whatever was told', () => {
  const parts = [
    partOf({ doneBytes: 5, totalBytes: 10 }, false),
    partOf({ doneBytes: 50, totalBytes: 10 }, false),
    partOf({ doneBytes: 0, totalBytes: 0 }, false),
    partOf({ doneBytes: 0, totalBytes: 0 }, true),
  ]
  assert.deepEqual(parts, [0.5, 1, 0, 1])
})
