// What a browser can do with a file, and which one comes next.
import assert from 'node:assert/strict'
import test from 'node:test'
import { endingOf, inSequence, kindOf, typeOf } from '../../src/web/play/media-kind.ts'

test('kinds are told by the end of the name', () => {
  for (const [path, kind] of [
    ['a/Film.MKV', 'video'],
    ['song.opus', 'audio'],
    ['b/photo.JPeG', 'picture'],
    ['read me.txt', 'text'],
    ['film.mkv.exe', 'other'],
    ['Makefile', 'other'],
    ['folder.mp4/data', 'other'],
    ['.', 'other'],
    ['', 'other'],
    ['a.constructor', 'other'],
  ] as const) {
    assert.equal(kindOf(path), kind, path)
  }
  assert.equal(endingOf('a.tar.GZ'), 'gz')
})

test('types are those that browsers know', () => {
  assert.deepEqual(['a.mp4', 'a.webm', 'a.mkv', 'a.mp3', 'a.wav'].map(typeOf), [
    'video/mp4',
    'video/webm',
    'video/x-matroska',
    'audio/mpeg',
    'audio/wav',
  ])
})

test('the next is one of the same kind, in the order of the tree', () => {
  const paths = ['b.mp3', 'a.jpg', 'a.mp3', 'c.ogg', 'x.bin']
  assert.deepEqual(inSequence(paths, [1, 2, 0, 3, 4], 0), [2, 0, 3])
  assert.deepEqual(inSequence(paths, [1, 2, 0, 3, 4], 4), [4])
})
