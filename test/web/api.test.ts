// What the page says of something that failed.
import assert from 'node:assert/strict'
import test from 'node:test'
import { ApiError, asSentence, sentenceOf } from '../../src/web/state/api.ts'
import { words } from '../../src/web/words/words.ts'

test('what went wrong is told in its own words, and what is no error at all in ours', () => {
  assert.equal(sentenceOf(new ApiError('disk-full', 'The disk is full.')), 'The disk is full.')
  for (const thrown of ['text', undefined, { message: 'none of ours' }]) {
    assert.equal(sentenceOf(thrown), words.somethingFailed)
  }
})

test('what the daemon says begins as a sentence and turns no text around', () => {
  assert.equal(asSentence('cannot write invoice\u202Efdp.exe'), 'Cannot write invoicefdp.exe')
  assert.equal(asSentence(''), '')
})
