// Messages of both sides in one conversation.
import assert from 'node:assert/strict'
import test from 'node:test'
import type { MessageRow } from '../../src/daemon/rpc/types.ts'
import { conversation, type Line, MAX_SAID, newMessages, noteSaid, said } from '../../src/web/people/talking.ts'

const came = (id: number, from: string, fingerprint: string, at: number): MessageRow => {
  return { id, from, fingerprint, isProven: true, text: `message ${id}`, at }
}
const MESSAGES = [came(1, 'ann', 'AA', 10), came(2, 'bob', 'BB', 20), came(3, 'annie', 'AA', 40)]
const OURS = [
  { id: 1, to: [{ word: 'AA', name: 'ann', isDelivered: true }], text: 'to ann', at: 30 },
  {
    ...{ id: 2, text: 'to both', at: 50 },
    to: ['AA', 'BB'].map((word) => ({ word, name: word, isDelivered: word === 'AA' })),
  },
]
const shown = (line: Line): string => (line.kind === 'came' ? line.message.text : line.said.text)

test('a conversation has what both said in the order of time, also from before a change of name', () => {
  const lines = conversation(MESSAGES, OURS, { name: 'annie', fingerprint: 'AA' })
  assert.deepEqual(lines.map(shown), ['message 1', 'to ann', 'message 3', 'to both'])
  const last = lines.at(-1)
  assert.deepEqual(last?.kind === 'said' && last.said.to.map(({ word }) => word), ['AA'])
})

test('somebody else of the same name has a conversation of his own', () => {
  assert.deepEqual(conversation(MESSAGES, OURS, { name: 'ann', fingerprint: 'CC' }), [])
})

test('who was never met is known by name alone; without anybody all is shown', () => {
  assert.deepEqual(conversation(MESSAGES, [], { name: 'bob', fingerprint: null }).map(shown), ['message 2'])
  assert.equal(conversation(MESSAGES, OURS).length, 5)
})

test('what was there when the page came up is not new', () => {
  assert.deepEqual(newMessages(MESSAGES, undefined), [])
  assert.deepEqual(newMessages(MESSAGES, 2), [MESSAGES[2]])
  assert.deepEqual(newMessages([], 2), [])
})

test('what was said is kept up to a bound, the latest of it', () => {
  for (let n = 0; n <= MAX_SAID; n++) noteSaid({ to: [], text: String(n), at: n })
  assert.deepEqual(
    [said.value.length, said.value.at(0)?.text, said.value.at(-1)?.text],
    [MAX_SAID, '1', String(MAX_SAID)],
  )
})
