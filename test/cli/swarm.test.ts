// The commands together, as processes: what one shares, the other gets.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeHome, removeHome, until } from '../support/program.ts'
import { runShoal, type RunningShoal, startShoal } from '../support/shoal.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

const LOOPBACK = ['--listen', '127.0.0.1:0']
const SIZES = { 'big.bin': 3_000_000, 'sub/ü.txt': 5, empty: 0 }
const TOTAL = 3_000_005

/** A folder with `photos` in it. */
function makeStage(stack: AsyncDisposableStack): string {
  const home = stack.adopt(makeHome('cli'), removeHome)
  writeTree(join(home, 'photos'), SIZES)
  return home
}

/** Shares `photos`: the program, and the link to it. */
async function share(stack: AsyncDisposableStack, home: string): Promise<{ shoal: RunningShoal; magnet: string }> {
  const shoal = stack.use(startShoal(['share', 'photos', ...LOOPBACK], { cwd: home }))
  const { magnet } = await shoal.event('created')
  await shoal.event('seeding')
  return { shoal, magnet: String(magnet) }
}

test('what one shares, another gets by the link alone', async () => {
  await using stack = new AsyncDisposableStack()
  const home = makeStage(stack)
  const { shoal, magnet } = await share(stack, home)
  assert.ok(magnet.endsWith(`&x.pe=${String(shoal.last('listening')?.['address'])}`), magnet)
  assert.ok(existsSync(String(shoal.last('created')?.['torrent'])))

  const args = ['download', magnet, '--dir', 'copy', '--exit-when-done', ...LOOPBACK]
  const download = stack.use(startShoal(args, { cwd: home }))
  assert.equal(await download.exited(), 0, download.lastLines())
  assert.deepEqual(compareTrees(join(home, 'photos'), join(home, 'copy/photos')), [])
  for (const name of ['listening', 'metadata', 'progress', 'done', 'seeding', 'stopped']) {
    assert.ok(download.last(name), name)
  }
  assert.equal(download.last('done')?.['total'], TOTAL)
  assert.ok(Number(download.last('done')?.['downloaded']) >= TOTAL)

  shoal.signal('SIGINT')
  assert.equal(await shoal.exited(), 0)
  assert.equal(shoal.last('stopped')?.['reason'], 'interrupted')
})

test('peers find each other by a tracker', async () => {
  await using stack = new AsyncDisposableStack()
  const cwd = makeStage(stack)
  const tracker = stack.use(startShoal(['tracker', '--port', '0', '--host', '127.0.0.1']))
  const { url } = await tracker.event('listening')
  assert.equal((await runShoal(['create', 'photos', '-t', String(url)], { cwd })).code, 0)
  const seed = stack.use(startShoal(['seed', 'photos.torrent', ...LOOPBACK], { cwd }))
  assert.equal((await seed.event('tracker'))['state'], 'working')
  await seed.event('seeding')
  const args = ['download', 'photos.torrent', '-d', 'copy', '--exit-when-done', ...LOOPBACK]
  const { code, stderr } = await runShoal(args, { cwd })
  assert.equal(code, 0, stderr)
  assert.deepEqual(compareTrees(join(cwd, 'photos'), join(cwd, 'copy/photos')), [])
})

test('a download that was stopped ends with code 8, and the same command goes on from there', async () => {
  await using stack = new AsyncDisposableStack()
  const cwd = makeStage(stack)
  const { magnet } = await share(stack, cwd)
  const args = ['download', magnet, '--dir', 'copy', '--state-dir', join(cwd, 'state'), '--exit-when-done', ...LOOPBACK]
  const first = stack.use(startShoal([...args, '--down-limit', '1M'], { cwd }))
  await until('a piece is there', () => Number(first.last('progress')?.['done'] ?? 0) > 0, { program: first })
  first.signal('SIGINT')
  assert.equal(await first.exited(), 8)
  assert.match(first.lastLines(), /^shoal: stopped before everything was there/m)
  const kept = Number(first.last('stopped')?.['done'])
  assert.ok(kept > 0)

  const second = stack.use(startShoal(args, { cwd }))
  assert.equal(await second.exited(), 0, second.lastLines())
  assert.deepEqual(compareTrees(join(cwd, 'photos'), join(cwd, 'copy/photos')), [])
  const fetched = Number(second.last('done')?.['downloaded'])
  assert.ok(fetched <= TOTAL - kept, `${fetched} bytes were fetched, and ${kept} were there`)
})

