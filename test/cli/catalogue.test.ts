// What users do with the catalogue of a tracker: `share` lists, `search` and `download --from` find, `unlist` takes off.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { asRecord } from '../support/json.ts'
import { makeHome, removeHome, until } from '../support/program.ts'
import { runShoal, type ShoalResult, startShoal } from '../support/shoal.ts'
import { compareTrees, writeTree } from '../support/tree.ts'
import { type CatalogueServer, type Otherwise, serveCatalogue } from './catalogue-server.ts'

const LOOPBACK = ['--listen', '127.0.0.1:0']

interface Stage {
  readonly home: string
  readonly tracker: CatalogueServer
  /** In the home, on one state folder. */
  readonly run: (...args: readonly string[]) => Promise<ShoalResult>
  /** Shares a folder until everything that belongs to it is done. */
  readonly share: (path: string, ...more: readonly string[]) => Promise<ShoalResult>
}

async function stage(stack: AsyncDisposableStack, otherwise?: Otherwise): Promise<Stage> {
  const home = stack.adopt(makeHome('catalogue'), removeHome)
  const tracker = stack.use(await serveCatalogue(otherwise))
  for (const name of ['photos', 'photos 2025', 'letters']) writeTree(join(home, name), { 'a.bin': 50_000, 'notes.txt': 5 })
  const run = (...args: readonly string[]): Promise<ShoalResult> =>
    runShoal([...args, '--state-dir', join(home, 'state')], { cwd: home })
  const announce = ['-t', `${tracker.url}/announce`]
  return {
    ...{ home, tracker, run },
    share: (path, ...more) => run('share', path, ...announce, ...more, '--exit-when-done', ...LOOPBACK),
  }
}

function hashOf({ entries }: CatalogueServer, name: string): string {
  for (const [hash, { metainfo }] of entries) if (metainfo.info.name === name) return hash
  assert.fail(`${name} is not listed`)
}

