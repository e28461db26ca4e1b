// Files over HTTP while they come.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import type { JsonObject } from '../../src/daemon/rpc/method.ts'
import { parseRange } from '../../src/io/range-response.ts'
import { serveDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const PIECE = 65_536
const FILM = patternBytes(4_000_000, 1)
const FILES = [
  { path: 'film.mp4', bytes: FILM },
  { path: 'page.html', bytes: patternBytes(5_000, 2) },
  { path: 'skipped', bytes: patternBytes(90_000, 3) },
]

test('ranges as RFC 9110 has them', () => {
  for (const [header, answer] of [
    [undefined, 'all'],
    ['bytes=0-', { begin: 0, end: 100 }],
    ['bytes=10-19', { begin: 10, end: 20 }],
    ['bytes=90-1000', { begin: 90, end: 100 }],
    ['bytes=-5', { begin: 95, end: 100 }],
    ['bytes=-500', { begin: 0, end: 100 }],
    ['bytes=100-', 'bad'],
    ['bytes=-0', 'bad'],
    ['bytes=9-3', 'all'],
    ['bytes=-', 'all'],
    ['bytes=0-1,5-6', 'all'],
    ['lines=1-2', 'all'],
  ] as const) {
    assert.deepEqual(parseRange(header, 100), answer, header)
  }
})

function urlOf({ url }: JsonObject): string {
  assert.ok(typeof url === 'string')
  return url
}

/** A daemon that fetches the files from a seed with so much to give. */
async function watching(uploadBytesPerSec: number) {
  await using stack = new AsyncDisposableStack()
  const from = makeHome('from')
  mkdirSync(join(from, 'top'))
  for (const { path, bytes } of FILES) writeFileSync(join(from, 'top', path), bytes)
  const metainfo = writeTorrent(bareMetainfo(makeTorrent(FILES, PIECE).info))
  const seeder = stack.adopt(await openSession({ uploadBytesPerSec }), (session) => session.close())
  const seed = seeder.add({ metainfo }, { dir: from, mode: 'seed' })
  await until('it seeds', () => seed.isDone)
  const it = stack.use(await serveDaemon())
  const skipped = makeTorrent(FILES, PIECE).file('skipped')
  await it.call('torrent_add', { metainfo: Buffer.from(metainfo).toString('base64'), files_unwanted: [skipped] })
  await it.call('shoal_connect', { id: 1, peer: seeder.addresses.map(({ ip, port }) => `${ip}:${port}`)[0] })
  const linkTo = async (end: string): Promise<string> => {
    return urlOf(await it.call('shoal_play', { id: 1, file: makeTorrent(FILES, PIECE).file(end) }))
  }
  const torrent = it.daemon.list.get(1)?.torrent
  assert.ok(torrent)
  const all = stack.move()
  const unlimited = (): void => seeder.uploadGate.limit(undefined)
  return { it, torrent, unlimited, linkTo, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

test('a film is played from its start and sought to its end, while it is fetched', async () => {
  await using swarm = await watching(300_000) // all of it would take 13 s
  const { it, torrent, unlimited } = swarm
  const url = urlOf(await it.call('shoal_play', { id: 1 }))
  const played = await fetch(url)
  assert.equal(played.status, 200)
  assert.equal(played.headers.get('content-type'), 'video/mp4')
  assert.equal(played.headers.get('content-length'), String(FILM.length))
  const reader = played.body?.getReader()
  const { value: first } = (await reader?.read()) ?? {}
  assert.ok(first !== undefined && Buffer.from(first).equals(FILM.subarray(0, first.length)))
  assert.ok(!torrent.isDone, 'it plays before all is here')
  const sought = await fetch(url, { headers: { Range: `bytes=${FILM.length - 1000}-` } })
  assert.equal(sought.status, 206)
  assert.equal(sought.headers.get('content-range'), `bytes ${FILM.length - 1000}-${FILM.length - 1}/${FILM.length}`)
  assert.ok(Buffer.from(await sought.arrayBuffer()).equals(FILM.subarray(FILM.length - 1000)))
  assert.ok(!torrent.isDone, 'the end came before the middle')
  await reader?.cancel()
  unlimited()
  await until('the rest comes too', () => torrent.isDone)
  const whole = await fetch(url)
  assert.ok(Buffer.from(await whole.arrayBuffer()).equals(FILM))
})

test('what is not there, not wanted or out of range is refused; a page of a torrent cannot run here', async () => {
  await using swarm = await watching(100_000_000)
  const { it, torrent, linkTo } = swarm
  await until('all is here', () => torrent.isDone)
  const film = await linkTo('film.mp4')
  assert.equal((await fetch(film.replace(/stream\/[^/]+/, 'stream/guess'))).status, 404)
  assert.equal((await fetch(film, { headers: { Range: 'bytes=4000000-' } })).status, 416)
  assert.equal((await fetch(await linkTo('skipped'))).status, 409)
  const head = await fetch(film, { method: 'HEAD' })
  assert.deepEqual([head.status, head.headers.get('accept-ranges'), await head.text()], [200, 'bytes', ''])
  const page = await fetch(await linkTo('page.html'))
  assert.match(page.headers.get('content-security-policy') ?? '', /^sandbox; default-src 'none'/)
  assert.equal(page.headers.get('x-content-type-options'), 'nosniff')
  await page.arrayBuffer()
  await it.call('torrent_remove', { ids: 1 })
  assert.equal((await fetch(film)).status, 404)
})

test('who plays a torrent that is stopped meanwhile is told by a broken connection, not by waiting for ever', async () => {
  await using swarm = await watching(200_000)
  const { it, linkTo } = swarm
  const response = await fetch(await linkTo('film.mp4'))
  const reader = response.body?.getReader()
  await reader?.read()
  const rest = (async (): Promise<void> => {
    for (;;) if ((await reader?.read())?.done !== false) return
  })()
  await it.call('torrent_stop', { ids: 1 })
  await assert.rejects(rest)
})
