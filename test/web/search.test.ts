// Asking several sources at once, and what the list below the box shows of it.
import assert from 'node:assert/strict'
import test from 'node:test'
import type { FoundRow, SearchSource } from '../../src/daemon/rpc/page-types.ts'
import type { TorrentEvent } from '../../src/daemon/rpc/types.ts'
import { type Asked, keysOf, optionGroups, searchAll } from '../../src/web/download/search.ts'

const source = (id: string): SearchSource => ({ kind: 'tracker', name: id, id })
const row = (name: string, change: Partial<FoundRow> = {}): FoundRow => ({
  ...{ name, size_bytes: 1, file_count: 1, seeders: 1, leechers: 0, hash_string: 'ab'.repeat(20), path: null },
  ...change,
})
const torrent = (id: number, name: string): TorrentEvent => ({
  ...{ id, name, hash_string: String(id), state: 'seeding', error: '', wanted_bytes: 1, done_bytes: 1, warning: '' },
  ...{ checked_bytes: 0, rate_download: 0, rate_upload: 0, peers_connected: 0, total_bytes: 1, uploaded_bytes: 0 },
  ...{ labels: [], added_at: 0, queue_position: 0, is_undecided: false },
})

const states = (asked: readonly Asked[]): string => asked.map(({ state }) => state).join(' ')

test('answers are told as they come; who fails says why and holds up nobody', async () => {
  const slow = Promise.withResolvers<readonly FoundRow[]>()
  const told: string[] = []
  const asks = {
    sources: async () => ['slow', 'bad', 'good'].map(source),
    find: async (id: string) => {
      if (id === 'bad') throw new Error('bad is down')
      return id === 'slow' ? slow.promise : [row('x')]
    },
  }
  let last: readonly Asked[] = []
  const searching = searchAll('x', asks, new AbortController().signal, (asked) => {
    last = asked
    told.push(states(asked))
    if (states(asked) === 'asking failed done') slow.resolve([])
  })
  await searching
  assert.deepEqual([told[0], told.at(-1)], ['asking asking asking', 'done failed done'])
  assert.deepEqual([last[1]?.why, last[2]?.found.length], ['bad is down', 1])
})

test('no more than four are asked at once, and nobody after an end', async () => {
  const ended = new AbortController()
  const waiting: (() => void)[] = []
  let most = 0
  const asks = {
    sources: async () => Array.from({ length: 10 }, (_, n) => source(`s${n}`)),
    find: () =>
      new Promise<readonly FoundRow[]>((resolve) => {
        waiting.push(() => resolve([]))
        most = Math.max(most, waiting.length)
      }),
  }
  let told = 0
  const searching = searchAll('x', asks, ended.signal, () => told++)
  await new Promise(setImmediate)
  assert.equal(most, 4)
  ended.abort()
  for (const answer of waiting) answer()
  await searching
  assert.deepEqual([waiting.length, told], [4, 1])
})

test('what is here comes first; groups without a result are left out', () => {
  const asked: Asked[] = [
    { source: source('a'), state: 'done', found: [row('song'), row('nothing to get', { hash_string: null })], why: '' },
    { source: source('b'), state: 'done', found: [], why: '' },
  ]
  const torrents = [torrent(1, 'Blue SONG'), torrent(2, 'film')]
  const groups = optionGroups({ kind: 'words', words: 'song blue' }, torrents, asked)
  assert.deepEqual(
    groups.map(({ key, options }) => [key, options.length]),
    [
      ['here', 1],
      ['a', 1],
    ],
  )
  assert.deepEqual(optionGroups({ kind: 'nothing' }, torrents, asked), [])
  const [link] = optionGroups({ kind: 'link', source: 'magnet:?x' }, torrents, asked)
  assert.deepEqual(link?.options, [{ kind: 'given', given: { kind: 'link', source: 'magnet:?x' } }])
})

test('an option keeps its key when a slower source answers above it, and no two have one', () => {
  const of = (slow: readonly FoundRow[]): readonly string[] => {
    const asked = [slow, [row('song'), row('song'), row('song', { hash_string: null, path: 'a/song' })]]
    const groups = optionGroups(
      { kind: 'words', words: 'song' },
      [torrent(1, 'song')],
      asked.map((found, n): Asked => ({ source: source(String(n)), state: 'done', found, why: '' })),
    )
    return keysOf(groups.flatMap(({ options }) => options))
  }
  const [before, after] = [of([]), of([row('song'), row('another')])]
  assert.deepEqual(
    before.map((key) => after.indexOf(key)),
    [0, 3, 4, 5],
  )
  assert.equal(new Set(after).size, after.length)
})
