// Pull the plug: a downloader that is killed goes on where it was, and what was verified is not fetched again.
import assert from 'node:assert/strict'
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeHome, removeHome, until } from '../support/program.ts'
import { type RunningShoal, startShoal } from '../support/shoal.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

const MB = 1_000_000
const SIZES = { 'big.bin': 20 * MB + 1, 'small.bin': 3 * MB, 'folder/deep.bin': 1 * MB, empty: 0 }
const TOTAL = 24 * MB + 1
/** Slow enough that a kill meets it in the middle. */
const UP_LIMIT = '2M'

interface Swarm {
  readonly home: string
  readonly tree: string
  readonly copy: string
  readonly seeder: RunningShoal
  /** The same command every time, with the same state. */
  readonly download: () => RunningShoal
}

async function startSwarm(stack: AsyncDisposableStack, seederOptions: readonly string[]): Promise<Swarm> {
  const home = stack.adopt(makeHome('crash'), removeHome)
  const tree = join(home, 'tree')
  const torrent = join(home, 'tree.torrent')
  writeTree(tree, SIZES)
  mkdirSync(join(home, 'got'))
  const share = ['share', tree, '-o', torrent, '--piece-length', '64K', '--listen', '127.0.0.1:0', ...seederOptions]
  const seeder = stack.use(startShoal(share))
  const peer = String((await seeder.event('listening'))['address'])
  await seeder.event('seeding')
  const args = ['download', torrent, '--dir', join(home, 'got'), '--state-dir', join(home, 'state')]
  return {
    home,
    tree,
    copy: join(home, 'got/tree'),
    seeder,
    download: () => startShoal([...args, '--listen', '127.0.0.1:0', '--peer', peer]),
  }
}

const doneBytes = (program: RunningShoal): number => Number(program.last('progress')?.['done'] ?? 0)

test('kill -9 at random moments loses nothing that was verified', async () => {
  await using stack = new AsyncDisposableStack()
  const { tree, copy, seeder, download } = await startSwarm(stack, ['--up-limit', UP_LIMIT])
  const kills = 4
  let verified = 0
  for (let n = 0; n < kills; n++) {
    await using downloader = download()
    const enough = verified + (Math.random() * TOTAL) / (kills * 2)
    await until('more was verified', () => doneBytes(downloader) > enough, { program: downloader, everyMs: 5 })
    downloader.signal('SIGKILL')
    await downloader.exited()
    const first = downloader.events.find(({ event, state }) => event === 'progress' && state === 'downloading')
    assert.ok(Number(first?.['done']) >= verified, `${String(first?.['done'])} bytes are left of ${verified}`)
    verified = doneBytes(downloader)
  }
  await using downloader = download()
  await downloader.event('done')
  assert.deepEqual(compareTrees(tree, copy), [])

  seeder.signal('SIGINT')
  await seeder.exited()
  const again = Number(seeder.last('stopped')?.['uploaded']) - TOTAL
  // In flight at a kill: what a quarter of a second brings, and the pieces that were not whole.
  assert.ok(again < kills * 4 * MB, `${again} bytes were sent again`)
})

test('a complete download is not fetched again, and not read again', async () => {
  await using stack = new AsyncDisposableStack()
  const { download } = await startSwarm(stack, [])
  {
    await using downloader = download()
    await downloader.event('done')
    downloader.signal('SIGKILL')
    await downloader.exited()
  }
  await using downloader = download()
  assert.equal((await downloader.event('done'))['downloaded'], 0)
})

test('a file that was cut and one that was changed behind our back are noticed and fetched again', async () => {
  await using stack = new AsyncDisposableStack()
  const { tree, copy, download } = await startSwarm(stack, [])
  {
    await using downloader = download()
    await downloader.event('done')
    downloader.signal('SIGINT')
    assert.equal(await downloader.exited(), 0)
  }
  truncateSync(join(copy, 'big.bin'), 5 * MB)
  writeFileSync(join(copy, 'small.bin'), new Uint8Array(3 * MB))

  await using downloader = download()
  const { downloaded } = await downloader.event('done')
  assert.deepEqual(compareTrees(tree, copy), [])
  assert.ok(Number(downloaded) < TOTAL - MB / 2, 'the good file and the rest of the cut one were kept')
})
