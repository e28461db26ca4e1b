// Torrents whose files are chosen before anything of them is fetched.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import type { ListedTorrent } from '../../src/daemon/listed-torrent.ts'
import type { SettingsChange } from '../../src/daemon/settings.ts'
import { openDaemon, type TestDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const PIECE = 16_384
const FILES = ['a', 'b', 'c'].map((path, n) => ({ path, bytes: patternBytes(3 * PIECE, n) }))
const { info } = makeTorrent(FILES, PIECE)
const METAINFO = Buffer.from(writeTorrent(bareMetainfo(info))).toString('base64')
const HASH = Buffer.from(info.infoHashV1 ?? []).toString('hex')
const [STOPPED, QUEUED, DOWNLOADING] = [0, 3, 4]
const STALLED = `magnet:?xt=urn:btih:${'7'.repeat(40)}`

async function openSeed(): Promise<TestDaemon & { readonly link: string }> {
  const seed = await openDaemon()
  const dir = makeHome('seed')
  mkdirSync(join(dir, 'top'))
  for (const { path, bytes } of FILES) writeFileSync(join(dir, 'top', path), bytes)
  await seed.call('torrent_add', { metainfo: METAINFO, download_dir: dir, is_seed: true })
  await until('it seeds', () => [...seed.daemon.list][0]?.torrent.isDone)
  return { ...seed, link: `magnet:?xt=urn:btih:${HASH}&x.pe=127.0.0.1:${seed.daemon.session.port}` }
}

function theTorrent({ daemon }: TestDaemon): ListedTorrent {
  const listed = daemon.list.get(HASH)
  assert.ok(listed)
  return listed
}

async function whenKnown(it: TestDaemon): Promise<ListedTorrent> {
  const listed = theTorrent(it)
  await until('its files are known, and it is stopped', async () => {
    return listed.torrent.metainfo !== undefined && listed.torrent.state === 'stopped'
  })
  await listed.torrent.stop() // settles when nothing is open
  return listed
}

async function statuses(it: TestDaemon): Promise<unknown> {
  const { torrents } = await it.call('torrent_get', { fields: ['status'] })
  return (torrents as unknown as { status: number }[]).map(({ status }) => status)
}

test('of a link only the files become known; it waits, over a restart too, and then fetches what was chosen', async () => {
  await using seed = await openSeed()
  const stateDir = makeHome('asks')
  const settings: SettingsChange = { 'download-dir': makeHome('chosen') }
  {
    await using it = await openDaemon(settings, stateDir)
    await it.call('torrent_add', { filename: seed.link, ask_first: true })
    const { torrent, wishes } = await whenKnown(it)
    assert.deepEqual([torrent.state, wishes.isUndecided, torrent.name], ['stopped', true, 'top'])
    assert.deepEqual(await it.call('torrent_set', { ids: HASH, files_unwanted: [0] }), {})
  }
  {
    await using it = await openDaemon(settings, stateDir)
    const { torrent, wishes } = theTorrent(it)
    assert.deepEqual([torrent.state, wishes.isUndecided], ['stopped', true])
    const { torrents } = await it.call('torrent_get', { fields: ['status', 'wanted'], ids: [HASH] })
    assert.deepEqual(torrents, [{ status: STOPPED, wanted: [false, true, true] }], 'what was chosen is shown')
    await it.call('torrent_set', { ids: HASH, files_unwanted: [2] })
    assert.equal(torrent.state, 'stopped', 'a choice is no start')
    assert.equal(torrent.content, undefined, 'nothing was opened')
    assert.deepEqual(readdirSync(settings['download-dir'] ?? ''), [])
    const [given] = seed.daemon.list
    assert.equal(given?.torrent.uploadedBytes, 0, 'no piece was asked for')
    await it.call('torrent_start', { ids: HASH })
    await until('what was chosen is there', () => theTorrent(it).torrent.isDone)
    assert.equal(theTorrent(it).wishes.isUndecided, false)
    assert.ok(existsSync(join(settings['download-dir'] ?? '', 'top/b')))
    assert.deepEqual(readdirSync(join(settings['download-dir'] ?? '', 'top')), ['b'])
  }
})

test('it gets its metadata past a full queue, and holds up nobody', async () => {
  await using seed = await openSeed()
  await using it = await openDaemon({ 'download-queue': 1, 'start-added': true })
  await it.call('torrent_add', { filename: STALLED })
  await it.call('torrent_add', { filename: seed.link, ask_first: true })
  await it.call('torrent_add', { filename: `magnet:?xt=urn:btih:${'8'.repeat(40)}` })
  assert.deepEqual(await statuses(it), [DOWNLOADING, DOWNLOADING, QUEUED])
  await whenKnown(it)
  assert.deepEqual(await statuses(it), [DOWNLOADING, STOPPED, QUEUED])
  await it.call('torrent_remove', { ids: 1 })
  assert.deepEqual(await statuses(it), [STOPPED, DOWNLOADING], 'the next in the queue has its turn')
  await it.call('torrent_start', { ids: HASH })
  assert.deepEqual(await statuses(it), [QUEUED, DOWNLOADING], 'from now on it waits as others do')
  await it.call('torrent_start_now', { ids: HASH })
  await until('it is there', () => theTorrent(it).torrent.isDone)
})

test('who starts it while its metadata comes has decided: it goes on with the content', async () => {
  await using seed = await openSeed()
  await using it = await openDaemon({ 'start-added': false })
  await it.call('torrent_add', { filename: HASH, ask_first: true })
  const { torrent } = theTorrent(it)
  assert.equal(torrent.state, 'metadata', 'it is asked for though new torrents do not start')
  await it.call('torrent_start', { ids: HASH })
  await it.call('shoal_connect', { id: HASH, peer: `127.0.0.1:${seed.daemon.session.port}` })
  await until('it is there', () => torrent.isDone)
  assert.equal(theTorrent(it).wishes.isUndecided, false)
})

test('stopped meanwhile, it stays so over a restart, and asks nobody', async () => {
  await using seed = await openSeed()
  const stateDir = makeHome('asks')
  {
    await using it = await openDaemon({}, stateDir)
    await it.call('torrent_add', { filename: STALLED, ask_first: true })
    await it.call('torrent_add', { filename: seed.link, ask_first: true, paused: true })
    assert.equal(theTorrent(it).torrent.state, 'stopped')
  }
  await using it = await openDaemon({}, stateDir)
  assert.deepEqual(await statuses(it), [DOWNLOADING, STOPPED], 'the other goes on asking')
  assert.equal(theTorrent(it).torrent.metainfo, undefined)
})

test('a link that says which files it means is shown so', async () => {
  await using seed = await openSeed()
  await using it = await openDaemon()
  await it.call('torrent_add', { filename: `${seed.link}&so=1`, ask_first: true })
  await whenKnown(it)
  const { torrents } = await it.call('torrent_get', { fields: ['wanted'] })
  assert.deepEqual(torrents, [{ wanted: [false, true, false] }])
})

test('a .torrent is added stopped; its files are chosen, and it starts', async () => {
  await using seed = await openSeed()
  await using it = await openDaemon()
  await it.call('torrent_add', { metainfo: METAINFO, ask_first: true })
  const { torrent, wishes } = theTorrent(it)
  assert.deepEqual([torrent.state, wishes.isUndecided], ['stopped', true])
  await it.call('torrent_set', { ids: HASH, files_unwanted: [], files_wanted: [1] })
  await it.call('torrent_start', { ids: HASH })
  await it.call('shoal_connect', { id: HASH, peer: `127.0.0.1:${seed.daemon.session.port}` })
  await until('it is there', () => torrent.isDone)
  assert.equal(torrent.status().doneBytes, 3 * PIECE)
})
