// Who is shown in which group of the list of people, and how names and fingerprints are shortened.
import assert from 'node:assert/strict'
import test from 'node:test'
import type { ContactRow } from '../../src/daemon/rpc/types.ts'
import {
  firstLetter,
  type PeopleRow,
  peopleRows,
  printFingerprint,
  seenText,
  wordFor,
} from '../../src/web/people/contact-list.ts'

const NOW = 1_000_000

function contact(id: number, change: Partial<ContactRow>): ContactRow {
  const address = { address: '192.0.2.1:1', protocol: 'https', kind: 'shoal', trust: 'unknown' } as const
  return { id, name: `person ${id}`, fingerprint: 'AB', code: null, ...address, isKept: false, seenAt: NOW, ...change }
}

const shown = (row: PeopleRow): string | number =>
  row.kind === 'heading' ? `${row.group} ${row.count}` : row.contact.name

test('contacts come first, then who is near, then who was; each by name, without groups of nobody', () => {
  const people = [
    contact(1, { name: 'zoe', isKept: true, seenAt: 0 }),
    contact(2, { name: 'bob 10' }),
    contact(3, { name: 'bob 2', seenAt: NOW - 60 }),
    contact(4, { name: 'gone', seenAt: NOW - 3_600 }),
    contact(5, { name: 'Ann', isKept: true }),
  ]
  assert.deepEqual(peopleRows(people, NOW).map(shown), [
    'contacts 2',
    'Ann',
    'zoe',
    'nearby 2',
    'bob 2',
    'bob 10',
    'before 1',
    'gone',
  ])
  assert.deepEqual(peopleRows([contact(1, {})], NOW).map(shown), ['nearby 1', 'person 1'])
  assert.deepEqual(peopleRows([], NOW), [])
})

test('when somebody was seen is told in the largest unit, and a clock that is behind tells no future', () => {
  const seen = [0, NOW + 50, NOW - 59, NOW - 60, NOW - 7_300, NOW - 200_000].map((at) => seenText(at, NOW))
  assert.deepEqual(seen, [
    'never met',
    'seen just now',
    'seen just now',
    'seen 1 minute ago',
    'seen 2 hours ago',
    'seen 2 days ago',
  ])
})

test('people are meant by fingerprint, whatever they are called; by name only before they were met', () => {
  assert.equal(wordFor({ name: 'bob', fingerprint: 'AB12' }), 'AB12')
  assert.equal(wordFor({ name: 'bob', fingerprint: null }), 'bob')
})

test('fingerprints are cut in groups of four, and pictures show the first letter of a name', () => {
  assert.equal(printFingerprint('A1B2C3D4E5'), 'A1B2 C3D4 E5')
  assert.equal(printFingerprint('A1B2C3D4E5', 2), 'A1B2 C3D4 …')
  assert.equal(printFingerprint(''), '')
  assert.deepEqual(['ann', '<img src=x>', '«élan»', '!?', '', '\u202eעברית'].map(firstLetter), [
    'A',
    'I',
    'É',
    '?',
    '?',
    'ע',
  ])
})
