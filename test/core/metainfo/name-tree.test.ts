import assert from 'node:assert/strict'
import test from 'node:test'
import { NameTree } from '../../../src/core/metainfo/name-tree.ts'

function place(platform: string, ...paths: readonly string[]): string[] {
  const tree = new NameTree(platform)
  return paths.map((path) => tree.place(path.split('>')).join('/'))
}

test('[136] equal names are numbered before the extension', () => {
  assert.deepEqual(place('linux', 'a.txt', 'a.txt', 'a.txt', 'b>a.txt'), ['a.txt', 'a (1).txt', 'a (2).txt', 'b/a.txt'])
})

test('[136] a number that is taken already is skipped', () => {
  assert.deepEqual(place('linux', 'a', 'a (1)', 'a', 'a (1)'), ['a', 'a (1)', 'a (2)', 'a (1) (1)'])
})

test('[136] a file and a folder of one name do not meet, whichever comes first', () => {
  assert.deepEqual(place('linux', 'a', 'a>b', 'a>c'), ['a', 'a (1)/b', 'a (1)/c'])
  assert.deepEqual(place('linux', 'a>b', 'a', 'a>c'), ['a/b', 'a (1)', 'a/c'])
})

test('[136] case and Unicode form matter only where file systems keep them apart', () => {
  const names = ['Read.me', 'READ.ME', '\u00e9', 'e\u0301']
  assert.deepEqual(place('linux', ...names), names)
  for (const platform of ['win32', 'darwin']) {
    assert.deepEqual(place(platform, ...names), ['Read.me', 'READ (1).ME', '\u00e9', 'e\u0301 (1)'])
    assert.deepEqual(place(platform, 'Dir>a', 'dir>b'), ['Dir/a', 'Dir/b'], 'folders merge')
  }
})

test('a file does not take the name that another has while it is incomplete', () => {
  assert.deepEqual(place('linux', 'a', 'a.part'), ['a', 'a (1).part'])
  assert.deepEqual(place('linux', 'a.part', 'a'), ['a.part', 'a (1)'])
  assert.deepEqual(place('linux', 'a', 'a.part>b'), ['a', 'a (1).part/b'])
})

test('[128] numbered names stay within 240 bytes', () => {
  const [first, second] = place('linux', 'x'.repeat(240), 'x'.repeat(240))
  assert.equal(first, 'x'.repeat(240))
  assert.equal(second, `${'x'.repeat(230)} (1)`)
})

test('[136] a hundred thousand equal names take a moment only', () => {
  const tree = new NameTree('linux')
  let last = ''
  for (let n = 0; n < 100_000; n++) last = tree.place([`${'x'.repeat(235)}${n % 7}`]).join('/')
  assert.match(last, /^x{230} \(\d+\)$/)
})
