import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EXIT_CODE_MEANINGS, EXIT_CODES, exitCodeOf } from '../../src/cli/exit-codes.ts'
import { AppError } from '../../src/core/errors.ts'

test('every exit code of an error is from 1 to 9 and explained', () => {
  for (const [code, exit] of Object.entries(EXIT_CODES)) {
    assert.ok(exit >= 1 && exit <= 9, code)
    assert.notEqual(EXIT_CODE_MEANINGS[exit], undefined, code)
  }
})

test('every exit code that is explained can happen', () => {
  const used = new Set<number>([0, ...Object.values(EXIT_CODES)])
  assert.deepEqual(
    Object.keys(EXIT_CODE_MEANINGS).map(Number),
    [...used].sort((a, b) => a - b),
  )
})

test('an error that is no AppError is a mistake of ours', () => {
  assert.equal(exitCodeOf(new TypeError('x is not a function')), 9)
  assert.equal(exitCodeOf('text'), 9)
  assert.equal(exitCodeOf(new AppError('disk-full', 'full')), 4)
})
