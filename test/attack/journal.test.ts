// Strangers who want the journal for themselves.
import assert from 'node:assert/strict'
import test from 'node:test'
import { Journal } from '../../src/daemon/journal.ts'
import { PeopleNews } from '../../src/daemon/people-news.ts'
import { person } from '../support/direct.ts'

test('whoever writes without end is told about twenty times a minute', async () => {
  await using bob = await person('bob')
  const { contacts, talk } = bob.direct
  const journal = new Journal()
  const news = new PeopleNews(journal, bob.direct)
  const seen = {
    address: { ip: '192.0.2.1', port: 1 },
    protocol: 'http' as const,
    isShoal: false,
    isProven: false,
  }
  for (let n = 0; n < 300; n++) {
    const stranger = contacts.saw({ ...seen, fingerprint: `F${n}`, alias: `\u202emallory\u0007 ${n}` })
    talk.received(stranger, `message ${n}`, 'hello', false)
    news.look()
  }
  const rows = journal.since(0)
  assert.equal(rows.length, 21)
  assert.match(rows.at(-1)?.text ?? '', /left out for a minute$/)
  assert.doesNotMatch(rows.map(({ text }) => text).join(), /[\u202e\u0007]/)
})
