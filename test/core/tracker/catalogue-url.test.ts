import assert from 'node:assert/strict'
import { test } from 'node:test'
import { catalogueBase, withoutPasskeys } from '../../../src/core/tracker/catalogue-url.ts'

test('a catalogue is at the origin of its tracker, in the folder of a passkey if there is one', () => {
  assert.equal(catalogueBase('http://t.example:6969/announce'), 'http://t.example:6969')
  assert.equal(catalogueBase('http://t.example:6969'), 'http://t.example:6969')
  assert.equal(catalogueBase('https://T.example:443/'), 'https://t.example')
  assert.equal(catalogueBase('https://[2001:db8::7]/abcd1234/announce'), 'https://[2001:db8::7]/abcd1234')
  assert.equal(catalogueBase('http://t.example/announce.php?passkey=abcd1234'), 'http://t.example')
  assert.equal(catalogueBase('http://ann:secret@t.example/announce'), 'http://t.example')
})

test('what is asked by HTTP alone has a catalogue', () => {
  for (const text of [
    'udp://t.example:6969/announce',
    'ftp://t.example',
    't.example:6969',
    '',
    'http://',
    '/announce',
  ]) {
    assert.equal(catalogueBase(text), undefined, text)
  }
})

test('trackers are named to everybody only if their URLs can hold no passkey', () => {
  const open = [
    'udp://t.example:6969',
    'http://t.example/',
    'http://t.example/announce',
    'http://t.example/announce.php',
  ]
  const secret = [
    'http://t.example/abcd1234/announce',
    'http://t.example/a/abcd1234/announce',
    'http://t.example/announce?passkey=abcd1234',
    'http://abcd1234@t.example/announce',
    'http://:abcd1234@t.example/announce',
    'http://t.example/announce#abcd1234',
    'udp://t.example:6969/abcd1234',
    'http://',
  ]
  assert.deepEqual(withoutPasskeys([...open, ...secret]), open)
})
