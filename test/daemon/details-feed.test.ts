// The inside of a torrent, told to those who watch it.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { printAddress } from '../../src/core/address.ts'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import type { DetailsReader } from '../../src/daemon/details-feed.ts'
import type { DetailsEvent, PieceMap } from '../../src/daemon/rpc/page-types.ts'
import { openDaemon, serveDaemon, type TestDaemon } from '../support/daemon.ts'
import { readEvents } from '../support/events.ts'
import { makeHome, until } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const PIECE = 65_536
const FILES = [
  { path: 'film.mp4', bytes: patternBytes(10 * PIECE, 1) },
  { path: 'skipped', bytes: patternBytes(2 * PIECE, 2) },
]
const { info, file } = makeTorrent(FILES, PIECE)
const METAINFO = writeTorrent(bareMetainfo(info))
const FILM = file('film.mp4')
const SKIPPED = file('skipped')

/** A daemon that has the torrent and does not want one file of it, and a seed of all. */
async function swarm(uploadBytesPerSec?: number) {
  await using stack = new AsyncDisposableStack()
  const from = makeHome('from')
  mkdirSync(join(from, 'top'))
  for (const { path, bytes } of FILES) writeFileSync(join(from, 'top', path), bytes)
  const seeder = stack.adopt(
    await openSession({ ...(uploadBytesPerSec !== undefined && { uploadBytesPerSec }) }),
    (session) => session.close(),
  )
  const seed = seeder.add({ metainfo: METAINFO }, { dir: from, mode: 'seed' })
  await until('it seeds', () => seed.isDone)
  const it = stack.use(await openDaemon())
  const metainfo = Buffer.from(METAINFO).toString('base64')
  await it.call('torrent_add', { metainfo, files_unwanted: [SKIPPED], paused: true })
  const [address] = seeder.addresses
  assert.ok(address)
  const all = stack.move()
  return { it, peer: printAddress(address), [Symbol.asyncDispose]: () => all.disposeAsync() }
}

/** Until the reader was told something that will do; looks are made twice a second at most. */
function told(
  { daemon }: TestDaemon,
  reader: DetailsReader,
  what: string,
  isEnough: (news: DetailsEvent) => boolean,
): Promise<DetailsEvent> {
  return until(what, () => {
    const news = daemon.feeds.details.newsFor(reader)
    assert.notEqual(news, 'gone')
    return news !== undefined && news !== 'gone' && isEnough(news) ? news : undefined
  })
}

const bytesOf = (text: string): number[] => [...Buffer.from(text, 'base64')]

function mapOf({ map }: DetailsEvent): PieceMap {
  assert.ok(map !== undefined)
  return map
}

test('at first all is told, then files by how far they are, until all is there', async () => {
  await using all = await swarm()
  const { it, peer } = all
  const { details } = it.daemon.feeds
  const reader = details.open(1, peer)
  const first = await told(it, reader, 'the first', () => true)
  assert.deepEqual(Object.keys(first).toSorted(), ['facts', 'files', 'map', 'peers', 'trackers'])
  assert.deepEqual(first.files?.[FILM], {
    path: 'top/film.mp4',
    length: 10 * PIECE,
    priority: 'normal',
    done_bytes: 0,
  })
  assert.equal(first.files[SKIPPED]?.priority, 'unwanted')
  assert.deepEqual([mapOf(first).pieces, mapOf(first).piece_length, mapOf(first).peer], [12, PIECE, ''])
  assert.deepEqual(bytesOf(mapOf(first).have), Array(12).fill(0))
  assert.equal(details.newsFor(reader), undefined, 'nothing is told twice')

  await it.call('torrent_start', { ids: 1 })
  await it.call('shoal_connect', { id: 1, peer })
  const seen: DetailsEvent[] = []
  await told(it, reader, 'the film is there', (news) => {
    seen.push(news)
    return seen.flatMap(({ progress }) => progress ?? []).some(([n, done]) => n === FILM && done === 10 * PIECE)
  })
  assert.ok(seen.every(({ files }) => files === undefined))
  const latest = details.open(1)
  const whole = await told(it, latest, 'all of it', () => true)
  assert.equal(whole.files?.[FILM]?.done_bytes, 10 * PIECE)
  assert.equal(whole.progress, undefined)
  const have = FILM < SKIPPED ? [...Array(10).fill(255), 0, 0] : [0, 0, ...Array(10).fill(255)]
  assert.deepEqual(bytesOf(mapOf(whole).have), have)
  for (const one of [reader, latest]) details.close(one)
})

