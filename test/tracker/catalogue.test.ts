// The catalogue itself: what is found by which words, what stays over a restart, and what goes away.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { fromLatin1, toHex } from '../../src/core/bytes.ts'
import type { InfoHash } from '../../src/core/ids.ts'
import { parseTorrent } from '../../src/core/metainfo/parse.ts'
import { isFailure } from '../../src/core/tracker/announce.ts'
import { nodeHasher } from '../../src/io/hasher.ts'
import { Catalogue } from '../../src/tracker/catalogue.ts'
import { CataloguePolicy } from '../../src/tracker/catalogue-policy.ts'
import { type CatalogueTorrent, readCatalogueTorrent } from '../../src/tracker/catalogue-torrent.ts'
import { lookForPeers } from '../../src/tracker/catalogue-walk.ts'
import { searchTerms } from '../../src/tracker/catalogue-words.ts'
import { MemoryStore } from '../../src/tracker/memory-store.ts'
import { type ListedTorrentOptions, START_SEC, torrentNamed } from '../support/catalogue.ts'
import { makeHome } from '../support/program.ts'

const OWNER = new Uint8Array(32).fill(1)
const DAY_SEC = 86_400

function read(name: string, options?: ListedTorrentOptions): CatalogueTorrent {
  const torrent = readCatalogueTorrent(torrentNamed(name, options), true)
  assert(!isFailure(torrent))
  return torrent
}

function catalogueOf(...torrents: readonly CatalogueTorrent[]): Catalogue {
  const catalogue = Catalogue.open(':memory:', () => START_SEC)
  for (const torrent of torrents) catalogue.add(torrent, OWNER)
  return catalogue
}

function found(catalogue: Catalogue, text: string): readonly string[] {
  return catalogue.search(text, 100, 0).entries.map(({ name }) => name)
}

test('a torrent is found by any word of its name, in any order and case, and only by all of them', () => {
  const catalogue = catalogueOf(read('Big_Buck-Bunny.2008 (1080p)'), read('Sintel.2010'))
  for (const words of ['buck', 'BUNNY big', '2008', '1080p bunny', 'big.buck', '"bunny"', 'bunny!']) {
    assert.deepEqual(found(catalogue, words), ['Big_Buck-Bunny.2008 (1080p)'], words)
  }
  for (const words of ['bunny sintel', 'uck', 'bunni']) assert.deepEqual(found(catalogue, words), [], words)
  catalogue.close()
})

test('the last word may be a beginning, the others may not', () => {
  const catalogue = catalogueOf(read('Tears of Steel'))
  assert.deepEqual(found(catalogue, 'tears st'), ['Tears of Steel'])
  assert.deepEqual(found(catalogue, 't'), ['Tears of Steel'])
  assert.deepEqual(found(catalogue, 'te steel'), [])
  catalogue.close()
})

test('accents do not matter, written either way', () => {
  const catalogue = catalogueOf(read('Çédille Über Ørsted'), read('cafe\u0301 noir'), read('Война и мир'))
  assert.deepEqual(found(catalogue, 'cedille uber'), ['Çédille Über Ørsted'])
  assert.deepEqual(found(catalogue, 'CÉDILLE'), ['Çédille Über Ørsted'])
  assert.deepEqual(found(catalogue, 'café'), ['café noir'.normalize('NFD')])
  assert.deepEqual(found(catalogue, 'ВОЙНА'), ['Война и мир'])
  catalogue.close()
})

test('a file inside is found too, after the torrents that have the words in their names', () => {
  const files = ['docs/readme.txt', 'disc-2/Intermezzo.flac']
  const catalogue = catalogueOf(read('Intermezzo collection of many years'), read('Box', { files }), read('intermezzo'))
  assert.deepEqual(found(catalogue, 'intermezzo'), ['intermezzo', 'Intermezzo collection of many years', 'Box'])
  assert.deepEqual(found(catalogue, 'box flac'), ['Box'], 'one word in the name, one in a file')
  assert.deepEqual(found(catalogue, 'disc'), ['Box'])
  catalogue.close()
})

test('pages follow each other, the newest first without words', () => {
  const names = Array.from({ length: 25 }, (_, n) => `number ${n}`)
  const catalogue = catalogueOf(...names.map((name) => read(name)))
  const pages = [0, 10, 20, 30].map((offset) => catalogue.newest(10, offset))
  assert.deepEqual(
    pages.flatMap(({ entries }) => entries.map(({ name }) => name)),
    names.toReversed(),
  )
  assert.ok(pages.every(({ total }) => total === 25))
  const hits = [0, 10, 20, 30].map((offset) => catalogue.search('number', 10, offset))
  assert.equal(new Set(hits.flatMap(({ entries }) => entries.map(({ name }) => name))).size, 25)
  assert.ok(hits.every(({ total }) => total === 25))
  catalogue.close()
})

