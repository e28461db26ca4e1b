// What of a torrent is wanted, and where it goes.
import assert from 'node:assert/strict'
import test from 'node:test'
import { bytesOf, type Choice, filesByKind, wishesOf, withFiles } from '../../src/web/download/choice.ts'
import { parentOf } from '../../src/web/download/free-space.ts'

const FILES = ['a.mkv', 'b.txt', 'c.mkv', 'd.bin'].map((path, n) => ({ path, length: 10 ** n }))

test('files are told apart by kind, in the order that films come before texts', () => {
  assert.deepEqual(
    [...filesByKind(FILES)],
    [
      ['video', [0, 2]],
      ['text', [1]],
      ['other', [3]],
    ],
  )
  assert.equal(bytesOf(FILES, [0, 2, 99]), 101)
})

test('an empty list is not sent: it would mean all files', () => {
  const choice: Choice = { wanted: [0, 1], unwanted: [], dir: '/', labels: ['x'], isStarted: true, isSequential: true }
  assert.deepEqual(wishesOf(choice, true), { labels: ['x'], sequential_download: true })
  assert.deepEqual(wishesOf({ ...choice, wanted: [0], unwanted: [1] }, false), {
    files_wanted: [0],
    files_unwanted: [1],
    labels: ['x'],
    sequential_download: true,
  })
})

test('a set is changed by a copy', () => {
  const before = new Set([1, 2])
  assert.deepEqual([...withFiles(before, [2, 3], true)], [1, 2, 3])
  assert.deepEqual([...withFiles(before, [2, 3], false)], [1])
  assert.equal(before.size, 2)
})

test('the folder above is found on Unix and on Windows, and ends at the top', () => {
  for (const [path, parent] of [
    ['/a/b', '/a'],
    ['/a/', '/'],
    ['/', '/'],
    ['C:\\a\\b', 'C:\\a'],
    ['a', 'a'],
  ] as const) {
    assert.equal(parentOf(path), parent, path)
  }
})
