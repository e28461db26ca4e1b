// The log on the page, without a browser.
import assert from 'node:assert/strict'
import test from 'node:test'
import type { LogRow } from '../../src/daemon/rpc/page-types.ts'
import { ALL, logText, newAbove, sentence, shownRows } from '../../src/web/settings/log-rows.ts'

function row(id: number, change: Partial<LogRow> = {}): LogRow {
  return { id, at: id, level: 'info', about: 'torrent', text: `line ${id}`, torrent: null, ...change }
}

const ROWS = [
  row(1, { about: 'session', text: 'Shoal runs' }),
  row(2, { text: 'added "a film"' }),
  row(3, { level: 'warning', text: 'the tracker fails for "a film"' }),
  row(4, { level: 'error', about: 'people', text: 'it failed' }),
]
const ids = (rows: readonly LogRow[]): number[] => rows.map(({ id }) => id)

test('the newest comes first', () => assert.deepEqual(ids(shownRows(ROWS, ALL)), [4, 3, 2, 1]))

test('a level shows what is as bad and worse', () => {
  assert.deepEqual(ids(shownRows(ROWS, { ...ALL, level: 'warning' })), [4, 3])
  assert.deepEqual(ids(shownRows(ROWS, { ...ALL, level: 'error' })), [4])
})

test('words are looked for in any order and case, together with what it is about', () => {
  assert.deepEqual(ids(shownRows(ROWS, { ...ALL, words: 'FILM  tracker' })), [3])
  assert.deepEqual(ids(shownRows(ROWS, { ...ALL, about: 'torrent', words: 'film' })), [3, 2])
  assert.deepEqual(shownRows(ROWS, { ...ALL, about: 'page' }), [])
})

test('lines that came on top of the first are counted; without a first there are none', () => {
  const rows = shownRows(ROWS, ALL)
  assert.deepEqual([newAbove(rows, 4), newAbove(rows, 2), newAbove(rows, undefined), newAbove(rows, 99)], [0, 2, 0, 0])
})

test('as text the oldest comes first, with the time that any place understands', () => {
  assert.equal(
    logText(shownRows(ROWS.slice(2), ALL)),
    '1970-01-01T00:00:03.000Z warning the tracker fails for "a film"\n1970-01-01T00:00:04.000Z error it failed',
  )
})

test('a line begins as a sentence, and with a name as that is', () => {
  assert.deepEqual(
    [sentence({ text: 'added' }), sentence({ text: '"é" x' }), sentence({ text: '' })],
    ['Added', '"é" x', ''],
  )
})
