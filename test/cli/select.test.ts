import assert from 'node:assert/strict'
import { test } from 'node:test'
import { selectionOf } from '../../src/cli/select.ts'
import { infoOf } from './torrents.ts'

const INFO = infoOf({ 'a.jpg': 10, 'b.txt': 10, 'notes/c.txt': 10, 'notes/deep/d.jpg': 10 })
const PATHS = INFO.files.map((file) => file.path.join('/'))

function selected(...patterns: readonly string[]): string[] {
  const selection = selectionOf(patterns)
  return PATHS.filter((path) => selection.wants(path))
}

test('files are selected by name, by pattern and by folder', () => {
  assert.deepEqual(selected('a.jpg'), ['photos/a.jpg'])
  assert.deepEqual(selected('*.jpg'), ['photos/a.jpg', 'photos/notes/deep/d.jpg'])
  assert.deepEqual(selected('notes'), ['photos/notes/c.txt', 'photos/notes/deep/d.jpg'])
  assert.deepEqual(selected('b.txt', 'notes/deep'), ['photos/b.txt', 'photos/notes/deep/d.jpg'])
})

test("the torrent's own folder may be in front or left out", () => {
  assert.deepEqual(selected('photos/notes/*.txt'), ['photos/notes/c.txt'])
  assert.deepEqual(selected('notes/*.txt'), ['photos/notes/c.txt'])
})

test('a pattern that matches nothing is named', () => {
  selectionOf(['*.jpg', 'notes']).check('x', PATHS, 'shoal info')
  assert.throws(() => selectionOf(['*.jpg', '*.gif']).check('x', PATHS, 'shoal info'), {
    code: 'not-found',
    message: /"\*\.gif"; shoal info lists them/,
  })
})
