// Names that users give to files of a torrent.
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { AppError } from '../../../src/core/errors.ts'
import { checkRename, renamedInfo, renamedPath } from '../../../src/core/metainfo/renames.ts'
import { makeTorrent, patternBytes } from '../../support/torrents.ts'

const BYTES = patternBytes(10, 1)
const { info } = makeTorrent(
  [
    { path: 'a/one', bytes: BYTES },
    { path: 'a/two', bytes: BYTES },
    { path: 'ab', bytes: BYTES },
    { path: 'link', symlink: 'a/two' },
  ],
  16_384,
)

test('a folder is renamed with all below it, then a file in it, then the whole; links follow', () => {
  const renames = [
    { path: 'top/a', name: 'b' },
    { path: 'top/b/two', name: '2' },
    { path: 'top', name: 'photos' },
  ]
  const { files } = renamedInfo(info, renames)
  const paths = files.filter(({ isPad }) => !isPad).map(({ path }) => path.join('/'))
  assert.deepEqual(paths.toSorted(), ['photos/ab', 'photos/b/2', 'photos/b/one', 'photos/link'])
  assert.deepEqual(files.find(({ symlink }) => symlink)?.symlink, ['photos', 'b', '2'])
  assert.deepEqual(renamedPath(['top'], renames), ['photos'])
})

test('what is no name, not there, or taken is refused', () => {
  const refused = (path: string, name: string): string | undefined => {
    try {
      checkRename(info, { path, name }, 'linux')
      return undefined
    } catch (error) {
      assert.ok(error instanceof AppError)
      return error.code
    }
  }
  assert.equal(refused('top/a', 'b'), undefined)
  assert.equal(refused('top/a/one', 'one'), undefined, 'the same name is no trouble')
  for (const name of ['', '.', '..', 'x/y', '../x', 'x\\y', 'x\n', '\u202egpj', 'x'.repeat(300)]) {
    assert.equal(refused('top/a', name), 'usage', JSON.stringify(name))
  }
  for (const path of ['', 'a', 'top/', 'top/a/three', 'top/a/one/x', '/top']) {
    assert.equal(refused(path, 'b'), 'not-found', path)
  }
  assert.equal(refused('top/a/one', 'two'), 'exists')
  assert.equal(refused('top/ab', 'a'), 'exists', 'a folder has it')
  assert.equal(refused('top/a', 'ab'), 'exists', 'a file has it')
  assert.equal(refused('top/ab', 'link'), 'exists')
})

test('whatever is allowed leads nowhere else, and names no two files alike', () => {
  const words = fc.oneof(fc.constantFrom('top', 'a', 'one', 'two', 'ab', '..', '.', '/'), fc.string())
  fc.assert(
    fc.property(fc.array(words, { maxLength: 4 }), words, (elements, name) => {
      const rename = { path: elements.join('/'), name }
      try {
        checkRename(info, rename, 'linux')
      } catch (error) {
        return error instanceof AppError
      }
      const paths = renamedInfo(info, [rename]).files.map(({ path }) => path)
      const isInside = paths.every((path, n) => {
        const before = info.files[n]?.path.length
        return path.length === before && path.every((part) => part !== '..' && part !== '' && !part.includes('/'))
      })
      return isInside && new Set(paths.map((path) => path.join('/'))).size === paths.length
    }),
    { numRuns: 500 },
  )
})
