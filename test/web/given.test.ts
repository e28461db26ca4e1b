// What is typed into the one box.
import assert from 'node:assert/strict'
import test from 'node:test'
import { recognize } from '../../src/web/download/given.ts'

const HEX = 'AB'.repeat(20)

test('links and info-hashes are downloads', () => {
  for (const source of [`magnet:?xt=urn:btih:${HEX}`, 'https://one.example/a.torrent', 'http://[::1]:8080/x?y#z']) {
    assert.deepEqual(recognize(`  ${source}\n`), { kind: 'link', source })
  }
  assert.deepEqual(recognize(HEX), { kind: 'hash', source: HEX })
  const base32 = 'abcdefghijklmnopqrstuvwxyz234567'
  assert.deepEqual(recognize(base32), { kind: 'hash', source: base32 })
  const v2 = 'CD'.repeat(32)
  assert.deepEqual(recognize(v2), { kind: 'hash', source: `magnet:?xt=urn:btmh:1220${v2.toLowerCase()}` })
})

test('all else is searched for', () => {
  for (const words of [
    'big buck bunny',
    'http://',
    'https://a b',
    'udp://tracker.example:80',
    HEX.slice(1),
    'magnet',
  ]) {
    assert.deepEqual(recognize(words), { kind: 'words', words })
  }
  assert.deepEqual(recognize(' \t'), { kind: 'nothing' })
})
