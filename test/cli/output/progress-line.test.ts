import assert from 'node:assert/strict'
import { stripVTControlCharacters } from 'node:util'
import { test } from 'node:test'
import { NOTHING_YET, type ProgressEvent } from '../../../src/cli/output/events.ts'
import { printPercent, progressLine, progressSentence } from '../../../src/cli/output/progress-line.ts'
import { textWidth } from '../../../src/cli/output/text.ts'

const PLAIN = { columns: 100, hasColour: false, hasUnicode: true }
const HALF: ProgressEvent = {
  ...NOTHING_YET,
  name: 'photos',
  state: 'downloading',
  done: 500_000_000,
  total: 1_000_000_000,
  downloadRate: 12_300_000,
  uploadRate: 1_230_000,
  peers: 5,
  eta: 41,
}

test('a line has name, percent, bar, time left, rates and peers', () => {
  assert.equal(
    progressLine(HALF, PLAIN),
    'photos  50.0% ━━━━━━━━━━━━━━━━━━──────────────────  ↓ 12.3 MB/s  41s left     ↑ 1.23 MB/s  5 peers',
  )
})

test('without Unicode the line is ASCII', () => {
  assert.equal(
    progressLine(HALF, { ...PLAIN, hasUnicode: false }),
    'photos  50.0% ################----------------  down 12.3 MB/s  41s left     up 1.23 MB/s  5 peers',
  )
})

test('colour changes no letter', () => {
  const coloured = progressLine(HALF, { ...PLAIN, hasColour: true })
  assert.notEqual(coloured, progressLine(HALF, PLAIN))
  assert.equal(stripVTControlCharacters(coloured), progressLine(HALF, PLAIN))
})

test('at every width the line fits, for every state and name', () => {
  const names = [
    'a',
    'photos of the summer in the mountains',
    '漢字の名前のフォルダー',
    '👨‍👩‍👧'.repeat(9),
    '\x1b[2J'.repeat(9),
  ]
  const states = ['metadata', 'checking', 'downloading', 'seeding', 'stopped', 'failed', 'hashing'] as const
  for (const name of names) {
    for (const state of states) {
      for (let columns = 1; columns < 200; columns++) {
        const line = stripVTControlCharacters(
          progressLine({ ...HALF, name, state }, { ...PLAIN, hasColour: true, columns }),
        )
        assert.ok(textWidth(line) < Math.max(2, columns), `${columns} columns: ${line}`)
      }
    }
  }
})

test('the less important goes first when it gets narrow', () => {
  assert.equal(
    progressLine(HALF, { ...PLAIN, columns: 60 }),
    'photos  50.0% ━━━━━━━━━╸─────────  ↓ 12.3 MB/s  41s left',
  )
  assert.equal(progressLine(HALF, { ...PLAIN, columns: 36 }), 'photos  50.0%  ↓ 12.3 MB/s')
})

test('100% is said of what is complete only', () => {
  assert.equal(printPercent(0.99999), '99.9%')
  assert.equal(printPercent(1), '100%')
})

test('a torrent without a byte is complete', () => {
  assert.match(progressLine({ ...HALF, state: 'seeding', done: 0, total: 0 }, PLAIN), /100%/)
})

test('checking shows what was looked at, not what is good', () => {
  assert.match(progressLine({ ...HALF, state: 'checking', done: 0, checked: 250_000_000 }, PLAIN), /25\.0%.*checking/)
})

test('without a terminal there is a sentence', () => {
  assert.equal(progressSentence(HALF), 'photos: 50.0% of 1.00 GB, down 12.3 MB/s, 41s left, up 1.23 MB/s, 5 peers')
  assert.equal(
    progressSentence({ ...HALF, state: 'metadata', peers: 1 }),
    'photos: asking 1 peer what the torrent contains...',
  )
})
