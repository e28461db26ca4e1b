// A disk that is full stops the download with one clear line; with room again the same command goes on.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeHome, removeHome } from '../support/program.ts'
import { startShoal } from '../support/shoal.ts'
import { mount, skipWithoutMount, smallDisk } from '../support/small-disk.ts'
import { compareTrees, writeTree } from '../support/tree.ts'

const MB = 1_000_000
const skip = skipWithoutMount

test('a full disk stops the download with one line, and it goes on when there is room', { skip }, async () => {
  await using stack = new AsyncDisposableStack()
  const home = stack.adopt(makeHome('full'), removeHome)
  const tree = join(home, 'tree')
  const torrent = join(home, 'tree.torrent')
  writeTree(tree, { 'a.bin': 6 * MB, 'b.bin': 6 * MB })
  const small = join(home, 'small')
  smallDisk(stack, small, '8m')

  const seeder = stack.use(startShoal(['share', tree, '-o', torrent, '--listen', '127.0.0.1:0']))
  const peer = String((await seeder.event('listening'))['address'])
  await seeder.event('seeding')
  const args = ['download', torrent, '--dir', small, '--state-dir', join(home, 'state'), '--peer', peer]
  {
    await using downloader = startShoal([...args, '--listen', '127.0.0.1:0'])
    assert.equal(await downloader.exited(), 4)
    assert.equal(downloader.last('error')?.['code'], 'disk-full')
    assert.match(downloader.lastLines(), /^shoal: .*(full|space)/m)
  }
  assert.ok(mount('-o', 'remount,size=64m', small))
  await using downloader = startShoal([...args, '--listen', '127.0.0.1:0'])
  const { downloaded } = await downloader.event('done')
  assert.deepEqual(compareTrees(tree, join(small, 'tree')), [])
  assert.ok(Number(downloaded) < 8 * MB, `${String(downloaded)} bytes were fetched for the 4 MB that were missing`)
})
