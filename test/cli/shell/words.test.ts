import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { quoteWord, splitWords } from '../../../src/cli/shell/words.ts'

test('a line is split as other shells split it', () => {
  for (const [line, words] of [
    ['', []],
    ['  list  ', ['list']],
    ['add a.torrent  --dir /x', ['add', 'a.torrent', '--dir', '/x']],
    ["add 'my file' x", ['add', 'my file', 'x']],
    ['add "my \\"file\\"" x', ['add', 'my "file"', 'x']],
    ['add my\\ file', ['add', 'my file']],
    ["a''b '' \"\"", ['ab', '', '']],
    ['a"b c"d', ['ab cd']],
  ] as const) {
    assert.deepEqual(splitWords(line), words, line)
  }
})

test('a quote that is not closed is an error, not a wait', () => {
  for (const line of ["'a", '"a', 'a\\', `a "b' c`]) assert.throws(() => splitWords(line), { code: 'usage' }, line)
})

test('what is quoted is read as it was', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (words) => {
      assert.deepEqual(splitWords(words.map((word) => quoteWord(word)).join(' ')), words)
    }),
  )
})