test('what is listed is there after a restart, with its file, its paths and its owner; what was removed is not', () => {
  const file = join(makeHome('catalogue'), 'catalogue.db')
  const [kept, gone] = [read('kept', { files: ['a b/c', 'd'] }), read('gone')]
  const first = Catalogue.open(file, () => START_SEC)
  first.add(kept, OWNER)
  first.add(gone, OWNER)
  first.remove(gone.infoHash)
  first.close()
  const second = Catalogue.open(file, () => START_SEC)
  assert.deepEqual([second.count, second.bytes], [1, kept.bytes.length])
  assert.deepEqual(found(second, 'kept'), ['kept'])
  assert.deepEqual(found(second, 'gone'), [])
  assert.deepEqual(second.torrentOf(kept.infoHash), kept.bytes)
  assert.deepEqual(second.pathsOf(kept.infoHash), [
    { path: 'kept/a b/c', sizeBytes: 1000 },
    { path: 'kept/d', sizeBytes: 1000 },
  ])
  assert.equal(second.isOwner(kept.infoHash, OWNER), true)
  assert.equal(second.isOwner(kept.infoHash, new Uint8Array(32)), false)
  assert.equal(second.isOwner(gone.infoHash, OWNER), undefined)
  second.remove(gone.infoHash)
  assert.equal(second.count, 1)
  second.close()
})

test('two who have the same file open see one catalogue, and list a torrent once', () => {
  const file = join(makeHome('catalogue'), 'catalogue.db')
  const [one, other] = [Catalogue.open(file), Catalogue.open(file)]
  const [a, b] = [read('a'), read('b')]
  assert.deepEqual([one.add(a, OWNER), other.add(a, new Uint8Array(32)), other.add(b, OWNER)], [true, false, true])
  assert.deepEqual([one.count, other.count, one.bytes], [2, 2, a.bytes.length + b.bytes.length])
  assert.deepEqual(found(one, 'b'), ['b'])
  assert.equal(one.isOwner(a.infoHash, OWNER), true, 'the first one stays')
  one.remove(b.infoHash)
  other.remove(b.infoHash)
  assert.deepEqual([one.count, other.count, other.bytes], [1, 1, a.bytes.length])
  one.close()
  other.close()
})

async function joinSwarm(store: MemoryStore, infoHash: InfoHash, event: 'none' | 'stopped' = 'none'): Promise<void> {
  const address = fromLatin1('\x0a\x00\x00\x01\x1a\xe1')
  const wanted = { count: 0, isOtherFamilyWelcome: true, isSeedWelcome: true }
  await store.announce({ infoHash, address, isSeed: true, event, wanted }, 0)
}

test('what nobody shares for two weeks goes away; a peer in between makes it stay', async () => {
  let nowSec = START_SEC
  const catalogue = Catalogue.open(':memory:', () => nowSec)
  const store = new MemoryStore()
  const [shared, again, silent] = [read('shared'), read('again'), read('silent')]
  for (const torrent of [shared, again, silent]) catalogue.add(torrent, OWNER)
  await joinSwarm(store, shared.infoHash)
  const lookFor = async (days: number): Promise<readonly string[]> => {
    for (let n = 0; n < days * 2; n++) {
      nowSec += DAY_SEC / 2
      await lookForPeers(catalogue, store)
    }
    return catalogue.newest(10, 0).entries.map(({ name }) => name)
  }
  assert.deepEqual(await lookFor(10), ['silent', 'again', 'shared'])
  await joinSwarm(store, again.infoHash)
  assert.deepEqual(await lookFor(1), ['silent', 'again', 'shared'])
  await joinSwarm(store, again.infoHash, 'stopped')
  assert.deepEqual(await lookFor(4), ['again', 'shared'])
  assert.deepEqual(await lookFor(11), ['shared'])
  assert.deepEqual(found(catalogue, 'silent'), [])
  catalogue.close()
  await store.close()
})

test('a month without the tracker is no month without peers, and a store that fails loses nobody', async () => {
  let nowSec = START_SEC
  const catalogue = Catalogue.open(':memory:', () => nowSec)
  const store = new MemoryStore()
  catalogue.add(read('patient'), OWNER)
  nowSec += 30 * DAY_SEC
  await lookForPeers(catalogue, store)
  assert.equal(catalogue.count, 1)
  nowSec -= 60 * DAY_SEC // the wall clock was set
  await lookForPeers(catalogue, store)
  assert.equal(catalogue.count, 1)
  nowSec += 90 * DAY_SEC
  const failing = Object.assign(new MemoryStore(), { scrape: () => Promise.reject(new Error('no')) })
  await assert.rejects(lookForPeers(catalogue, failing))
  assert.equal(catalogue.count, 1)
  catalogue.close()
  await Promise.all([store.close(), failing.close()])
})

