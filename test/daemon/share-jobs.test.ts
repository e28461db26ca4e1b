// Torrents that the daemon makes and seeds: hashed a few at a time, listed at catalogues, cancelled, shared again.
import assert from 'node:assert/strict'
import { cpSync, mkdirSync, realpathSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { createTorrent } from '../../src/engine/create.ts'
import { InlineDisk } from '../../src/io/disk/inline-disk.ts'
import type { ListedTorrent } from '../../src/daemon/listed-torrent.ts'
import type { JobRow } from '../../src/daemon/rpc/page-types.ts'
import type { SettingsChange } from '../../src/daemon/settings.ts'
import { type CatalogueServer, type Otherwise, serveCatalogue } from '../cli/catalogue-server.ts'
import { openDaemon, type TestDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

interface Stage {
  readonly it: TestDaemon
  readonly root: string
  readonly share: (name: string, more?: object) => Promise<JobRow>
  /** As it is when it has ended. */
  readonly ended: (row: JobRow) => Promise<JobRow>
}

async function stage(stack: AsyncDisposableStack, settings: SettingsChange = {}, stateDir?: string): Promise<Stage> {
  const root = realpathSync(makeHome('share'))
  writeTree(root, { 'photos/a.jpg': 100_000, 'photos/b/c.jpg': 50_000, 'film.mkv': 300_000 })
  const it = stack.use(await openDaemon({ 'page-roots': [root], ...settings }, stateDir))
  return {
    it,
    root,
    share: async (name, more = {}) =>
      (await it.call('shoal_share', { path: join(root, name), ...more })) as never as JobRow,
    ended: ({ id }) =>
      until('the job has ended', () =>
        it.daemon.jobs.rows().find((row) => row.id === id && row.state !== 'hashing' && row.state !== 'listing'),
      ),
  }
}

async function catalogue(stack: AsyncDisposableStack, otherwise?: Otherwise): Promise<CatalogueServer> {
  return stack.use(await serveCatalogue(otherwise))
}

test('what is shared is hashed, seeded from where it is, and others fetch it by the link alone', async () => {
  await using stack = new AsyncDisposableStack()
  const { it, root, share, ended } = await stage(stack)
  const begun = await share('photos')
  assert.deepEqual([begun.name, begun.path, begun.state], ['photos', join(root, 'photos'), 'hashing'])
  const job = await ended(begun)
  assert.deepEqual([job.state, job.error, job.total_bytes, job.done_bytes], ['done', '', 150_000, 150_000])
  const listed = it.daemon.list.byHash(job.hash_string ?? '')
  assert.deepEqual([listed?.torrent.dir, listed?.wishes.isStopped], [root, false])
  const { jobs } = await it.call('shoal_jobs')
  assert.deepEqual(jobs, [job])
  const other = stack.adopt(await openSession(), (session) => session.close())
  const [dir, magnet] = [makeHome('got'), job.magnet ?? '']
  // The link holds addresses of this machine's network; the test goes by loopback.
  assert.match(magnet, /&x\.pe=/)
  const peers = it.daemon.session.addresses
  const torrent = other.add({ magnet: magnet.replace(/&x\.pe=[^&]*/g, '') }, { dir, mode: 'download', peers })
  await until('it is fetched', () => torrent.isDone)
  assert.deepEqual(compareTrees(join(root, 'photos'), join(dir, 'photos')), [])
})

test('it is seeded again after a restart, and jobs are forgotten', async () => {
  const stateDir = makeHome('state')
  await using stack = new AsyncDisposableStack()
  const before = stack.use(new AsyncDisposableStack())
  const { share, ended, root } = await stage(before, {}, stateDir)
  const { hash_string: hash } = await ended(await share('film.mkv'))
  await before.disposeAsync()
  const it = stack.use(await openDaemon({}, stateDir))
  const again = it.daemon.list.byHash(hash ?? '')
  assert.equal(again?.torrent.dir, root)
  await until('it seeds', () => again?.torrent.state === 'seeding')
  assert.deepEqual(await it.call('shoal_jobs'), { jobs: [] })
})

test('each version that is asked for is made, with comment and trackers', async () => {
  await using stack = new AsyncDisposableStack()
  const { it, share, ended } = await stage(stack, { trackers: ['http://127.0.0.1:1/announce'] })
  for (const [version, digits] of [
    ['v1', [40]],
    ['v2', [64]],
    ['hybrid', [40, 64]],
  ] as const) {
    const { hash_string: hash, magnet } = await ended(await share('film.mkv', { version, comment: 'for Ann' }))
    const torrent = it.daemon.list.byHash(hash ?? '')?.torrent
    const hashes = [torrent?.infoHashV1, torrent?.infoHashV2].flatMap((one) =>
      one === undefined ? [] : one.length * 2,
    )
    assert.deepEqual([hashes, hash?.length], [digits, digits[0]])
    assert.deepEqual(torrent?.metainfo?.trackers, [['http://127.0.0.1:1/announce']])
    assert.equal(torrent.metainfo.comment, 'for Ann')
    assert.doesNotMatch(magnet ?? '', /x\.pe=/)
  }
})

test('catalogues of its trackers list it, or say why not; unlisted and private ones go to none', async () => {
  await using stack = new AsyncDisposableStack()
  const friendly = await catalogue(stack)
  const refusing = await catalogue(stack, () => ({ status: 403, body: '{"error":"only friends"}' }))
  const { share, ended } = await stage(stack)
  const trackers = [`${friendly.url}/announce`, `${refusing.url}/announce`]
  const { listed } = await ended(await share('photos', { trackers }))
  assert.deepEqual(listed, [
    { tracker: new URL(friendly.url).host, text: 'Listed as photos', isListed: true },
    { tracker: new URL(refusing.url).host, text: 'only friends', isListed: false },
  ])
  const quiet = await ended(await share('film.mkv', { trackers, unlisted: true }))
  const hidden = await ended(await share('film.mkv', { trackers, private: true }))
  assert.deepEqual([quiet.state, quiet.listed, hidden.state, hidden.listed], ['done', [], 'done', []])
  assert.equal(friendly.requests.length, 1)
})

test('what is shared already is not hurt by sharing it again: it gets the new trackers and runs', async () => {
  await using stack = new AsyncDisposableStack()
  const { url } = await catalogue(stack)
  const { it, share, ended } = await stage(stack)
  const first = await ended(await share('photos'))
  await it.call('torrent_stop', { ids: [first.hash_string] })
  const second = await ended(await share('photos', { trackers: [`${url}/announce`] }))
  assert.deepEqual([second.state, second.hash_string, second.error], ['done', first.hash_string, ''])
  assert.equal(it.daemon.list.size, 1)
  const listed = it.daemon.list.byHash(first.hash_string ?? '')
  assert.deepEqual(listed?.torrent.trackers, [[`${url}/announce`]])
  await until('it seeds', () => listed.torrent.state === 'seeding')
  assert.equal(second.listed[0]?.isListed, true)
})

test('a folder that was moved away is seeded from its new place when it is shared there', async () => {
  await using stack = new AsyncDisposableStack()
  const { it, root, share, ended } = await stage(stack)
  const { hash_string: hash } = await ended(await share('photos'))
  const id = hash ?? ''
  await it.call('torrent_stop', { ids: [id] })
  mkdirSync(join(root, 'new'))
  renameSync(join(root, 'photos'), join(root, 'new/photos'))
  await it.call('torrent_start', { ids: [id] })
  await until('it misses its files', () => it.daemon.list.byHash(id)?.torrent.state === 'failed')
  await ended(await share('new/photos'))
  await until('it seeds', () => it.daemon.list.byHash(id)?.torrent.state === 'seeding')
  assert.equal(it.daemon.list.byHash(id)?.torrent.dir, join(root, 'new'))
})

test('one whose folder was moved, stopped or not, runs from where it is shared again', async () => {
  await using stack = new AsyncDisposableStack()
  const { it, root, share, ended } = await stage(stack)
  const { hash_string: hash } = await ended(await share('photos'))
  const id = hash ?? ''
  const listed = (): ListedTorrent | undefined => it.daemon.list.byHash(id)
  const seedsIn = async (dir: string): Promise<void> => {
    await until(`it seeds in ${dir}`, () => listed()?.torrent.state === 'seeding')
    assert.deepEqual([listed()?.torrent.dir, listed()?.wishes.isStopped], [dir, false])
  }
  // Stopped, and moved while nobody looked.
  await it.call('torrent_stop', { ids: [id] })
  mkdirSync(join(root, 'new'))
  renameSync(join(root, 'photos'), join(root, 'new/photos'))
  assert.equal((await ended(await share('new/photos'))).state, 'done')
  await seedsIn(join(root, 'new'))
  // Moved while it ran.
  renameSync(join(root, 'new/photos'), join(root, 'photos'))
  assert.equal((await ended(await share('photos'))).state, 'done')
  await seedsIn(root)
  // It has other names on disk than others see.
  await it.call('torrent_rename_path', { ids: [id], path: 'photos', name: 'pictures' })
  cpSync(join(root, 'pictures'), join(root, 'copy/photos'), { recursive: true })
  assert.equal((await ended(await share('copy/photos'))).hash_string, id)
  await seedsIn(join(root, 'copy'))
  assert.deepEqual(listed()?.wishes.renames, [])
})

test('a job that is cancelled while the torrent gets its new place stays cancelled, and tells its link', async () => {
  await using stack = new AsyncDisposableStack()
  const { it, root, share, ended } = await stage(stack)
  const first = await ended(await share('photos'))
  mkdirSync(join(root, 'new'))
  renameSync(join(root, 'photos'), join(root, 'new/photos'))
  const { list } = it.daemon
  const relocate = list.relocate.bind(list)
  const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  const moved = Promise.withResolvers<void>()
  list.relocate = async (...given) => {
    begun.resolve()
    await go.promise
    await relocate(...given).finally(() => moved.resolve())
  }
  const { id } = await share('new/photos')
  await begun.promise
  await it.call('shoal_job_cancel', { id })
  go.resolve()
  await moved.promise
  const row = (): JobRow | undefined => it.daemon.jobs.rows().find((one) => one.id === id)
  await until('its link is told', () => row()?.magnet !== null)
  await it.daemon.jobs.close() // until nothing is under way
  assert.deepEqual([row()?.state, row()?.hash_string], ['cancelled', first.hash_string])
})

test('the same shared twice at once from a new place is done twice, and seeded once', async () => {
  await using stack = new AsyncDisposableStack()
  const { it, root, share, ended } = await stage(stack)
  await ended(await share('photos'))
  mkdirSync(join(root, 'new'))
  renameSync(join(root, 'photos'), join(root, 'new/photos'))
  const jobs = await Promise.all([share('new/photos'), share('new/photos'), share('new/photos')])
  for (const job of jobs) assert.deepEqual(await ended(job).then(({ state, error }) => [state, error]), ['done', ''])
  assert.equal(it.daemon.list.size, 1)
  await until('it seeds', () => [...it.daemon.list][0]?.torrent.state === 'seeding')
})

test('a path that leads elsewhere when its turn comes is refused', async () => {
  await using stack = new AsyncDisposableStack()
  const { it, root, ended } = await stage(stack)
  const secret = realpathSync(makeHome('secret'))
  writeTree(secret, { 'photos/key': 100 })
  renameSync(join(root, 'photos'), join(root, 'gone'))
  symlinkSync(join(secret, 'photos'), join(root, 'photos'))
  const request = { trackers: [], isUnlisted: true, isPrivate: false, version: 'v1', comment: undefined } as const
  const job = await ended(it.daemon.jobs.begin({ ...request, path: join(root, 'photos') }))
  assert.deepEqual([job.state, job.hash_string, it.daemon.list.size], ['failed', null, 0])
  assert.match(job.error, /is a link now, or lies behind one: share it again/)
})

test('a download of the same torrent goes on where it was', async () => {
  await using stack = new AsyncDisposableStack()
  const { it, root, share, ended } = await stage(stack)
  const disk = stack.adopt(new InlineDisk(), (one) => one.close())
  const { bytes } = await createTorrent(join(root, 'photos'), { disk })
  const metainfo = Buffer.from(bytes).toString('base64')
  await it.call('torrent_add', { metainfo, paused: true, download_dir: makeHome('elsewhere') })
  const { dir } = it.daemon.list.get(1)?.torrent ?? {}
  const job = await ended(await share('photos'))
  assert.deepEqual([job.state, job.error], ['done', ''])
  const listed = it.daemon.list.byHash(job.hash_string ?? '')
  assert.deepEqual([listed?.id, listed?.torrent.dir, listed?.wishes.isStopped], [1, dir, true])
})

test('four are hashed at once, the others wait their turn; who is cancelled ends at once, the others go on', async () => {
  await using stack = new AsyncDisposableStack()
  const { it, root, share, ended } = await stage(stack)
  writeTree(root, Object.fromEntries(Array.from({ length: 6 }, (_, n) => [`${n}.bin`, 40_000])))
  const { disk } = it.daemon.session
  const held: (() => void)[] = []
  const look = disk.look.bind(disk)
  disk.look = (paths, done) => void held.push(() => look(paths, done))
  stack.defer(() => {
    for (const go of held) go()
  })
  const rows: JobRow[] = []
  for (let n = 0; n < 6; n++) rows.push(await share(`${n}.bin`))
  await until('four have begun', () => held.length === 4)
  assert.deepEqual(
    rows.map(({ state, done_bytes: done }) => `${state} ${done}`),
    Array.from({ length: 6 }, () => 'hashing 0'),
  )
  await it.call('shoal_job_cancel', { id: rows[5]?.id }) // waits
  await it.call('shoal_job_cancel', { id: rows[0]?.id }) // is looked at
  const state = (): string[] => it.daemon.jobs.rows().map((row) => row.state)
  assert.deepEqual(state(), ['cancelled', 'hashing', 'hashing', 'hashing', 'hashing', 'cancelled'])
  disk.look = look
  for (const go of held) go()
  for (const row of rows.slice(1, 5)) assert.equal((await ended(row)).state, 'done')
  assert.deepEqual([it.daemon.list.size, held.length], [4, 4])
  await it.call('shoal_job_cancel', { id: rows[1]?.id })
  assert.equal(state()[1], 'done', 'one that ended stays as it is')
  assert.match(JSON.stringify(await it.call('shoal_job_cancel', { id: 99 })), /there is no job 99/)
})

test('a close of the daemon ends what is being hashed or listed', async () => {
  await using stack = new AsyncDisposableStack()
  const slow = await catalogue(stack, () => 'never')
  const { it, share } = await stage(stack)
  const listing = await share('film.mkv', { trackers: [`${slow.url}/announce`] })
  await until('it is being listed', () => slow.requests.length > 0)
  await share('photos')
  await it.daemon.close()
  const [first, second] = it.daemon.jobs.rows()
  assert.deepEqual([first?.id, first?.state], [listing.id, 'done'])
  assert.match(second?.state ?? '', /^(cancelled|done)$/)
})

test('what cannot be shared fails with a sentence, and in the log', async () => {
  await using stack = new AsyncDisposableStack()
  const { it, root, share, ended } = await stage(stack)
  mkdirSync(join(root, 'empty'))
  const { state, error, hash_string: hash } = await ended(await share('empty'))
  assert.deepEqual([state, hash], ['failed', null])
  assert.match(error, /nothing to share/)
  assert.ok(
    it.daemon.journal.since(0).some(({ level, text }) => level === 'error' && text.includes('nothing to share')),
  )
  const refused = async (params: object): Promise<string> =>
    JSON.stringify((await it.call('shoal_share', params))['error'])
  const path = join(root, 'photos')
  assert.match(await refused({ path: '/etc/hostname' }), /not below a folder/)
  assert.match(await refused({ path: join(root, '../x') }), /not below a folder/)
  assert.match(await refused({ path: join(root, 'gone') }), /no such file/)
  assert.match(await refused({ path, private: true }), /by a tracker only/)
  assert.match(await refused({ path, trackers: ['file:///etc/passwd'] }), /is no tracker/)
  assert.match(await refused({ path, trackers: Array.from({ length: 101 }, (_, n) => `udp://t${n}:1`) }), /trackers/)
  assert.match(await refused({ path, version: 'v3' }), /version/)
  assert.equal(it.daemon.jobs.rows().length, 1)
})

test('files that are left out are named, some of them', async () => {
  await using stack = new AsyncDisposableStack()
  const { root, share, ended } = await stage(stack)
  writeTree(root, Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`many/${n}.part`, 1])))
  writeTree(root, { 'many/good': 5 })
  const { state, skipped } = await ended(await share('many'))
  assert.deepEqual([state, skipped.length, skipped.at(-1)], ['done', 51, 'and 10 more'])
  assert.match(skipped[0] ?? '', /^0\.part is /)
})

test('a hundred jobs are kept: the oldest that ended goes; a hundred that have not ended are enough', async () => {
  await using stack = new AsyncDisposableStack()
  const { it, root, ended } = await stage(stack)
  const { jobs } = it.daemon
  const request = { trackers: [], isUnlisted: true, isPrivate: false, version: 'v1', comment: undefined } as const
  const first = await ended(jobs.begin({ ...request, path: join(root, 'film.mkv') }))
  for (let n = 1; n <= 100; n++) jobs.begin({ ...request, path: join(root, `${n}`) })
  assert.deepEqual([jobs.rows().length, jobs.rows().some(({ id }) => id === first.id)], [100, false])
  assert.throws(() => jobs.begin({ ...request, path: join(root, 'x') }), { code: 'busy' })
})