test('a peer is told with what it has, and as long as it is there', async () => {
  await using all = await swarm(20_000) // half a minute for all of it
  const { it, peer } = all
  const { details } = it.daemon.feeds
  const reader = details.open(1, peer)
  await it.call('torrent_start', { ids: 1 })
  await it.call('shoal_connect', { id: 1, peer })
  const met = await told(it, reader, 'the peer is there', ({ map }) => map !== undefined && map.peer !== '')
  assert.deepEqual(bytesOf(mapOf(met).peer), Array(12).fill(255))
  const row = await told(it, details.open(1), 'a new reader is told of it', ({ peers }) => peers?.length === 1)
  assert.deepEqual([row.peers?.[0]?.address, row.peers?.[0]?.progress], [peer, 1])
  const counted = await told(it, reader, 'who has what is counted', ({ map }) => map?.availability === bytes(12, 1))
  assert.equal(mapOf(counted).pieces, 12)
  await it.call('shoal_disconnect', { id: 1, peer })
  await told(it, reader, 'it is gone', ({ map }) => map?.peer === '')
})

function bytes(length: number, value: number): string {
  return Buffer.alloc(length, value).toString('base64')
}

test('what users change is told: priorities with all files, limits and places as facts', async () => {
  await using all = await swarm()
  const { it } = all
  const reader = it.daemon.feeds.details.open(1)
  const first = await told(it, reader, 'the first', () => true)
  assert.deepEqual([first.facts?.down_limit, first.facts?.seed_ratio], [null, null])
  await it.call('torrent_set', { ids: 1, files_wanted: [SKIPPED], priority_high: [SKIPPED] })
  await it.call('torrent_set', { ids: 1, download_limit: 70, download_limited: true, seed_ratio_mode: 2 })
  const changed = await told(it, reader, 'files and facts', () => true)
  assert.deepEqual(Object.keys(changed).toSorted(), ['facts', 'files'])
  assert.equal(changed.files?.[SKIPPED]?.priority, 'high')
  assert.deepEqual([changed.facts?.down_limit, changed.facts?.seed_ratio], [70, -1])
  const dir = makeHome('moved')
  await it.call('torrent_set_location', { ids: 1, location: dir, move: false })
  const moved = await told(it, reader, 'the other place', ({ facts }) => facts?.dir === dir)
  assert.equal(moved.files?.length, FILES.length)
})

test('a magnet link has no files before its metadata are there', async () => {
  await using it = await openDaemon()
  await it.call('torrent_add', {
    filename: `magnet:?xt=urn:btih:${'5'.repeat(40)}&tr=udp://tracker.example:1`,
    paused: true,
  })
  const { details } = it.daemon.feeds
  const news = await told(it, details.open(1), 'the first', () => true)
  assert.deepEqual(news.files, [])
  assert.deepEqual([mapOf(news).pieces, mapOf(news).have], [0, ''])
  assert.deepEqual(
    news.trackers?.map(({ url, tier, state, next_at: next }) => [url, tier, state, next]),
    [['udp://tracker.example:1', 0, 'stopped', null]],
  )
})

test('over HTTP by number or info-hash; a removed torrent is told and ends it', async () => {
  await using it = await serveDaemon()
  const hash = '5'.repeat(40) // digits only, and yet no number
  await it.call('torrent_add', { filename: `magnet:?xt=urn:btih:${hash}`, paused: true })
  const headers = { Authorization: `Bearer ${it.token}` }
  const ask = (query: string): Promise<Response> => fetch(new URL(`/events/torrent${query}`, it.url), { headers })
  for (const [query, status, sentence] of [
    ['', 400, /^Which torrent\? /],
    ['?id=2', 404, /^There is no such torrent/],
    [`?id=${'6'.repeat(40)}`, 404, /^There is no such torrent/],
    ['?id=1&peer=somebody', 400, /^peer: expected ip:port/],
  ] as const) {
    const refused = await ask(query)
    assert.equal(refused.status, status, query)
    assert.match(await refused.text(), sentence)
  }
  const events: string[] = []
  for await (const { event } of readEvents(await ask(`?id=${hash}`))) {
    events.push(event)
    if (events.length === 1) await it.call('torrent_remove', { ids: 1 })
  }
  assert.deepEqual(events, ['details', 'gone'])
})
