// What people do, told to all who listen.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { DirectFeed } from '../../src/daemon/direct-feed.ts'
import { PeopleReader } from '../../src/daemon/people-feed.ts'
import { contactRows } from '../../src/daemon/people-rows.ts'
import { introduce, person } from '../support/direct.ts'
import { makeHome, until } from '../support/program.ts'

test('an offer is told when it comes and when it changes, a message once, and none of before', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob')
  await introduce(ann, bob)
  const contact = ann.direct.contacts.find('bob')
  await ann.direct.say(contact, 'before')
  const reader = new PeopleReader(bob.direct)
  assert.equal(reader.news(), undefined)
  await ann.direct.say(contact, 'hello')
  const said = await until('the message is told', () => reader.news())
  assert.deepEqual([said.offers, said.messages.map(({ from, text }) => [from, text])], [[], [['ann', 'hello']]])
  const file = join(makeHome('send'), 'song.ogg')
  writeFileSync(file, 'la la')
  const [transfer] = await ann.direct.send([file], [contact])
  const { offers } = await until('the offer is told', () => reader.news())
  assert.deepEqual(
    [offers[0]?.state, offers[0]?.from, offers[0]?.files],
    ['asking', 'ann', [{ name: 'song.ogg', size: 5 }]],
  )
  assert.equal(reader.news(), undefined)
  bob.direct.incoming.answer(offers[0]?.id ?? 0, true)
  await transfer?.finished
  const done = await until('its end is told', () => reader.news()?.offers.find(({ state }) => state === 'done'))
  assert.deepEqual(done.received, ['song.ogg'])
})

test('lists of people are told whole when something in them changes, and to each who listens', async () => {
  await using ann = await person('ann')
  await using bob = await person('bob')
  await introduce(ann, bob)
  const feed = new DirectFeed()
  const [early, late] = [{ told: 0 }, { told: 0 }]
  const first = feed.newsFor(early, bob.direct)
  assert.deepEqual(Object.keys(first ?? {}).toSorted(), ['contacts', 'fetches', 'link', 'messages', 'offers', 'sent'])
  assert.equal(feed.newsFor(early, bob.direct), undefined)
  await ann.direct.say(ann.direct.contacts.find('bob'), 'hello')
  const said = await until('the message is told', () => feed.newsFor(early, bob.direct)?.messages)
  assert.deepEqual(
    said.map(({ from, text }) => [from, text]),
    [['ann', 'hello']],
  )
  bob.direct.talk.clear()
  await until('the inbox is empty', () => feed.newsFor(early, bob.direct)?.messages?.length === 0)
  const all = feed.newsFor(late, bob.direct)
  assert.deepEqual(all?.messages, [])
  assert.equal(
    all.contacts?.find(({ name }) => name === 'ann')?.code,
    ann.direct.codes.of(ann.direct.contacts.find('bob')),
  )
})

test('an offer of many files is told with the first of them, and how many there are', async () => {
  await using bob = await person('bob')
  const contact = bob.direct.contacts.add('ann', { ip: '127.0.0.1', port: 1 })
  const names = Array.from({ length: 3_000 }, (_, n) => `${n}.jpg`)
  const files = names.map((fileName, n) => [String(n), { id: String(n), fileName, size: 1, fileType: 'image/jpeg' }])
  const gone = new AbortController()
  const prepared = bob.direct.incoming.prepare(Object.fromEntries(files), contact, true, '127.0.0.1', gone.signal)
  const feed = new DirectFeed()
  const listener = { told: 0 }
  const offers = await until('it is told', () => {
    const news = feed.newsFor(listener, bob.direct)
    return news?.offers?.length === 1 && news.offers
  })
  assert.deepEqual([offers[0]?.state, offers[0]?.files.length, offers[0]?.fileCount], ['asking', 1_000, 3_000])
  gone.abort()
  await prepared
  const over = await until('its end is told', () => feed.newsFor(listener, bob.direct)?.offers)
  assert.deepEqual([over[0]?.state, over[0]?.files.length, over[0]?.fileCount], ['cancelled', 100, 3_000])
})

test('of messages as many are told as fit, the latest', async () => {
  await using bob = await person('bob')
  const contact = bob.direct.contacts.add('ann', { ip: '127.0.0.1', port: 1 })
  for (let n = 0; n < 20; n++) bob.direct.talk.received(contact, `id ${n}`, `${n} ${'é'.repeat(32_000)}`, true)
  const messages = new DirectFeed().newsFor({ told: 0 }, bob.direct)?.messages ?? []
  assert.deepEqual(
    messages.map(({ text }) => Number.parseInt(text, 10)),
    [12, 13, 14, 15, 16, 17, 18, 19],
  )
})

test('strangers nearby get their codes a few at a time, those who were added first', async () => {
  await using bob = await person('bob')
  const { contacts } = bob.direct
  const address = { ip: '192.0.2.1', port: 53317 }
  for (let n = 0; n < 60; n++) {
    const fingerprint = n.toString(16).padStart(64, '0')
    const alias = `stranger ${n}`
    contacts.saw({ fingerprint, alias, address, protocol: 'https', isShoal: true, isProven: false })
  }
  contacts.change(contacts.find('stranger 7'), { name: 'ann' })
  const [once, again] = [contactRows(bob.direct), contactRows(bob.direct)]
  assert.equal(once.filter(({ code }) => code !== null).length, 50)
  assert.notEqual(once.find(({ name }) => name === 'ann')?.code, null)
  assert.equal(again.filter(({ code }) => code !== null).length, 60)
})
