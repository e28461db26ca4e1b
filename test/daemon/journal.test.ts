// What happened, as people read it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test from 'node:test'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import { Journal, shownName } from '../../src/daemon/journal.ts'
import { PeopleNews } from '../../src/daemon/people-news.ts'
import type { LogRow } from '../../src/daemon/rpc/page-types.ts'
import { TorrentNews } from '../../src/daemon/torrent-news.ts'
import { torrentNamed } from '../support/catalogue.ts'
import { openDaemon, type TestDaemon } from '../support/daemon.ts'
import { introduce, person } from '../support/direct.ts'
import { makeHome, until } from '../support/program.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const PIECE = 16_384
const { info } = makeTorrent([{ path: 'a', bytes: patternBytes(3 * PIECE, 1) }], PIECE)
const HASH = Buffer.from(info.infoHashV1 ?? []).toString('hex')

function metainfoWith(trackers: readonly string[] = []): string {
  return Buffer.from(writeTorrent({ ...bareMetainfo(info), trackers: [trackers] })).toString('base64')
}

function texts(journal: Journal, since = 0): string[] {
  return journal.since(since).map(({ text }) => text)
}

/** A second of the daemon, at once. */
function looking(it: TestDaemon): { readonly news: TorrentNews; readonly journal: Journal } {
  const journal = new Journal()
  return { news: new TorrentNews(journal, it.daemon.list, it.daemon.session.awake), journal }
}

test('rows are numbered; who knows one gets those after it, and all of them after another run', () => {
  const journal = new Journal()
  journal.add('info', 'session', 'one')
  journal.add('error', 'torrent', 'two', HASH)
  assert.deepEqual(texts(journal), ['one', 'two'])
  const [row, none] = journal.since(1)
  assert.deepEqual({ ...row, at: 0 }, {
    id: 2,
    at: 0,
    level: 'error',
    about: 'torrent',
    text: 'two',
    torrent: HASH,
  } satisfies LogRow)
  assert.equal(none, undefined)
  assert.deepEqual(journal.since(2), [])
  assert.deepEqual(texts(journal, 99), ['one', 'two'])
})

test('five hundred rows are kept, and who tells most pushes out his own', () => {
  const journal = new Journal()
  journal.add('error', 'torrent', 'the disk is full')
  for (let n = 0; n < 2000; n++) journal.add('info', 'people', `offer ${n}`)
  const all = texts(journal)
  assert.deepEqual([all.length, all[0], all[1], all.at(-1)], [500, 'the disk is full', 'offer 1501', 'offer 1999'])
})

test('a torrent is followed from being added to being removed', async () => {
  await using it = await openDaemon()
  const { news, journal } = looking(it)
  const dir = makeHome('data')
  mkdirSync(join(dir, 'top'))
  writeFileSync(join(dir, 'top', 'a'), patternBytes(3 * PIECE, 1))
  await it.call('torrent_add', { metainfo: metainfoWith(), download_dir: dir })
  news.look()
  const listed = it.daemon.list.get(HASH)
  assert.ok(listed)
  await until('it is complete', () => listed.torrent.isDone)
  it.daemon.list.noteProgress(listed)
  news.look()
  news.look()
  const to = makeHome('to')
  await it.call('torrent_set_location', { ids: HASH, location: to, move: true })
  await it.call('torrent_rename_path', { ids: HASH, path: 'top', name: 'better' })
  news.look()
  await it.call('torrent_remove', { ids: HASH })
  news.look()
  assert.deepEqual(texts(journal), [
    'added "top"',
    '"top" is complete',
    `"top" is in ${to} now`,
    '"top" is called "better" now',
    'removed "better"',
  ])
  assert.deepEqual(new Set(journal.since(0).map(({ torrent }) => torrent)), new Set([HASH]))
})

test('what fails is told once, with the sentence, until it fails anew', async () => {
  await using it = await openDaemon()
  const { news, journal } = looking(it)
  await it.call('torrent_add', { metainfo: metainfoWith(), download_dir: makeHome('empty'), is_seed: true })
  const [listed] = it.daemon.list
  await until('it has failed', () => listed?.torrent.error)
  news.look()
  news.look()
  const [, failed, more] = journal.since(0)
  assert.equal(failed?.level, 'error')
  assert.match(failed?.text ?? '', /^"top" failed: found nothing of "top" in /)
  assert.equal(more, undefined)
  await it.call('torrent_stop', { ids: 1 })
  await it.call('torrent_start', { ids: 1 })
  news.look() // it tries again
  await until('it has failed again', () => listed?.torrent.error)
  news.look()
  assert.equal(journal.since(failed?.id ?? 0).length, 1)
})

