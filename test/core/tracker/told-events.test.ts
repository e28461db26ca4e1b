import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ToldEvents } from '../../../src/core/tracker/told-events.ts'

test('[17] started comes first, completed once after it, then nothing special', () => {
  const events = new ToldEvents()
  assert.equal(events.next(false, false), 'started')
  events.told('started', 100)
  assert.equal(events.next(false, false), 'none')
  assert.equal(events.next(true, false), 'completed')
  events.told('completed', 0)
  assert.equal(events.next(true, false), 'none')
})

test('[17] an event that got no answer is told again', () => {
  const events = new ToldEvents()
  assert.equal(events.next(false, false), 'started')
  assert.equal(events.next(false, false), 'started')
})

test('[17] who joins with everything never says completed', () => {
  const events = new ToldEvents()
  events.told('started', 0)
  assert.equal(events.next(true, false), 'none')
  assert.deepEqual(events.last(true), ['stopped'])
})

test('[17] stopped goes only to a tracker that was told started', () => {
  const events = new ToldEvents()
  assert.deepEqual(events.last(false), [])
  events.told('started', 100)
  assert.deepEqual(events.last(false), ['stopped'])
  events.told('stopped', 100)
  assert.deepEqual(events.last(false), [])
})

test('[17] who leaves right after the last piece says completed before stopped', () => {
  const events = new ToldEvents()
  events.told('started', 100)
  assert.deepEqual(events.last(true), ['completed', 'stopped'])
})

test('[84] a partial seed says paused, after started', () => {
  const events = new ToldEvents()
  assert.equal(events.next(false, true), 'started')
  events.told('started', 100)
  assert.equal(events.next(false, true), 'paused')
})