test('--select gets what was selected and nothing else', async () => {
  await using stack = new AsyncDisposableStack()
  const cwd = makeStage(stack)
  const { magnet } = await share(stack, cwd)
  const get = ['download', magnet, '--exit-when-done', ...LOOPBACK]
  const { code, stderr } = await runShoal([...get, '-d', 'copy', '--select', 'sub'], { cwd })
  assert.equal(code, 0, stderr)
  assert.deepEqual(readdirSync(join(cwd, 'copy/photos')), ['sub'])
  assert.deepEqual(compareTrees(join(cwd, 'photos/sub'), join(cwd, 'copy/photos/sub')), [])

  const mistyped = await runShoal([...get, '-d', 'other', '--select', '*.gif'], { cwd })
  assert.equal(mistyped.code, 6)
  assert.match(mistyped.stderr, /^shoal: no file of "photos" matches "\*.gif"[^\n]*$/)
})

test('verify says which files are bad and which are missing', async () => {
  await using stack = new AsyncDisposableStack()
  const cwd = makeStage(stack)
  assert.equal((await runShoal(['create', 'photos', '--piece-length', '64K'], { cwd })).code, 0)
  const good = await runShoal(['verify', 'photos.torrent'], { cwd })
  assert.deepEqual([good.code, good.stdout], [0, 'All good: photos, 46 pieces'])

  const big = readFileSync(join(cwd, 'photos/big.bin'))
  big[1_000_000] = (big[1_000_000] ?? 0) ^ 1
  writeFileSync(join(cwd, 'photos/big.bin'), big)
  rmSync(join(cwd, 'photos/empty'))
  const { code, stdout, stderr } = await runShoal(['verify', 'photos.torrent'], { cwd })
  assert.equal(code, 8)
  assert.equal(stdout, 'Bad data:   photos/big.bin (45 of 46 pieces good)\nMissing:    photos/empty')
  assert.match(stderr, /^shoal: "photos" is not complete: 45 of 46 pieces are good[^\n]*$/)
})

test('create never replaces a file unless it is told to', async () => {
  await using stack = new AsyncDisposableStack()
  const cwd = makeStage(stack)
  const create = async (...args: readonly string[]): Promise<number | undefined> => {
    return (await runShoal(['create', ...args], { cwd })).code
  }
  assert.equal(await create('photos'), 0)
  assert.equal(await create('photos'), 1)
  assert.equal(await create('photos', '--force', '--hybrid'), 0)
  assert.equal(await create('nothing'), 6)
})

test('a port that is taken is refused with code 7', async () => {
  await using stack = new AsyncDisposableStack()
  const cwd = makeStage(stack)
  const { shoal } = await share(stack, cwd)
  const address = String(shoal.last('listening')?.['address'])
  const { code, stderr } = await runShoal(['share', 'photos', '--listen', address], { cwd })
  assert.equal(code, 7)
  assert.match(stderr, /^shoal: [^\n]+$/)
})

test('the tour ends well and leaves nothing', async () => {
  await using stack = new AsyncDisposableStack()
  const cwd = makeStage(stack)
  mkdirSync(join(cwd, 'tmp'))
  const { code, stdout, stderr } = await runShoal(['tour', 'photos'], { cwd, env: { TMPDIR: join(cwd, 'tmp') } })
  assert.equal(code, 0, stderr)
  assert.match(stdout, /Compared byte by byte/)
  assert.deepEqual(readdirSync(join(cwd, 'tmp')), [])
})

test('a link that nobody answers, interrupted: not complete', async () => {
  await using stack = new AsyncDisposableStack()
  const cwd = stack.adopt(makeHome('cli'), removeHome)
  const magnet = `magnet:?xt=urn:btih:${'ab'.repeat(20)}`
  const download = stack.use(startShoal(['download', magnet, ...LOOPBACK], { cwd }))
  await download.event('progress')
  download.signal('SIGINT')
  assert.equal(await download.exited(), 8)
  assert.equal(download.last('stopped')?.['reason'], 'interrupted')
})
