// Looking at torrents before they are added, and finding them at trackers and contacts.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { Search } from '../../src/daemon/search.ts'
import { infoHashOf, serveCatalogue, torrentNamed } from '../support/catalogue.ts'
import { openDaemon } from '../support/daemon.ts'
import { person } from '../support/direct.ts'
import { makeHome } from '../support/program.ts'
import { writeTree } from '../support/tree.ts'

const HASH = 'ab'.repeat(20)

interface Failed {
  readonly error: { readonly message: string; readonly data: { readonly code: string } }
}

/** The word for what went wrong. */
function codeOf(answer: unknown): string {
  return (answer as Failed).error.data.code
}

/** A tracker that says this to whatever it is asked, or nothing at all. */
async function tracker(answer?: Uint8Array): Promise<{ server: Server; url: string } & AsyncDisposable> {
  const server = createServer((_, response) => answer !== undefined && response.end(answer)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    server,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('a .torrent is looked at, by path and by its bytes, and is not added by that', async () => {
  await using it = await openDaemon()
  const bytes = torrentNamed('top', { files: ['a', 'b/c'], isPrivate: true, trackers: ['http://one.example/announce'] })
  const metainfo = Buffer.from(bytes).toString('base64')
  const path = join(makeHome('torrent'), 'top.torrent')
  writeFileSync(path, bytes)
  for (const wanted of [{ metainfo }, { filename: path }]) {
    assert.deepEqual(await it.call('shoal_inspect', wanted), {
      name: 'top',
      hash_string: infoHashOf(bytes),
      total_bytes: 2000,
      files: [
        { path: 'top/a', length: 1000 },
        { path: 'top/b/c', length: 1000 },
      ],
      is_private: true,
      comment: '',
      trackers: ['http://one.example/announce'],
      duplicate: null,
      metainfo,
      magnet: null,
    })
  }
  assert.equal(it.daemon.list.size, 0)
  await it.call('torrent_add', { metainfo, paused: true })
  assert.equal((await it.call('shoal_inspect', { metainfo }))['duplicate'], 1)
})

test('of a link and an info-hash is told what they say; nonsense is refused with a sentence', async () => {
  await using it = await openDaemon()
  const link = `magnet:?xt=urn:btih:${HASH}&dn=song&xl=77&tr=http%3A%2F%2Fone.example%2Fannounce`
  const { name, files, total_bytes, trackers, magnet, metainfo } = await it.call('shoal_inspect', { filename: link })
  assert.deepEqual(
    [name, files, total_bytes, trackers, magnet, metainfo],
    ['song', null, 77, ['http://one.example/announce'], link, null],
  )
  const bare = await it.call('shoal_inspect', { filename: HASH.toUpperCase() })
  assert.deepEqual([bare['name'], bare['hash_string']], [HASH, HASH])
  await it.call('torrent_add', { filename: HASH, paused: true })
  assert.equal((await it.call('shoal_inspect', { filename: link }))['duplicate'], 1)
  for (const [wanted, code] of [
    [{}, 'usage'],
    [{ metainfo: 'nonsense' }, 'bad-metainfo'],
    [{ filename: 'magnet:?xt=nothing' }, 'bad-magnet'],
    [{ filename: '/no/such/file.torrent' }, 'not-found'],
    [{ source: 'http://127.0.0.1:1', hash: HASH }, 'not-found'],
  ] as const) {
    assert.equal(codeOf(await it.call('shoal_inspect', wanted)), code, JSON.stringify(wanted))
  }
})

test('trackers of the settings are searched, one at a time, and what they list is looked at and added', async () => {
  await using catalogue = await serveCatalogue()
  const song = torrentNamed('blue song', { files: ['a', 'b'] })
  await catalogue.publish(song)
  await catalogue.publish(torrentNamed('red film'))
  const trackers = [`${catalogue.url}/announce`, 'udp://tracker.example:6969', `${catalogue.url}/announce`]
  await using it = await openDaemon({ trackers })
  const id = catalogue.url
  assert.deepEqual(await it.call('shoal_search_sources'), {
    sources: [{ kind: 'tracker', name: `127.0.0.1:${catalogue.port}`, id }],
  })
  const { found } = await it.call('shoal_search', { source: id, words: 'song' })
  assert.deepEqual(found, [
    {
      name: 'blue song',
      size_bytes: 2000,
      file_count: 2,
      seeders: 0,
      leechers: 0,
      hash_string: infoHashOf(song),
      path: null,
    },
  ])
  const newest = await it.call('shoal_search', { source: id, limit: 1 })
  assert.equal((newest['found'] as unknown[]).length, 1)
  const inspected = await it.call('shoal_inspect', { source: id, hash: infoHashOf(song) })
  assert.deepEqual(
    [inspected['name'], inspected['hash_string'], inspected['trackers']],
    ['blue song', infoHashOf(song), [`${catalogue.url}/announce`]],
    'the tracker that lists it is asked for peers',
  )
  await it.call('torrent_add', { metainfo: inspected['metainfo'], paused: true })
  assert.ok(it.daemon.list.byHash(infoHashOf(song)))
  assert.equal(codeOf(await it.call('shoal_inspect', { source: id, hash: HASH })), 'not-found')
  assert.equal(codeOf(await it.call('shoal_inspect', { source: id, hash: 'short' })), 'usage')
  assert.equal(codeOf(await it.call('shoal_search', { source: 'http://elsewhere.example' })), 'not-found')
})

test('a tracker that sends another torrent than it lists is not believed', async () => {
  await using liar = await tracker(torrentNamed('another'))
  await using it = await openDaemon({ trackers: [`${liar.url}/announce`] })
  const answer = await it.call('shoal_inspect', { source: liar.url, hash: HASH })
  assert.equal(codeOf(answer), 'bad-answer')
})

test('a tracker that is silent is not waited for, and eight searches at once are enough', async () => {
  await using silent = await tracker()
  const hasty = new Search({ trackers: () => [silent.url], direct: () => undefined, answerMs: 50 })
  await assert.rejects(hasty.find(silent.url, 'x', 100), { code: 'timeout', message: /no answer within 0.05 seconds/ })

  const patient = new Search({ trackers: () => [silent.url], direct: () => undefined })
  const under = Array.from({ length: 8 }, () => assert.rejects(patient.find(silent.url, 'x', 100)))
  await assert.rejects(patient.find(silent.url, 'x', 100), { code: 'busy' })
  silent.server.on('request', ({ socket }) => socket.destroy())
  silent.server.closeAllConnections()
  await Promise.all(under)
  await assert.rejects(patient.find(silent.url, 'x', 100), { code: 'network' }, 'there is room again')
})

test('what trusted contacts share is searched by words; others are no source', async () => {
  const sharedDir = join(makeHome('shared'), 'public')
  writeTree(sharedDir, { 'photos/beach.jpg': 100, 'notes.txt': 10 })
  await using ann = await person('ann', { sharedDir })
  await using it = await openDaemon({ 'direct-on': true, 'direct-port': 0, nearby: false, name: 'me' })
  const { direct } = it.daemon
  assert.ok(direct)
  const contact = await direct.add('ann', { ip: '127.0.0.1', port: ann.direct.port })
  assert.deepEqual(await it.call('shoal_search_sources'), { sources: [] })
  await it.call('shoal_contact_change', { contact: 'ann', trust: 'trusted' })
  const source = `contact:${contact.id}`
  assert.deepEqual(await it.call('shoal_search_sources'), { sources: [{ kind: 'contact', name: 'ann', id: source }] })
  assert.equal(codeOf(await it.call('shoal_search', { source, words: 'jpg' })), 'busy', 'she must trust us, too')
  ann.direct.contacts.change(ann.direct.contacts.find('me'), { trust: 'trusted' })
  assert.deepEqual(await it.call('shoal_search', { source, words: 'jpg' }), {
    found: [
      {
        name: 'beach.jpg',
        size_bytes: 100,
        file_count: 1,
        seeders: null,
        leechers: null,
        hash_string: null,
        path: 'photos/beach.jpg',
      },
    ],
  })
  assert.equal(codeOf(await it.call('shoal_inspect', { source, hash: HASH })), 'not-found')
})
