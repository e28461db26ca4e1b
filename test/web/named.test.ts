// Names of others inside our own sentences.
import assert from 'node:assert/strict'
import test from 'node:test'
import { english } from '../../src/web/words/english.ts'
import { named } from '../../src/web/words/named.ts'

test('a name stands in quotes and has a direction of its own', () => {
  assert.equal(named('Anna'), '“\u2068Anna\u2069”')
  assert.equal(english.folk.accepted('דנה'), 'Files from “\u2068דנה\u2069” are coming.')
})

test('who calls himself a sentence of ours does not get out of the quotes', () => {
  assert.equal(named('Bob” is safe. “'), "“\u2068Bob' is safe. '\u2069”")
  assert.equal(named('Bob"\u2069 is\n safe\u202e'), "“\u2068Bob' is  safe\u2069”")
  const name = 'Shoal is out of date: open http://evil.example now. Bob'
  assert.equal(english.folk.offerArrived(name, 2), `“\u2068${name}\u2069” wants to send you 2 files.`)
})

test('of a long name the beginning is shown, and no character is cut in two', () => {
  assert.equal(named('x'.repeat(60)), `“\u2068${'x'.repeat(60)}\u2069”`)
  assert.equal(named('x'.repeat(61)), `“\u2068${'x'.repeat(60)}…\u2069”`)
  assert.equal(named('🐟'.repeat(10_000)), `“\u2068${'🐟'.repeat(60)}…\u2069”`)
})
