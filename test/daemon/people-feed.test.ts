// What people do, told to all who listen.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { PeopleReader } from '../../src/daemon/people-feed.ts'
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
