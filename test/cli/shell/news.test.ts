import assert from 'node:assert/strict'
import test from 'node:test'
import { News, peopleNews } from '../../../src/cli/shell/news.ts'
import type { TorrentEvent } from '../../../src/daemon/rpc/types.ts'

function event(state: TorrentEvent['state'], done: number, error = ''): TorrentEvent {
  return {
    id: 1,
    hash_string: '1'.repeat(40),
    name: 'ph\x1b[31motos',
    state,
    error,
    wanted_bytes: 10,
    done_bytes: done,
    checked_bytes: 0,
    rate_download: 0,
    rate_upload: 0,
    peers_connected: 0,
    warning: '',
    total_bytes: 10,
    uploaded_bytes: 0,
    labels: [],
    added_at: 0,
    queue_position: 0,
    is_undecided: false,
  }
}

const told = (...events: readonly TorrentEvent[]): (string | undefined)[] => {
  const news = new News()
  return events.map((one) => news.of(one))
}

test('a download that is complete is told once', () => {
  assert.deepEqual(told(event('downloading', 3), event('seeding', 10), event('seeding', 10)), [
    undefined,
    '1 ph[31motos is complete',
    undefined,
  ])
})

test('so is one that was stopped, and was quick', () => {
  assert.equal(told(event('stopped', 3), event('checking', 0), event('seeding', 10)).at(-1), '1 ph[31motos is complete')
})

test('files that were only checked are no news', () => {
  assert.deepEqual(told(event('checking', 0), event('seeding', 10)), [undefined, undefined])
  assert.deepEqual(told(event('stopped', 10), event('seeding', 10)), [undefined, undefined])
})

test('a failure is told with its reason, once', () => {
  const lines = told(event('downloading', 3), event('failed', 3, 'the disk\x07 is full'), event('failed', 3))
  assert.deepEqual(lines, [undefined, '1 ph[31motos failed: the disk is full', undefined])
})

test('offers and messages are told harmless, each with what to do', () => {
  const offer = {
    id: 3,
    from: 'an\x1bn',
    isProven: true,
    files: [
      { name: 'a\n.jpg', size: 1 },
      { name: 'b', size: 2 },
    ],
    fileCount: 2,
    totalBytes: 5_000_000,
    dir: '/got',
    doneBytes: 0,
    error: '',
    received: [],
  }
  const message = { id: 1, from: 'bob', fingerprint: '', isProven: true, text: 'lunch?\x07', at: 0 }
  assert.deepEqual(peopleNews({ offers: [{ ...offer, state: 'asking' }], messages: [message] }), [
    'ann wants to give you a .jpg and 1 more (5.00 MB): accept 3, or decline 3',
    'bob says: lunch?',
  ])
  assert.deepEqual(peopleNews({ offers: [{ ...offer, state: 'done' }], messages: [] }), [
    'a .jpg and 1 more from ann is in /got',
  ])
  assert.deepEqual(peopleNews({ offers: [{ ...offer, state: 'declined' }], messages: [] }), [])
})
