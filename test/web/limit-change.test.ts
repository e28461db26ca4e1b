// What of the limits that are typed is told to the daemon.
import assert from 'node:assert/strict'
import test from 'node:test'
import { changesOfMany, changesOfOne, limitsOf, NO_LIMITS } from '../../src/web/torrents/limit-change.ts'

const BEFORE = { down: '70', up: '', ratio: '2' }

test('of one torrent only what differs is told, and an empty box takes its limit away', () => {
  assert.deepEqual(changesOfOne(BEFORE, BEFORE), {})
  assert.deepEqual(changesOfOne({ ...BEFORE, up: '12.6' }, BEFORE), { upload_limited: true, upload_limit: 13 })
  assert.deepEqual(changesOfOne(NO_LIMITS, BEFORE), { download_limited: false, seed_ratio_mode: 0 })
  assert.deepEqual(changesOfOne({ ...BEFORE, ratio: '1.5' }, BEFORE), { seed_ratio_mode: 1, seed_ratio_limit: 1.5 })
})

test('of many an empty box leaves each as it is, unless the rest is to be taken away', () => {
  assert.deepEqual(changesOfMany(NO_LIMITS, false), {})
  assert.deepEqual(changesOfMany({ ...NO_LIMITS, down: '0' }, false), { download_limited: true, download_limit: 0 })
  assert.deepEqual(changesOfMany({ ...NO_LIMITS, down: '5' }, true), {
    download_limited: true,
    download_limit: 5,
    upload_limited: false,
    seed_ratio_mode: 0,
  })
})

test('limits that are off are empty boxes', () => {
  const off = { download_limit: 7, download_limited: false, upload_limit: 8, upload_limited: true }
  assert.deepEqual(limitsOf({ ...off, seed_ratio_limit: 2, seed_ratio_mode: 2 }), { down: '', up: '8', ratio: '' })
})
