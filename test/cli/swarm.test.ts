// The commands together, as processes: what one shares, the other gets.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ShoalProcess } from './shoal-process.ts'

const LOOPBACK = ['--listen', '127.0.0.1:0']
const BIG_BYTES = 3_000_000

interface Stage {
  readonly folder: string
  /** With a state directory of its own; killed after the test if it still runs. */
  start(who: string, ...args: readonly string[]): ShoalProcess
  /** Runs to the end: its exit code. */
  run(...args: readonly string[]): Promise<number | null>
}

/** A folder with `photos` in it: a big file, a small one in a folder, an empty one. */
function stageFor(t: TestContext): Stage {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-test-'))
  const running: ShoalProcess[] = []
  t.after(async () => {
    for (const shoal of running) shoal[Symbol.dispose]()
    await Promise.all(running.map((shoal) => shoal.ended))
    rmSync(folder, { recursive: true })
  })
  mkdirSync(join(folder, 'photos/sub'), { recursive: true })
  writeFileSync(join(folder, 'photos/big.bin'), randomBytes(BIG_BYTES))
  writeFileSync(join(folder, 'photos/sub/ü.txt'), 'small')
  writeFileSync(join(folder, 'photos/empty'), '')
  function startProcess(args: readonly string[]): ShoalProcess {
    const shoal = new ShoalProcess(args, folder)
    running.push(shoal)
    return shoal
  }
  return {
    folder,
    start: (who, command, ...args) => {
      return startProcess([command ?? '', '--state-dir', join(folder, `${who}.state`), ...LOOPBACK, ...args])
    },
    run: (...args) => startProcess(args).ended,
  }
}

function assertSame(folder: string, copy: string): void {
  for (const file of ['photos/big.bin', 'photos/sub/ü.txt', 'photos/empty']) {
    assert.ok(readFileSync(join(folder, file)).equals(readFileSync(join(folder, copy, file))), file)
  }
}

test('what one shares, another gets by the link alone', async (t) => {
  const stage = stageFor(t)
  const share = stage.start('a', 'share', 'photos')
  const { magnet, torrent } = await share.event('created')
  const { address } = await share.event('listening')
  assert.ok(magnet.endsWith(`&x.pe=${address}`), magnet)
  assert.ok(existsSync(torrent))

  const download = stage.start('b', 'download', magnet, '--dir', 'copy', '--exit-when-done')
  assert.equal(await download.ended, 0, download.stderr)
  assertSame(stage.folder, 'copy')
  const names = [...new Set(download.events.map(({ event }) => event))]
  assert.deepEqual(
    names.filter((name) => name !== 'note'),
    ['listening', 'progress', 'metadata', 'done', 'seeding', 'stopped'],
  )
  const done = await download.event('done')
  assert.equal(done.total, BIG_BYTES + 5)
  assert.ok(done.downloaded >= done.total)
  assert.equal(await share.stop(), 0)
  assert.equal(share.stderr, '')
})

test('peers find each other by a tracker', async (t) => {
  const stage = stageFor(t)
  const tracker = new ShoalProcess(['tracker', '--port', '0', '--host', '127.0.0.1'], stage.folder)
  t.after(() => tracker[Symbol.dispose]())
  const { url } = await tracker.event('listening')
  assert.equal(await stage.run('create', 'photos', '-t', url ?? ''), 0)
  const seed = stage.start('a', 'seed', 'photos.torrent')
  await seed.event('tracker', ({ state }) => state === 'working')
  const download = stage.start('b', 'download', 'photos.torrent', '-d', 'copy', '--exit-when-done')
  assert.equal(await download.ended, 0, download.stderr)
  assertSame(stage.folder, 'copy')
  assert.equal(await seed.stop(), 0)
  assert.equal(await tracker.stop(), 0)
})

