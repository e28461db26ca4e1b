import assert from 'node:assert/strict'
import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import { WatchFolder } from '../../src/daemon/watch-folder.ts'
import { openDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const METAINFO = writeTorrent(bareMetainfo(makeTorrent([{ path: 'a', bytes: patternBytes(9, 1) }], 16_384).info))

test('a .torrent that has stopped growing is taken once, other files are left alone', async (t) => {
  const dir = makeHome('watch')
  const taken: number[] = []
  const folder = new WatchFolder(
    () => dir,
    (bytes) => taken.push(bytes.length),
  )
  t.after(() => folder.close())
  writeFileSync(join(dir, 'a.torrent'), 'half')
  writeFileSync(join(dir, 'notes.txt'), 'mine')
  await folder.look()
  appendFileSync(join(dir, 'a.torrent'), ' and more')
  await folder.look()
  assert.deepEqual(taken, [])
  await folder.look()
  await folder.look()
  assert.deepEqual(taken, [13])
  assert.deepEqual(readdirSync(dir).toSorted(), ['a.torrent.added', 'notes.txt'])
})

test('a folder that is not there, or not set, is no trouble', async (t) => {
  let dir = ''
  const folder = new WatchFolder(
    () => dir,
    () => assert.fail(),
  )
  t.after(() => folder.close())
  await folder.look()
  dir = join(makeHome('watch'), 'gone')
  await folder.look()
})

test('the daemon adds what appears; what is no torrent is renamed and nothing else happens', async () => {
  const dir = makeHome('watch')
  await using it = await openDaemon({ 'watch-dir': dir, 'start-added': false })
  writeFileSync(join(dir, 'good.torrent'), METAINFO)
  writeFileSync(join(dir, 'again.torrent'), METAINFO)
  writeFileSync(join(dir, 'bad.torrent'), 'no torrent')
  await until('all were looked at', () => readdirSync(dir).every((name) => !name.endsWith('.torrent')) || undefined)
  assert.deepEqual(readdirSync(dir).toSorted(), ['again.torrent.added', 'bad.torrent.invalid', 'good.torrent.added'])
  assert.deepEqual(
    Array.from(it.daemon.list, ({ torrent }) => [torrent.name, torrent.state]),
    [['top', 'stopped']],
  )
  rmSync(dir, { recursive: true })
})
