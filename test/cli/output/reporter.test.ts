import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NOTHING_YET } from '../../../src/cli/output/events.ts'
import { openReporter, styleFor } from '../../../src/cli/output/reporter.ts'

class Recorder {
  readonly isTTY: boolean
  readonly columns = 60
  text = ''

  constructor(isTTY: boolean) {
    this.isTTY = isTTY
  }

  write(text: string): void {
    this.text += text
  }
}

const PROGRESS = { ...NOTHING_YET, name: 'a\x1b[31m', state: 'downloading', done: 1, total: 2 } as const
const LISTENING = { event: 'listening', address: '127.0.0.1:6881' } as const

test('with --json every event is one object a line, as it is', () => {
  const output = new Recorder(true)
  using reporter = openReporter(output, true, {})
  reporter.report(LISTENING)
  reporter.report(PROGRESS)
  const lines = output.text.split('\n')
  assert.deepEqual(JSON.parse(lines[0] ?? ''), LISTENING)
  assert.deepEqual(JSON.parse(lines[1] ?? ''), PROGRESS)
  assert.equal(lines[2], '')
  assert.ok(!output.text.includes('\x1b'))
})

test('without a terminal there are lines without any control character', () => {
  const output = new Recorder(false)
  using reporter = openReporter(output, false, {})
  reporter.report(LISTENING)
  reporter.report(PROGRESS)
  assert.equal(output.text, 'Listening on 127.0.0.1:6881\na[31m: 50.0% of 2 B, down 0 B/s, up 0 B/s, 0 peers\n')
})

test('what a new torrent holds is said once; of one that comes from elsewhere, when it is known', () => {
  const hashes = { infoHashV1: 'aa', infoHashV2: null }
  const content = { name: 'a', totalSize: 3000, numFiles: 2, ...hashes }
  const made = { torrent: 'a.torrent', magnet: 'magnet:', pieceLength: 16_384, pieces: 1, skipped: [] }
  const sayings = (isMade: boolean): string[] => {
    const output = new Recorder(false)
    using reporter = openReporter(output, false, {})
    if (isMade) reporter.report({ event: 'created', ...content, ...made })
    reporter.report({ event: 'metadata', ...content })
    return output.text.split('\n').filter((line) => line.includes('2 files'))
  }
  assert.deepEqual(sayings(true), ['a: 2 files, 3.00 kB, 1 piece of 16 KiB'])
  assert.deepEqual(sayings(false), ['a: 2 files, 3.00 kB'])
})

test('on a terminal bars are drawn in place, lines go above them, and the cursor comes back', () => {
  const output = new Recorder(true)
  const reporter = openReporter(output, false, { NO_COLOR: '1' })
  const bar = 'a[31m  50.0% ━━━━━━━━━━──────────  ↓     0 B/s'
  reporter.report(PROGRESS)
  assert.equal(output.text, `\x1b[?25l${bar}\x1b[K\n\x1b[J`)
  output.text = ''
  reporter.report(LISTENING)
  assert.equal(output.text, `\x1b[1A\rListening on 127.0.0.1:6881\x1b[K\n${bar}\x1b[K\n\x1b[J`)
  output.text = ''
  reporter[Symbol.dispose]()
  assert.equal(output.text, '\x1b[?25h')
})

test('a dumb terminal gets lines', () => {
  const output = new Recorder(true)
  using reporter = openReporter(output, false, { TERM: 'dumb' })
  reporter.report(PROGRESS)
  assert.ok(!output.text.includes('\x1b'))
})

test('NO_COLOR and the locale are obeyed', () => {
  assert.deepEqual(styleFor({}), { hasColour: true, hasUnicode: true })
  assert.deepEqual(styleFor({ NO_COLOR: '1', LANG: 'C' }), { hasColour: false, hasUnicode: false })
  assert.deepEqual(styleFor({ NO_COLOR: '', LC_ALL: 'de_DE.UTF-8', LANG: 'C' }), { hasColour: true, hasUnicode: true })
})