test('a step of the walk looks at 200, and the next at others', async () => {
  let nowSec = START_SEC
  const catalogue = Catalogue.open(':memory:', () => nowSec)
  for (let n = 0; n < 450; n++) catalogue.add(read(`torrent ${n}`), OWNER)
  nowSec += DAY_SEC
  const asked: string[] = []
  const scrape = async (hashes: readonly InfoHash[]) => {
    asked.push(...hashes.map(toHex))
    return hashes.map(() => ({ seeders: 1, leechers: 0, completed: 0 }))
  }
  const store = Object.assign(new MemoryStore(), { scrape })
  for (const expected of [200, 400, 450, 450]) {
    await lookForPeers(catalogue, store)
    assert.equal(asked.length, expected)
  }
  assert.equal(new Set(asked).size, 450)
  catalogue.close()
  await store.close()
})

test('a torrent for a catalogue with passkeys has lost its trackers, others keep them', () => {
  const bytes = torrentNamed('a', { trackers: ['http://tracker.example/secret-key/announce'] })
  for (const keepsTrackers of [true, false]) {
    const torrent = readCatalogueTorrent(bytes, keepsTrackers)
    assert(!isFailure(torrent))
    const { trackers, info } = parseTorrent(torrent.bytes, nodeHasher)
    assert.equal(trackers.length, keepsTrackers ? 1 : 0)
    assert.deepEqual(info.infoHashV1, torrent.infoHash)
    assert.equal(Buffer.from(torrent.bytes).includes('secret-key'), keepsTrackers)
  }
})

test('terms are quoted words, at most ten of at most 64 characters', () => {
  assert.equal(searchTerms('one  Two'), '"one" AND "Two" *')
  assert.equal(searchTerms('a"b OR c*'), '"a" AND "b" AND "OR" AND "c" *')
  assert.equal(searchTerms(' "*" -- \0 '), undefined)
  assert.equal(searchTerms('x '.repeat(50))?.split(' AND ').length, 10)
  assert.equal(searchTerms('\u{1d400}'.repeat(100)), `"${'\u{1d400}'.repeat(64)}" *`)
})

test('an address publishes 20 new torrents an hour, its network counts as one, and others are not in its way', () => {
  let nowMs = 0
  const policy = new CataloguePolicy({ publish: 'everybody', hasPasskeys: false }, () => nowMs)
  const catalogue = catalogueOf()
  const torrent = read('a')
  const refusalOf = (...ip: readonly number[]) => policy.refuseNew(torrent, OWNER, Uint8Array.from(ip), catalogue)
  const network = [32, 1, 13, 184, 0, 0, 0, 1]
  for (let n = 0; n < 20; n++) {
    assert.equal(refusalOf(10, 0, 0, 1), undefined)
    assert.equal(refusalOf(...network, 0, 0, 0, 0, 0, 0, 0, n), undefined)
  }
  nowMs = 600_000
  assert.deepEqual(refusalOf(10, 0, 0, 1)?.retryAfterSec, 3000)
  assert.equal(refusalOf(...network, 9, 9, 9, 9, 9, 9, 9, 9)?.status, 429)
  assert.equal(refusalOf(10, 0, 0, 2), undefined)
  nowMs = 3_600_000
  assert.equal(refusalOf(10, 0, 0, 1), undefined)
  catalogue.close()
})

test('the catalogue takes so many torrents, so many bytes, and so many of one owner', () => {
  const [a, b] = [read('a'), read('b')]
  const ip = Uint8Array.of(10, 0, 0, 1)
  const statusWith = (limits: object, owner = OWNER): number | undefined => {
    const policy = new CataloguePolicy({ publish: 'everybody', hasPasskeys: false, limits }, () => 0)
    const catalogue = catalogueOf(a)
    const refusal = policy.refuseNew(b, owner, ip, catalogue)
    catalogue.close()
    return refusal?.status
  }
  assert.equal(statusWith({}), undefined)
  assert.equal(statusWith({ entries: 1 }), 507)
  assert.equal(statusWith({ bytes: a.bytes.length + b.bytes.length - 1 }), 507)
  assert.equal(statusWith({ entriesOfOwner: 1 }), 429)
  assert.equal(statusWith({ entriesOfOwner: 1 }, new Uint8Array(32)), undefined)
})
