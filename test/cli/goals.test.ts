import assert from 'node:assert/strict'
import { test } from 'node:test'
import { goalReached } from '../../src/cli/goals.ts'
import { statusWith } from './status.ts'

test('without goals there is no end', () => {
  assert.equal(goalReached({}, statusWith({ state: 'seeding', totalUploadedBytes: 1e9, seedingMs: 1e9 })), undefined)
})

test('no goal is reached before every piece is verified', () => {
  const goals = { exitWhenDone: true, seedRatio: 0, seedTime: 1 }
  for (const state of ['metadata', 'checking', 'downloading', 'stopped', 'failed'] as const) {
    assert.equal(goalReached(goals, statusWith({ state, seedingMs: 5, totalUploadedBytes: 5 })), undefined)
  }
  assert.equal(goalReached(goals, statusWith({ state: 'seeding' })), 'done')
})

test('the ratio is of the size that is wanted', () => {
  const goals = { seedRatio: 1.5 }
  assert.equal(goalReached(goals, statusWith({ state: 'seeding', totalUploadedBytes: 1499 })), undefined)
  assert.equal(goalReached(goals, statusWith({ state: 'seeding', totalUploadedBytes: 1500 })), 'ratio')
})

test('the time counts while seeding', () => {
  assert.equal(goalReached({ seedTime: 1000 }, statusWith({ state: 'seeding', seedingMs: 999 })), undefined)
  assert.equal(goalReached({ seedTime: 1000 }, statusWith({ state: 'seeding', seedingMs: 1000 })), 'time')
})
