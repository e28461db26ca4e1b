// Changes of how far files are, put into the list that was told before.
import assert from 'node:assert/strict'
import test from 'node:test'
import type { FileDetail } from '../../src/daemon/rpc/page-types.ts'
import { withProgress } from '../../src/web/state/details-progress.ts'

const file = (path: string, done: number): FileDetail => ({ path, length: 9, done_bytes: done, priority: 'normal' })

test('files that changed are new rows, the others stay as they were', () => {
  const before = [file('a', 1), file('b', 2)]
  const after = withProgress(before, [[1, 7]])
  assert.deepEqual(after, [file('a', 1), file('b', 7)])
  assert.equal(after[0], before[0])
  assert.deepEqual(before, [file('a', 1), file('b', 2)])
})

test('a number that no file has changes nothing', () => {
  assert.deepEqual(withProgress([file('a', 1)], [[5, 7]]), [file('a', 1)])
})
