// The main job on a real tree: one shares a folder, three download it together and help each other, one joins late.
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeHome, removeHome, until } from '../support/program.ts'
import { copyRealTree } from '../support/real-tree.ts'
import { type RunningShoal, startShoal } from '../support/shoal.ts'
import { compareTrees } from '../support/tree.ts'

const FILES = 2_000
const BYTES = 300e6
const DONE_MS = 180_000
const LISTEN = ['--listen', '127.0.0.1:0']

test('a real tree reaches three together and one who joins late; the seeder sends less than three copies', async () => {
  using work = new DisposableStack()
  const home = work.adopt(makeHome('tree'), removeHome)
  const tree = join(home, 'tree')
  copyRealTree(tree, FILES, BYTES)

  await using tracker = startShoal(['tracker', '--port', '0', '--host', '127.0.0.1'])
  const trackerUrl = `http://${String((await tracker.event('listening'))['address'])}/announce`
  const torrent = join(home, 'tree.torrent')
  await using seeder = startShoal(['share', tree, '-t', trackerUrl, '-o', torrent, ...LISTEN])
  const created = await seeder.event('created', DONE_MS)
  assert.ok(Number(created['numFiles']) >= FILES && Number(created['totalSize']) >= BYTES)
  await seeder.event('seeding')

  const download = (name: string, what: string): RunningShoal => {
    mkdirSync(join(home, name))
    return startShoal(['download', what, '--dir', join(home, name), ...LISTEN])
  }
  await using one = download('one', torrent)
  await using two = download('two', torrent)
  await using three = download('three', torrent)
  await until('one has a half', () => Number(one.last('progress')?.['done'] ?? 0) > BYTES / 2, {
    program: one,
    timeoutMs: DONE_MS,
  })
  await using late = download('late', String(created['magnet']))
  for (const downloader of [one, two, three, late]) await downloader.event('done', DONE_MS)

  for (const name of ['one', 'two', 'three', 'late']) {
    assert.deepEqual(compareTrees(tree, join(home, name, 'tree')), [])
  }
  seeder.signal('SIGINT')
  assert.equal(await seeder.exited(), 0)
  const copies = Number(seeder.last('stopped')?.['uploaded']) / Number(created['totalSize'])
  assert.ok(copies < 2.7, `the seeder sent ${copies.toFixed(2)} copies`)
})
