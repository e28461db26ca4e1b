// How a send is cut into parts.
import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { cut, filesOf } from '../../src/direct/send-plan.ts'
import type { Source } from '../../src/engine/source-files.ts'

function folder(sizes: readonly number[]): Source {
  const files = sizes.map((length, n) => {
    return { path: [`${n}`], length, isExecutable: false, symlink: undefined, modifiedAtMs: 0 }
  })
  return { dir: '/', name: 'photos', isSingle: false, files, skipped: [] }
}

test('parts hold every file once, none of them only empty ones, and there are few', () => {
  const sizes = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 })), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 2_000 }), (lengths, firstBytes) => {
      const total = lengths.reduce((sum, length) => sum + length, 0)
      fc.pre(total > 0)
      const source = folder(lengths)
      const parts = cut(source, firstBytes)
      const paths = (files: readonly { path: string }[]): string[] => files.map(({ path }) => path).toSorted()
      assert.deepEqual(paths(filesOf(parts)), paths(filesOf([source])))
      for (const { files } of parts) assert.ok(files.some(({ length }) => length > 0))
      assert.ok(parts.length <= Math.log2(total / firstBytes + 1) + 1, `${parts.length} parts`)
      const largest = parts.map(({ files }) => Math.max(...files.map(({ length }) => length)))
      assert.deepEqual(
        largest,
        largest.toSorted((a, b) => a - b),
        'small files first',
      )
    }),
  )
})

test('a file is one part, whatever its size', () => {
  const [file] = folder([10]).files
  const source = { ...folder([]), isSingle: true, files: file === undefined ? [] : [{ ...file, length: 2 ** 40 }] }
  assert.equal(cut(source, 1).length, 1)
  assert.deepEqual(filesOf(cut(source, 1)), [{ path: '0', size: 2 ** 40 }])
})