test('a download that was stopped ends with code 8, and the same command goes on from there', async (t) => {
  const stage = stageFor(t)
  const share = stage.start('a', 'share', 'photos')
  const { magnet } = await share.event('created')
  const args = ['download', magnet, '--dir', 'copy', '--exit-when-done']
  const first = stage.start('b', ...args, '--down-limit', '1M')
  await first.event('progress', ({ done }) => done > 0)
  assert.equal(await first.stop(), 8)
  assert.match(first.stderr, /^shoal: stopped before everything was there[^\n]*\n$/)
  const { done: kept } = await first.event('stopped')
  assert.ok(kept > 0)

  const second = stage.start('b', ...args)
  assert.equal(await second.ended, 0, second.stderr)
  assertSame(stage.folder, 'copy')
  const { downloaded } = await second.event('done')
  assert.ok(downloaded <= BIG_BYTES + 5 - kept, `${downloaded} bytes were fetched, and ${kept} were there`)
})

test('--select gets what was selected and nothing else', async (t) => {
  const stage = stageFor(t)
  const share = stage.start('a', 'share', 'photos')
  const { magnet } = await share.event('created')
  const download = stage.start('b', 'download', magnet, '-d', 'copy', '--select', 'sub', '--exit-when-done')
  assert.equal(await download.ended, 0, download.stderr)
  assert.deepEqual(readdirSync(join(stage.folder, 'copy/photos')), ['sub'])
  assert.equal(readFileSync(join(stage.folder, 'copy/photos/sub/ü.txt'), 'utf8'), 'small')

  const mistyped = stage.start('c', 'download', magnet, '-d', 'other', '--select', '*.gif')
  assert.equal(await mistyped.ended, 6)
  assert.match(mistyped.stderr, /^shoal: no file of "photos" matches "\*.gif"[^\n]*\n$/)
})

test('verify says which files are bad, cut or missing', async (t) => {
  const stage = stageFor(t)
  assert.equal(await stage.run('create', 'photos', '--piece-length', '64K'), 0)
  assert.equal(await stage.run('verify', 'photos.torrent'), 0)
  const big = readFileSync(join(stage.folder, 'photos/big.bin'))
  big[1_000_000] = (big[1_000_000] ?? 0) ^ 1
  writeFileSync(join(stage.folder, 'photos/big.bin'), big)
  rmSync(join(stage.folder, 'photos/empty'))
  const verify = new ShoalProcess(['verify', 'photos.torrent'], stage.folder)
  assert.equal(await verify.ended, 8)
  const { pieces, piecesGood, files } = await verify.event('verified')
  assert.equal(piecesGood, pieces - 1)
  assert.deepEqual(
    files.map(({ path, problem }) => [path, problem]),
    [
      ['photos/big.bin', 'bad'],
      ['photos/empty', 'missing'],
    ],
  )
})

test('create never replaces a file unless it is told to', async (t) => {
  const stage = stageFor(t)
  assert.equal(await stage.run('create', 'photos'), 0)
  assert.equal(await stage.run('create', 'photos'), 1)
  assert.equal(await stage.run('create', 'photos', '--force', '--hybrid'), 0)
  assert.equal(await stage.run('create', 'nothing'), 6)
})

test('a port that is taken is refused with code 7', async (t) => {
  const stage = stageFor(t)
  const share = stage.start('a', 'share', 'photos')
  const { address } = await share.event('listening')
  const second = new ShoalProcess(['share', 'photos', '--state-dir', 'b', '--listen', address], stage.folder)
  assert.equal(await second.ended, 7)
  assert.match(second.stderr, /^shoal: [^\n]+\n$/)
})

test('the tour ends well and leaves nothing', async (t) => {
  const stage = stageFor(t)
  const temporary = join(stage.folder, 'tmp')
  mkdirSync(temporary)
  const tour = new ShoalProcess(['tour', 'photos'], stage.folder, { TMPDIR: temporary })
  assert.equal(await tour.ended, 0, tour.stderr)
  const notes = tour.events.flatMap((event) => (event.event === 'note' ? [event.message] : []))
  assert.ok(notes.some((note) => note.includes('Compared byte by byte')))
  assert.deepEqual(readdirSync(temporary), [])
})
