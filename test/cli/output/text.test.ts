import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printable } from '../../../src/core/printable.ts'
import { cutToWidth, fitToWidth, textWidth } from '../../../src/cli/output/text.ts'

test('nothing that a terminal obeys is printed', () => {
  assert.equal(printable('a\x1b[31mb\x07\x9b2Jc\x7f'), 'a[31mb2Jc')
  assert.equal(printable('two\r\nlines\tand a tab'), 'two lines and a tab')
  assert.equal(printable('exe.\u202egpj\u2066'), 'exe.gpj')
  assert.equal(printable('half \ud83d a pair'), 'half \ufffd a pair')
  assert.equal(printable('é 漢字 👨‍👩‍👧 \u05d0'), 'é 漢字 👨‍👩‍👧 \u05d0')
})

test('letters take the columns that terminals give them', () => {
  const cases: [string, number][] = [
    ['', 0],
    ['plain', 5],
    ['é', 1],
    ['e\u0301', 1],
    ['漢字', 4],
    ['한국', 4],
    ['ﾊﾝｶｸ', 4],
    ['ａ', 2],
    ['👍🏽', 2],
    ['👨‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['ü漢', 3],
  ]
  for (const [text, width] of cases) assert.equal(textWidth(text), width, text)
})

test('a cut never splits a letter and is shown', () => {
  assert.equal(cutToWidth('photos', 6), 'photos')
  assert.equal(cutToWidth('photos', 5), 'phot…')
  assert.equal(cutToWidth('漢字漢字', 6), '漢字…')
  assert.equal(cutToWidth('漢字漢字', 7), '漢字漢…')
  assert.equal(cutToWidth('photos', 0), '')
})

test('text is filled up to a width', () => {
  assert.equal(fitToWidth('漢', 4), '漢  ')
  assert.equal(fitToWidth('漢字漢字', 6), '漢字… ')
})
