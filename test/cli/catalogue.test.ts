// What users do with the catalogue of a tracker: `share` lists, `search` and `download --from` find, `unlist` takes off.
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
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
  for (const name of ['photos', 'photos 2025', 'letters'])
    writeTree(join(home, name), { 'a.bin': 50_000, 'notes.txt': 5 })
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

test('a catalogue that never answers holds up neither sharing nor Ctrl-C', async () => {
  await using stack = new AsyncDisposableStack()
  const { home, tracker } = await stage(stack, () => 'never')
  const sharing = stack.use(
    startShoal(['share', 'photos', '-t', `${tracker.url}/announce`, ...LOOPBACK], { cwd: home }),
  )
  await until('it was asked', () => tracker.requests.length === 1, { program: sharing })
  await sharing.event('seeding')
  sharing.signal('SIGINT')
  assert.equal(await sharing.exited(), 0)
  assert.equal(sharing.last('stopped')?.['reason'], 'interrupted')
  assert.equal(sharing.last('listed'), undefined)
})

test('--unlisted keeps it out, and no key is made', async () => {
  await using stack = new AsyncDisposableStack()
  const { home, tracker, share } = await stage(stack)
  assert.equal((await share('photos', '--unlisted')).code, 0)
  assert.deepEqual(tracker.requests, [])
  assert.ok(!existsSync(join(home, 'state/catalogue-key')))
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
