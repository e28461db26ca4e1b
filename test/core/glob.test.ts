import assert from 'node:assert/strict'
import test from 'node:test'
import { compileGlob } from '../../src/core/glob.ts'

const cases: readonly [pattern: string, matches: readonly string[], others: readonly string[]][] = [
  ['*.log', ['a.log', 'd/a.log', '.log', 'd/x.log/in'], ['a.logs', 'a.log2', 'log']],
  ['node_modules', ['node_modules', 'a/node_modules/b'], ['node_modules2', 'my_node_modules']],
  ['/top', ['top', 'top/a'], ['d/top']],
  ['./top', ['top'], ['d/top']],
  ['d/*.txt', ['d/a.txt'], ['d/e/a.txt', 'x/d/a.txt']],
  ['d/**', ['d/a', 'd/e/f'], ['d', 'e/d/a']],
  ['**/e/*.c', ['e/a.c', 'd/e/a.c', 'd/d/e/a.c'], ['de/a.c']],
  ['cache/', ['cache', 'd/cache/x'], ['caches']],
  ['a?c', ['abc', 'aüc', 'a\u{1f600}c'], ['ac', 'a/c']],
  ['[1] (x) {y}+.$', ['[1] (x) {y}+.$'], ['1 (x) {y}+.$']],
]
for (const [pattern, matches, others] of cases) {
  test(`the pattern ${pattern}`, () => {
    const isMatch = compileGlob(pattern)
    assert.deepEqual([...matches, ...others].filter(isMatch), matches)
  })
}
