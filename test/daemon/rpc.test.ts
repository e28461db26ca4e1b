// The API's methods, called as a request calls them, without a server.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import { answerRequest } from '../../src/daemon/rpc/dispatch.ts'
import { METHODS } from '../../src/daemon/rpc/methods.ts'
import { TORRENT_FIELDS } from '../../src/daemon/rpc/torrent-fields.ts'
import { openStateDatabase } from '../../src/engine/resume.ts'
import { LOCAL, openDaemon, type TestDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const PIECE = 16_384
const FILES = ['a', 'b'].map((path, n) => ({ path, bytes: patternBytes(3 * PIECE, n) }))
const { info } = makeTorrent(FILES, PIECE)
const METAINFO = Buffer.from(
  writeTorrent({ ...bareMetainfo(info), trackers: [['http://127.0.0.1:1/announce']], comment: 'of a test' }),
).toString('base64')
const HASH = Buffer.from(info.infoHashV1 ?? []).toString('hex')

function dataFolder(): string {
  const dir = makeHome('data')
  mkdirSync(join(dir, 'top'))
  for (const { path, bytes } of FILES) writeFileSync(join(dir, 'top', path), bytes)
  return dir
}

async function old(
  { daemon }: TestDaemon,
  method: string,
  given: object,
): Promise<{ result: string; arguments: never }> {
  return (await answerRequest(daemon, JSON.stringify({ method, arguments: given, tag: 7 }), LOCAL)) as never
}

async function raw({ daemon }: TestDaemon, text: string): Promise<unknown> {
  return answerRequest(daemon, text, LOCAL)
}

test('a torrent is added once, looked at, changed, and removed with its data', async () => {
  await using it = await openDaemon()
  const download_dir = dataFolder()
  const { torrent_added: added } = await it.call('torrent_add', { metainfo: METAINFO, download_dir, labels: ['x'] })
  assert.deepEqual(added, { id: 1, name: 'top', hash_string: HASH })
  const { torrent_duplicate: again } = await it.call('torrent_add', { filename: HASH })
  assert.deepEqual(again, added)
  const [listed] = it.daemon.list
  await until('it found its files', () => listed?.torrent.isDone)
  const fields = ['hash_string', 'status', 'percent_done', 'labels', 'wanted', 'comment', 'have_valid', 'tracker_list']
  const { torrents } = await it.call('torrent_get', { ids: [HASH], fields })
  assert.deepEqual(torrents, [
    {
      hash_string: HASH,
      status: 6,
      percent_done: 1,
      labels: ['x'],
      wanted: [true, true],
      comment: 'of a test',
      have_valid: 6 * PIECE,
      tracker_list: 'http://127.0.0.1:1/announce',
    },
  ])
  await it.call('torrent_set', { ids: 1, files_unwanted: [0], upload_limit: 5, upload_limited: true, labels: [] })
  const changed = await it.call('torrent_get', {
    ids: 1,
    fields: ['wanted', 'upload_limited', 'labels'],
    format: 'table',
  })
  assert.deepEqual(changed, {
    torrents: [
      ['wanted', 'upload_limited', 'labels'],
      [[false, true], true, []],
    ],
  })
  await it.call('torrent_stop', { ids: 1 })
  assert.deepEqual((await it.call('torrent_get', { fields: ['status'] }))['torrents'], [{ status: 0 }])
  await it.call('torrent_remove', { ids: [HASH], delete_local_data: true })
  assert.deepEqual(await it.call('torrent_get', { ids: 'recently_active', fields: ['id'] }), {
    torrents: [],
    removed: [1],
  })
  assert.ok(!existsSync(join(download_dir, 'top')))
})

test('what was added as a seed is never deleted', async () => {
  await using it = await openDaemon()
  const download_dir = dataFolder()
  await it.call('torrent_add', { metainfo: METAINFO, download_dir, is_seed: true })
  await it.call('torrent_remove', { delete_local_data: true })
  for (const { path, bytes } of FILES)
    assert.deepEqual(readFileSync(join(download_dir, 'top', path)), Buffer.from(bytes))
})

test('a torrent whose files cannot be deleted now stays in the list', async () => {
  await using it = await openDaemon()
  const download_dir = dataFolder()
  await it.call('torrent_add', { metainfo: METAINFO, download_dir, paused: true })
  const { session } = it.daemon
  const held = session.resume.claim({ infoHash: HASH, dir: download_dir }) // as another process would
  const refused = await it.call('torrent_remove', { ids: 1, delete_local_data: true })
  assert.match(JSON.stringify(refused), /"code":"busy"/)
  assert.equal(it.daemon.list.size, 1)
  held.release()
  await it.call('torrent_remove', { ids: 1, delete_local_data: true })
  assert.equal(it.daemon.list.size, 0)
})

test('a torrent is moved with what it knows, and found again where somebody else moved it', async () => {
  await using it = await openDaemon()
  const [download_dir, location] = [dataFolder(), makeHome('other')]
  await it.call('torrent_add', { metainfo: METAINFO, download_dir, labels: ['x'] })
  const done = (): boolean | undefined => it.daemon.list.get(1)?.torrent.isDone
  await until('it found its files', done)
  await it.call('torrent_set_location', { ids: 1, location, move: true })
  await until('it seeds from there', done)
  assert.ok(existsSync(join(location, 'top/a')) && !existsSync(join(download_dir, 'top')))
  const { torrents } = await it.call('torrent_get', { fields: ['id', 'download_dir', 'labels', 'have_valid'] })
  assert.deepEqual(torrents, [{ id: 1, download_dir: location, labels: ['x'], have_valid: 6 * PIECE }])
  const again = dataFolder()
  const refused = await it.call('torrent_set_location', { ids: 1, location: again, move: true })
  assert.match(JSON.stringify(refused), /"code":"exists"/)
  await until('it seeds on', done)
  await it.call('torrent_set_location', { ids: 1, location: again })
  await until('it found the others', done)
  assert.ok(existsSync(join(location, 'top/a')), 'nothing was moved')
})

/** As a kill leaves it: what was wished is kept, and not done. */
function cutOffMove(stateDir: string, movingTo: string): void {
  const db = openStateDatabase(stateDir)
  db.run('UPDATE listed SET wishes = ?', JSON.stringify({ movingTo: { dir: movingTo, renames: [] } }))
  db.close()
}

test('names on this disk are changed, shown, and kept; the torrent goes on with all it has', async () => {
  const [stateDir, download_dir] = [makeHome('state'), dataFolder()]
  const fields = ['name', 'files', 'have_valid']
  const renamed = [{ name: 'photos', have_valid: 6 * PIECE, files: ['photos/first', 'photos/b'] }]
  const shown = async (it: TestDaemon): Promise<unknown> => {
    const { torrents } = await it.call('torrent_get', { fields })
    const [one] = torrents as unknown as { name: string; have_valid: number; files: { name: string }[] }[]
    return [{ ...one, files: one?.files.map(({ name }) => name) }]
  }
  {
    await using it = await openDaemon({}, stateDir)
    await it.call('torrent_add', { metainfo: METAINFO, download_dir })
    const done = (): boolean | undefined => it.daemon.list.get(1)?.torrent.isDone
    await until('it found its files', done)
    await it.call('torrent_rename_path', { ids: [1], path: 'top/a', name: 'first' })
    await until('it seeds on', done)
    const answer = await it.call('torrent_rename_path', { ids: HASH, path: 'top', name: 'photos' })
    assert.deepEqual(answer, { id: 1, path: 'top', name: 'photos' })
    await until('it seeds on', done)
    assert.deepEqual(await shown(it), renamed)
    assert.deepEqual(readdirSync(download_dir), ['photos'])
    for (const [path, name] of [
      ['photos/b', '../b'],
      ['photos/b', 'first'],
      ['top/b', 'c'],
    ]) {
      assert.ok('error' in (await it.call('torrent_rename_path', { ids: [1], path, name })))
    }
    assert.deepEqual(await shown(it), renamed)
  }
  await using it = await openDaemon({}, stateDir)
  await until('it found its files again', () => it.daemon.list.get(1)?.torrent.isDone)
  assert.deepEqual(await shown(it), renamed)
  await it.call('torrent_remove', { ids: 1, delete_local_data: true })
  assert.deepEqual(readdirSync(download_dir), [], 'they are deleted by these names')
})

test('a move that was cut off in its middle goes on at the next start', async () => {
  const [stateDir, download_dir, location] = [makeHome('state'), dataFolder(), makeHome('other')]
  {
    await using it = await openDaemon({}, stateDir)
    await it.call('torrent_add', { metainfo: METAINFO, download_dir })
    await until('it found its files', () => it.daemon.list.get(1)?.torrent.isDone)
  }
  cutOffMove(stateDir, location)
  mkdirSync(join(location, 'top'))
  renameSync(join(download_dir, 'top/a'), join(location, 'top/a'))
  await using it = await openDaemon({}, stateDir)
  const fields = ['status', 'download_dir', 'have_valid']
  await until('it seeds from there', () => it.daemon.list.get(1)?.torrent.isDone)
  const { torrents } = await it.call('torrent_get', { fields })
  assert.deepEqual(torrents, [{ status: 6, download_dir: location, have_valid: 6 * PIECE }])
  assert.ok(existsSync(join(location, 'top/b')) && !existsSync(join(download_dir, 'top')))
})

test('where a move cannot go on, the torrent says why and waits', async () => {
  const [stateDir, download_dir, location] = [makeHome('state'), dataFolder(), dataFolder()]
  {
    await using it = await openDaemon({}, stateDir)
    await it.call('torrent_add', { metainfo: METAINFO, download_dir })
    await until('it found its files', () => it.daemon.list.get(1)?.torrent.isDone)
  }
  cutOffMove(stateDir, location)
  await using it = await openDaemon({}, stateDir)
  const error = await until('it fails', () => it.daemon.list.get(1)?.torrent.error?.message)
  assert.match(error, /exists already: move it away/)
  rmSync(join(location, 'top'), { recursive: true })
  await it.call('torrent_start', { ids: 1 })
  await until('it seeds from there', () => it.daemon.list.get(1)?.torrent.isDone)
  assert.ok(existsSync(join(location, 'top/b')))
})

test('a stopped torrent that came from a link knows its files after a start, and takes them along', async () => {
  const [stateDir, download_dir, location] = [makeHome('state'), dataFolder(), makeHome('other')]
  {
    await using it = await openDaemon({}, stateDir)
    await it.call('torrent_add', { metainfo: METAINFO, download_dir })
    await until('it found its files', () => it.daemon.list.get(1)?.torrent.isDone)
    await it.call('torrent_stop', { ids: 1 })
  }
  // As if peers had told the metainfo: that is kept apart from the link.
  const db = openStateDatabase(stateDir)
  const link = new TextEncoder().encode(`magnet:?xt=urn:btih:${HASH}&dn=link`)
  db.run('UPDATE listed SET is_link = 1, source = ?', link)
  db.close()
  await using it = await openDaemon({}, stateDir)
  const { torrents } = await it.call('torrent_get', { fields: ['name', 'status', 'have_valid'] })
  assert.deepEqual(torrents, [{ name: 'top', status: 0, have_valid: 6 * PIECE }])
  await it.call('torrent_set_location', { ids: 1, location, move: true })
  assert.ok(existsSync(join(location, 'top/a')) && !existsSync(join(download_dir, 'top')))
})

test('totals stay when a torrent goes, and are counted over all runs', async () => {
  const stateDir = makeHome('state')
  const stats = async (from: TestDaemon): Promise<{ session_count: number; uploaded_bytes: number }> =>
    (await from.call('session_stats'))['cumulative_stats'] as never
  {
    await using it = await openDaemon({}, stateDir)
    await it.call('torrent_add', { metainfo: METAINFO, download_dir: dataFolder(), is_seed: true })
    const { torrent } = it.daemon.list.get(1) ?? assert.fail()
    await until('it found its files', () => torrent.isDone)
    torrent.uploadedBytes = 1234 // as if somebody had taken it
    assert.equal((await stats(it)).uploaded_bytes, 1234)
    await it.call('torrent_remove', { ids: 1 })
    assert.equal((await stats(it)).uploaded_bytes, 1234)
    const { current_stats: current } = await it.call('session_stats')
    assert.equal((current as { uploaded_bytes: number }).uploaded_bytes, 1234)
  }
  await using it = await openDaemon({}, stateDir)
  assert.deepEqual([(await stats(it)).uploaded_bytes, (await stats(it)).session_count], [1234, 2])
})

test('what was wished is there after a start, and a stopped torrent shows what it has', async () => {
  const [stateDir, download_dir] = [makeHome('state'), dataFolder()]
  {
    await using it = await openDaemon({}, stateDir)
    await it.call('torrent_add', { metainfo: METAINFO, download_dir, files_unwanted: [1] })
    const [listed] = it.daemon.list
    await until('it found its files', () => listed?.torrent.isDone)
    await it.call('torrent_set', { ids: 1, labels: ['kept'], peer_limit: 7, sequential_download: true })
    await it.call('torrent_stop', { ids: 1 })
  }
  await using it = await openDaemon({}, stateDir)
  const fields = ['status', 'wanted', 'labels', 'peer_limit', 'sequential_download', 'percent_complete', 'done_date']
  const { torrents } = await it.call('torrent_get', { fields })
  const [{ done_date, ...rest } = { done_date: 0 }] = torrents as unknown as { done_date: number }[]
  assert.ok(done_date > 1_700_000_000)
  assert.deepEqual(rest, {
    status: 0,
    wanted: [true, false],
    labels: ['kept'],
    peer_limit: 7,
    sequential_download: true,
    percent_complete: 1,
  })
})

test('every field of Transmission 4.1 is told, also while a link knows nothing yet', async () => {
  await using it = await openDaemon()
  await it.call('torrent_add', { metainfo: METAINFO, paused: true })
  await it.call('torrent_add', { filename: `magnet:?xt=urn:btih:${'1'.repeat(40)}&dn=link` })
  const { torrents } = await it.call('torrent_get', { fields: Object.keys(TORRENT_FIELDS) })
  assert.equal((torrents as unknown[]).length, 2)
  for (const torrent of torrents as unknown as object[]) {
    assert.deepEqual(Object.keys(torrent), Object.keys(TORRENT_FIELDS))
    for (const [key, value] of Object.entries(torrent)) assert.ok(value !== null && value !== undefined, key)
  }
})

test('the older dialect is understood and answered in its own spelling', async () => {
  await using it = await openDaemon()
  const added = await old(it, 'torrent-add', { metainfo: METAINFO, paused: true, 'download-dir': dataFolder() })
  assert.deepEqual(added, {
    result: 'success',
    arguments: { 'torrent-added': { id: 1, name: 'top', hashString: HASH } },
    tag: 7,
  })
  await old(it, 'torrent-set', { ids: [1], 'files-unwanted': [1], downloadLimit: 9, downloadLimited: true })
  const got = await old(it, 'torrent-get', {
    fields: ['hashString', 'wanted', 'peer-limit', 'downloadLimit', 'fileStats', 'totalSize'],
  })
  assert.deepEqual(got.arguments, {
    torrents: [
      {
        hashString: HASH,
        wanted: [1, 0],
        'peer-limit': 100,
        downloadLimit: 9,
        fileStats: [
          { bytesCompleted: 0, wanted: true, priority: 0 },
          { bytesCompleted: 0, wanted: false, priority: 0 },
        ],
        totalSize: 6 * PIECE,
      },
    ],
  })
  const table = await old(it, 'torrent-get', { fields: ['id', 'hashString'], format: 'table' })
  assert.deepEqual(table.arguments, {
    torrents: [
      ['id', 'hashString'],
      [1, HASH],
    ],
  })
  const { arguments: session } = await old(it, 'session-get', {})
  const keys = Object.keys(session)
  for (const key of ['alt-speed-down', 'seedRatioLimit', 'rpc-version', 'download-dir', 'units'])
    assert.ok(keys.includes(key), key)
  const { arguments: stats } = await old(it, 'session-stats', {})
  assert.deepEqual(stats['current-stats']['uploadedBytes'], 0)
  assert.equal(stats['torrentCount'], 1)
  assert.match((await old(it, 'no-such-method', {})).result, /there is no method/)
})

test('settings go both ways, and a wrong one is refused with a sentence', async () => {
  await using it = await openDaemon()
  await it.call('session_set', { speed_limit_up: 12, speed_limit_up_enabled: true })
  assert.deepEqual(await it.call('session_get', { fields: ['speed_limit_up'] }), { speed_limit_up: 12 })
  assert.equal(it.daemon.session.uploadGate.isLimited, true)
  const wrong = await it.call('session_set', { speed_limit_up: 'much' })
  assert.match(JSON.stringify(wrong), /speed_limit_up: \\"up-limit\\" expects a whole number/)
})

test('JSON-RPC 2.0: errors have its codes, batches are answered in order, notifications not at all', async () => {
  await using it = await openDaemon()
  const code = async (text: string): Promise<unknown> =>
    ((await raw(it, text)) as { error: { code: number } }).error.code
  assert.equal(await code('{'), -32_700)
  assert.equal(await code('7'), -32_600)
  assert.equal(await code('[]'), -32_600)
  assert.equal(await code('{"jsonrpc":"1.0","method":"session_get","id":1}'), -32_600)
  assert.equal(await code('{"jsonrpc":"2.0","method":"toString","id":1}'), -32_601)
  assert.equal(await code('{"jsonrpc":"2.0","method":"torrent_get","id":1}'), -32_602)
  assert.equal(await code('{"jsonrpc":"2.0","method":"torrent_get","params":[1],"id":1}'), -32_602)
  assert.equal(await code('{"jsonrpc":"2.0","method":"torrent_stop","params":{"ids":9},"id":1}'), 1)
  assert.equal(await raw(it, '{"jsonrpc":"2.0","method":"session_stats"}'), undefined)
  const call = (id: number): string => `{"jsonrpc":"2.0","method":"free_space","params":{"path":"/"},"id":${id}}`
  const batch = (await raw(it, `[${call(1)},{"jsonrpc":"2.0","method":"session_stats"},${call(2)}]`)) as {
    id: number
  }[]
  assert.deepEqual(
    batch.map(({ id }) => id),
    [1, 2],
  )
})

test('docs/protocols/rpc.md names every method, and none that is not there', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/protocols/rpc.md'), 'utf8')
  const named = [...text.matchAll(/^\| `(\w+)`/gm)].map(([, name = '']) => name)
  assert.deepEqual(named.toSorted(), [...METHODS.keys()].toSorted())
})