test('what was there when the daemon began is no news, nor is a crowd of torrents told one by one', async () => {
  await using it = await openDaemon({ 'start-added': false })
  await it.call('torrent_add', { metainfo: metainfoWith() })
  const { news, journal } = looking(it)
  news.look()
  assert.deepEqual(texts(journal), [])
  for (let n = 10; n < 60; n++)
    await it.call('torrent_add', { filename: `magnet:?xt=urn:btih:${String(n).repeat(20)}` })
  news.look()
  const all = texts(journal)
  assert.deepEqual([all.length, all.at(-1)], [21, 'and 30 more changes of torrents within this second'])
})

test('a tracker is told about when it begins to fail and when it works again, once for all torrents', async () => {
  let answer = 'd14:failure reason9:not todaye'
  const server = createServer((_, response) => response.end(answer)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const announce = `http://127.0.0.1:${port}/secret-passkey/announce`
  try {
    await using it = await openDaemon()
    const { news, journal } = looking(it)
    await it.call('torrent_add', { metainfo: metainfoWith([announce]) })
    await it.call('torrent_add', {
      metainfo: Buffer.from(torrentNamed('other', { trackers: [announce] })).toString('base64'),
    })
    const listed = [...it.daemon.list]
    const areAll = (state: string): boolean =>
      listed.every(({ torrent }) => torrent.announcer?.status()[0]?.state === state)
    const told = (): string[] => texts(journal).filter((text) => text.includes('tracker'))
    const minute = (): void => {
      for (let n = 0; n < 60; n++) news.look()
    }
    await until('both were refused', () => areAll('failed'))
    minute()
    minute()
    const fails = [`the tracker 127.0.0.1:${port} fails, for "top" first: not today`]
    assert.deepEqual(
      told().map((text) => text.replace('"other"', '"top"')),
      fails,
    )
    answer = 'd8:intervali1800e5:peers0:e'
    await it.call('torrent_stop')
    await it.call('torrent_start') // announces at once
    await until('both were answered', () => areAll('working'))
    minute()
    assert.deepEqual(told().slice(1), [`the tracker 127.0.0.1:${port} works again`])
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

test('people: an offer and its end, a message without its words, a contact met and trusted', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob')
  const journal = new Journal()
  const news = new PeopleNews(journal, bob.direct)
  await introduce(ann, bob)
  await introduce(bob, ann)
  const contact = ann.direct.contacts.find('bob')
  const whenTold = (text: RegExp): Promise<unknown> =>
    until(`it is told: ${text.source}`, () => {
      news.look()
      return texts(journal).some((one) => text.test(one))
    })
  await whenTold(/^met "ann"/)
  bob.direct.contacts.change(bob.direct.contacts.find('ann'), { trust: 'trusted' })
  await whenTold(/^"ann" is trusted now$/)
  bob.settings.accept = 'nobody'
  await ann.direct.say(contact, 'the code is 1234')
  await whenTold(/^a message from "ann"$/)
  const file = join(makeHome('send'), 'song.ogg')
  writeFileSync(file, 'la la')
  const [transfer] = await ann.direct.send([file], [contact])
  await whenTold(/^"ann" wants to give you 1 file, 5 B$/)
  const [offer] = bob.direct.incoming.all
  bob.direct.incoming.answer(offer?.id ?? 0, true)
  await transfer?.finished
  await whenTold(/^1 file from "ann" are in /)
  assert.doesNotMatch(texts(journal).join(), /1234/)
})

test('changes of settings are told by name; a secret and its value are not', async () => {
  await using it = await openDaemon()
  const since = it.daemon.journal.since(0).at(-1)?.id ?? 0
  await it.call('shoal_config_set', { name: 'rpc-password', value: 'open sesame' })
  await it.call('shoal_config_set', { name: 'rpc-password', value: 'open sesame' })
  await it.call('session_set', { speed_limit_up: 7, speed_limit_up_enabled: true })
  const { log } = await it.call('shoal_log', { since })
  assert.deepEqual(
    (log as unknown as LogRow[]).map(({ text }) => text),
    ['settings were changed: rpc-password', 'settings were changed: up-limit, up-limit-on'],
  )
})

test('names of strangers are one harmless line, and short', () => {
  assert.equal(shownName('a\u202eb\u0007\nc'), '"ab c"')
  assert.equal(shownName('x'.repeat(5000)).length, 202)
  const journal = new Journal()
  journal.add('info', 'people', `\u001b[2J${'😀'.repeat(2000)}`)
  const [text = ''] = texts(journal)
  assert.ok(text.length <= 1000 && text.isWellFormed())
  assert.doesNotMatch(text, /\u001b/)
})
