import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type ListedTorrent,
  MAX_FOUND,
  readFound,
  readListedAs,
  readRefusal,
  torrentsNamed,
} from '../../../src/core/tracker/catalogue-answer.ts'

const HASH = 'ab'.repeat(20)
const ENTRY = {
  info_hash: HASH,
  name: 'Summer photos',
  size: 3_000_005,
  files: 3,
  seeders: 2,
  leechers: 1,
  completed: 7,
  published_at: '2026-03-01T12:00:00Z',
  magnet: 'magnet:?xt=urn:btih:x',
  torrent: '/elsewhere',
}

function bytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
}

function named(...names: readonly string[]): ListedTorrent[] {
  return names.flatMap((name) => readFound(bytes({ total: 1, torrents: [{ ...ENTRY, name }] }))?.torrents ?? [])
}

test('what was found is read', () => {
  assert.deepEqual(readFound(bytes({ total: 57, torrents: [ENTRY] })), {
    total: 57,
    torrents: [
      {
        hash: HASH,
        name: 'Summer photos',
        sizeBytes: 3_000_005,
        fileCount: 3,
        seeders: 2,
        leechers: 1,
        completed: 7,
        publishedAt: Date.UTC(2026, 2, 1, 12),
      },
    ],
  })
})

test('entries without a hash, a name or a size are left out, other oddities are not believed', () => {
  const torrents = [
    { ...ENTRY, info_hash: '../../etc/passwd' },
    { ...ENTRY, info_hash: 'ab'.repeat(32) },
    { ...ENTRY, name: 5 },
    { ...ENTRY, size: -1 },
    { ...ENTRY, size: '5' },
    null,
    [],
    'text',
    { ...ENTRY, info_hash: HASH.toUpperCase(), seeders: 1e300, leechers: -1, completed: null, published_at: 'soon' },
  ]
  const found = readFound(bytes({ total: -5, torrents }))
  assert.equal(found?.total, 1)
  const [only] = found.torrents
  assert.deepEqual([only?.hash, only?.seeders, only?.leechers, only?.completed], [HASH, 0, 0, 0])
  assert.equal(only?.publishedAt, undefined)
})

test('names lose what a terminal would obey, and more than 300 characters', () => {
  assert.equal(named('\x1b[2Ja\u202eb\nc')[0]?.name, '[2Jab c')
  assert.equal(named('x'.repeat(100_000))[0]?.name.length, 300)
})

test('of more than a hundred, the first hundred are read', () => {
  const torrents = Array.from({ length: 500 }, () => ENTRY)
  assert.equal(readFound(bytes({ total: 500, torrents }))?.torrents.length, MAX_FOUND)
})

test('what is no list of torrents is none, and nothing throws', () => {
  const text = JSON.stringify({ total: 1, torrents: [ENTRY] })
  for (let end = 0; end < text.length; end++) assert.equal(readFound(bytes(text.slice(0, end))), undefined)
  for (const other of ['', 'null', '[]', '5', '{}', '{"torrents":{}}', '<html>', '['.repeat(100_000)]) {
    assert.equal(readFound(bytes(other)), undefined)
    assert.equal(readListedAs(bytes(other), HASH), undefined)
    assert.equal(readRefusal(bytes(other)), undefined)
  }
  assert.equal(readFound(Uint8Array.of(0xff, 0xfe, 0x7b)), undefined)
})

test('a torrent is listed only where the answer speaks of it', () => {
  assert.deepEqual(readListedAs(bytes({ info_hash: HASH, name: 'a\x07b', isNew: true }), HASH), {
    name: 'ab',
    isNew: true,
  })
  assert.deepEqual(readListedAs(bytes({ info_hash: HASH, name: 'a' }), HASH), { name: 'a', isNew: false })
  assert.equal(readListedAs(bytes({ info_hash: 'cd'.repeat(20), name: 'a', isNew: true }), HASH), undefined)
  assert.equal(readListedAs(bytes({ info_hash: HASH }), HASH), undefined)
})

test('the sentence of a refusal is one line', () => {
  assert.equal(readRefusal(bytes({ error: 'too\nmany \x1b[31mtorrents ' })), 'too many [31mtorrents')
  assert.equal(readRefusal(bytes({ error: ' ' })), undefined)
  assert.equal(readRefusal(bytes({ error: { sentence: 'x' } })), undefined)
})

test('a name means the torrent of exactly this name, else those with all its words', () => {
  const torrents = named('Photos', 'Photos 2025', 'Été à la mer.mkv')
  const names = (name: string): string[] => torrentsNamed(name, torrents).map((torrent) => torrent.name)
  assert.deepEqual(names('photos'), ['Photos'])
  assert.deepEqual(names('2025 phot'), ['Photos 2025'])
  assert.deepEqual(names('pho'), ['Photos', 'Photos 2025'])
  assert.deepEqual(names('ete-mer'), ['Été à la mer.mkv'])
  assert.deepEqual(names('a-file-in-one-of-them.txt'), [])
})