test('what is shared is listed at its trackers, found by words, and downloaded by its name', async () => {
  await using stack = new AsyncDisposableStack()
  const { home, tracker, run } = await stage(stack)
  const state = ['--state-dir', join(home, 'ann')]
  const announce = ['-t', 'udp://127.0.0.1:9', '-t', `${tracker.url}/announce`, '-t', `${tracker.url}/announce`]
  const sharing = stack.use(startShoal(['share', 'photos', ...announce, ...LOOPBACK, ...state], { cwd: home }))
  const listed = await sharing.event('listed')
  const hash = hashOf(tracker, 'photos')
  const { host } = new URL(tracker.url)
  assert.deepEqual(listed, { event: 'listed', tracker: host, infoHash: hash, name: 'photos', isNew: true })
  assert.equal(tracker.posted.length, 1, 'once for each tracker')

  const found = await run('search', 'phot', '--tracker', `${tracker.url}/announce`)
  assert.equal(found.code, 0, found.stderr)
  const [titles, row, ...others] = found.stdout.split('\n')
  assert.match(titles ?? '', /^# +Name +Size +Seeds +Peers +Age +Info-hash$/)
  assert.match(row ?? '', new RegExp(`^1 +photos +50\\.0 kB +2 +1 +\\d+d\\d\\dh +${hash}$`))
  assert.deepEqual(others, [])

  const from = ['--from', tracker.url, '--peer', String(sharing.last('listening')?.['address'])]
  const got = await run('download', 'PHOTOS', ...from, '--dir', 'copy', '--exit-when-done', ...LOOPBACK)
  assert.equal(got.code, 0, got.stderr)
  assert.deepEqual(compareTrees(join(home, 'photos'), join(home, 'copy/photos')), [])
})

test('search --json tells all of it, with links to this tracker', async () => {
  await using stack = new AsyncDisposableStack()
  const { tracker, run, share } = await stage(stack)
  await share('photos')
  const { stdout } = await run('search', 'photos', '--tracker', tracker.url, '--json')
  const hash = hashOf(tracker, 'photos')
  assert.deepEqual(JSON.parse(stdout), {
    total: 1,
    torrents: [
      {
        info_hash: hash,
        name: 'photos',
        size: 50_005,
        files: 2,
        seeders: 2,
        leechers: 1,
        completed: 0,
        published_at: '2020-01-01T00:00:00.000Z',
        magnet: `magnet:?xt=urn:btih:${hash}&dn=photos&tr=${encodeURIComponent(`${tracker.url}/announce`)}`,
        torrent: `${tracker.url}/catalogue/${hash}.torrent`,
      },
    ],
  })
})

test('nothing found is a sentence, and no words at all mean the newest', async () => {
  await using stack = new AsyncDisposableStack()
  const { tracker, run, share } = await stage(stack)
  const search = ['search', '--tracker', tracker.url]
  assert.equal((await run(...search)).stdout, 'Nothing is listed there yet.')
  await share('photos')
  await share('letters')
  const nothing = await run(...search, 'films')
  assert.deepEqual([nothing.code, nothing.stdout], [0, 'Nothing found.'])
  assert.equal((await run(...search)).stdout.split('\n').length, 3)
  assert.match((await run(...search, '--limit', '1')).stdout, /\n\.\.\. and 1 more: /)
})

test('who listed something is known by a key of each torrent, made of one that is the users alone', async () => {
  await using stack = new AsyncDisposableStack()
  const { home, tracker, share } = await stage(stack)
  await share('photos')
  await share('letters')
  assert.match((await share('photos')).stdout, /^Listed at 127\.0\.0\.1:\d+ as photos$/m)
  const file = join(home, 'state/catalogue-key')
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const key = readFileSync(file)
  assert.equal(key.length, 32)
  const [photos, letters, again] = tracker.posted
  const expected = createHmac('sha256', key).update(Buffer.from(hashOf(tracker, 'photos'), 'hex')).digest('hex')
  assert.equal(photos?.ownerKey, expected)
  assert.equal(again?.ownerKey, expected)
  assert.match(letters?.ownerKey ?? '', /^[0-9a-f]{64}$/)
  assert.notEqual(letters?.ownerKey, expected)
})

test('a passkey says where the catalogue is, and stands in no torrent that is listed', async () => {
  await using stack = new AsyncDisposableStack()
  const { tracker, run, share } = await stage(stack)
  const secret = `${tracker.url}/abcd1234/announce`
  await run('share', 'photos', '-t', secret, '-t', 'udp://127.0.0.1:9', '--exit-when-done', ...LOOPBACK)
  const [posted] = tracker.posted
  assert.equal(posted?.path, '/abcd1234/catalogue')
  assert.deepEqual(posted.metainfo.trackers, [['udp://127.0.0.1:9']])
  await share('letters', '-t', secret)
  assert.equal(tracker.posted.length, 3)
  for (const { bytes } of tracker.posted) assert.ok(!Buffer.from(bytes).includes('abcd1234'))
})

test('private torrents, those of the newer format alone, and those that shall not be are not listed', async () => {
  await using stack = new AsyncDisposableStack()
  const { tracker, share } = await stage(stack)
  for (const option of ['--unlisted', '--private', '--v2']) {
    const { code, stderr } = await share('photos', option)
    assert.equal(code, 0, stderr)
  }
  assert.deepEqual(tracker.requests, [])
  await share('photos', '--hybrid')
  assert.equal(tracker.posted.length, 1)
})

test('a tracker that refuses says why in one line; one that has no catalogue is not spoken of', async () => {
  await using stack = new AsyncDisposableStack()
  const replies = [
    { status: 404, body: '{"error":"this tracker has no catalogue"}' },
    { status: 403, body: '<html>Forbidden</html>' },
    { status: 200, body: '<html>Welcome</html>' },
    { status: 201, body: JSON.stringify({ info_hash: 'ab'.repeat(20), name: 'photos', isNew: true }) },
    { status: 200, body: 'x'.repeat(100_000) },
    { status: 429, body: '{"error":"ask again\\u001b[2J in an hour"}' },
  ]
  let last = 0
  const { tracker, share } = await stage(stack, () => replies[last])
  const said: string[] = []
  for (last = 0; last < replies.length; last++) {
    const { code, stdout, stderr } = await share('photos')
    assert.equal(code, 0, stderr)
    said.push(...stdout.split('\n').filter((line) => / list|Listed/.test(line)))
  }
  assert.deepEqual(said, [`${new URL(tracker.url).host} does not list it: ask again[2J in an hour`])
  assert.equal(tracker.requests.length, replies.length)
})

test('a redirect is not followed', async () => {
  await using stack = new AsyncDisposableStack()
  const other = stack.use(await serveCatalogue())
  const headers = { location: `${other.url}/catalogue` }
  const { tracker, share } = await stage(stack, () => ({ status: 307, headers }))
  assert.equal((await share('photos')).code, 0)
  assert.deepEqual([tracker.requests.length, other.requests.length], [1, 0])
})

test('a catalogue that never answers holds up neither sharing nor Ctrl-C', async () => {
  await using stack = new AsyncDisposableStack()
  const { home, tracker } = await stage(stack, () => 'never')
  const sharing = stack.use(startShoal(['share', 'photos', '-t', `${tracker.url}/announce`, ...LOOPBACK], { cwd: home }))
  await until('it was asked', () => tracker.requests.length === 1, { program: sharing })
  await sharing.event('seeding')
  sharing.signal('SIGINT')
  assert.equal(await sharing.exited(), 0)
  assert.equal(sharing.last('stopped')?.['reason'], 'interrupted')
  assert.equal(sharing.last('listed'), undefined)
})

test('where a daemon gets the torrent, it is listed too', async () => {
  await using stack = new AsyncDisposableStack()
  const { home, tracker, run } = await stage(stack)
  const state = ['--state-dir', join(home, 'state')]
  const daemon = stack.use(startShoal(['daemon', ...state, ...LOOPBACK, '--rpc-listen', '127.0.0.1:0']))
  await daemon.event('api')
  const { code, stdout, stderr } = await run('share', 'photos', '-t', `${tracker.url}/announce`, '--json')
  assert.equal(code, 0, stderr)
  const events = stdout.split('\n').map((line) => asRecord(JSON.parse(line))['event'])
  assert.ok(events.includes('listed'), stdout)
  assert.equal(tracker.posted.length, 1)
})

test('of several that a name could mean, none is chosen: they are shown', async () => {
  await using stack = new AsyncDisposableStack()
  const { tracker, run, share } = await stage(stack)
  for (const name of ['photos', 'photos 2025', 'letters']) await share(name)
  const several = await run('download', 'phot', '--from', tracker.url)
  assert.equal(several.code, 2)
  assert.match(several.stderr, /^shoal: \S+ lists 2 that "phot" could be: say more of it, or its info-hash$/)
  for (const name of ['photos', 'photos 2025']) assert.ok(several.stdout.includes(hashOf(tracker, name)), name)
  const nothing = await run('download', 'notes.txt', '--from', tracker.url)
  assert.equal(nothing.code, 6)
  assert.match(nothing.stderr, /^shoal: \S+ lists nothing called "notes\.txt"$/)
})

test('unlist takes off what this user listed, by hash or name, and nothing of others', async () => {
  await using stack = new AsyncDisposableStack()
  const { home, tracker, run, share } = await stage(stack)
  for (const name of ['photos', 'letters']) await share(name)
  const hash = hashOf(tracker, 'photos')
  const unlist = ['--tracker', `${tracker.url}/announce`]
  const other = await runShoal(['unlist', 'photos', ...unlist, '--state-dir', join(home, 'other')], { cwd: home })
  assert.equal(other.code, 5)
  assert.match(other.stderr, /^shoal: \S+ keeps [0-9a-f]{40}: somebody else listed it, or you did with another state/)

  const done = await run('unlist', hash.toUpperCase(), ...unlist)
  assert.deepEqual([done.code, done.stdout], [0, `${new URL(tracker.url).host} no longer lists ${hash}`])
  assert.equal((await run('unlist', 'letters', ...unlist)).code, 0)
  assert.equal(tracker.entries.size, 0)
  const gone = await run('unlist', hash, ...unlist)
  assert.equal(gone.code, 6)
  assert.match(gone.stderr, /^shoal: \S+ does not list [0-9a-f]{40}$/)
})

test('a torrent that is another than was listed is refused', async () => {
  await using stack = new AsyncDisposableStack()
  const torrents: Uint8Array[] = []
  const { tracker, run, share } = await stage(stack, (method, path) => {
    return method === 'GET' && path.endsWith('.torrent') ? { status: 200, body: torrents.shift() ?? '' } : undefined
  })
  for (const name of ['photos', 'letters']) await share(name)
  torrents.push(...tracker.posted.slice(1).map(({ bytes }) => bytes), new Uint8Array(2 * 1024 * 1024 + 1))
  const swapped = await run('download', 'photos', '--from', tracker.url)
  assert.equal(swapped.code, 5)
  assert.match(swapped.stderr, /^shoal: \S+ sends another torrent than it lists$/)
  assert.equal((await run('download', 'photos', '--from', tracker.url)).code, 5, 'it is too long')
  assert.equal((await run('download', 'photos', '--from', tracker.url)).code, 3, 'it is empty')
})

test('trackers that answer nonsense, refuse, or have no catalogue are told apart', async () => {
  await using stack = new AsyncDisposableStack()
  const replies = [
    { status: 404, body: 'There is a tracker here' },
    { status: 403, body: '{"error":"for members only"}' },
    { status: 200, body: '<html>' },
    { status: 200, body: new Uint8Array(1024 * 1024 + 1) },
  ]
  let n = 0
  const { tracker, run } = await stage(stack, () => replies[n])
  const refusals: (readonly [number, RegExp])[] = [
    [6, /^shoal: \S+ has no catalogue of torrents$/],
    [5, /^shoal: \S+ refuses: for members only$/],
    [5, /^shoal: \S+ answers with something that is no list of torrents$/],
    [5, /^shoal: \S+ answers with more than 1048576 bytes$/],
  ]
  for (const [code, sentence] of refusals) {
    const { stderr, ...ended } = await run('search', 'photos', '--tracker', tracker.url)
    assert.equal(ended.code, code)
    assert.match(stderr, sentence)
    n++
  }
})

test('a key that is damaged stops the listing, not the sharing', async () => {
  await using stack = new AsyncDisposableStack()
  const { home, tracker, run, share } = await stage(stack)
  await share('photos')
  writeFileSync(join(home, 'state/catalogue-key'), 'short')
  const { code, stdout } = await share('letters')
  assert.equal(code, 0)
  assert.match(stdout, /^Not listed: .*catalogue-key is damaged: /m)
  assert.equal(tracker.posted.length, 1)
  assert.equal((await run('unlist', 'photos', '--tracker', tracker.url)).code, 2)
})

test('what is missing on the command line is said', async () => {
  await using stack = new AsyncDisposableStack()
  const { run } = await stage(stack)
  const said = async (...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await run(...args)
    assert.equal(code, 2)
    return stderr
  }
  assert.match(await said('search'), /for what\? shoal search WORD, or shoal search --tracker URL/)
  assert.match(await said('search', 'a', '--limit', '5'), /give one with --tracker/)
  assert.match(await said('search', 'a', '--tracker', 'udp://t.example:1'), /the address of an HTTP tracker/)
  assert.match(await said('unlist', 'a'), /required option '--tracker <url>' not specified/)
  assert.match(await said('download', 'a', '--from', 'ann'), /the address of an HTTP tracker/)
})
