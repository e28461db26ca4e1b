// A library for Transmission's RPC that we did not write (@ctrl/transmission), unchanged, at our daemon.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { Transmission } from '@ctrl/transmission'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import { serveDaemon } from '../support/daemon.ts'
import { makeHome, until } from '../support/program.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

test('@ctrl/transmission adds, lists, labels, pauses, checks and removes', async () => {
  await using it = await serveDaemon()
  const { origin } = new URL(it.url)
  const client = new Transmission({ baseUrl: `${origin}/`, username: 'shoal', password: it.token })
  const dir = makeHome('data')
  mkdirSync(join(dir, 'top'))
  const bytes = patternBytes(50_000, 1)
  writeFileSync(join(dir, 'top/a'), bytes)
  const torrent = writeTorrent(bareMetainfo(makeTorrent([{ path: 'a', bytes }], 16_384).info))

  const added = await client.addTorrent(Buffer.from(torrent), { 'download-dir': dir })
  const hash = added.arguments['torrent-added'].hashString
  await until('it found its file', () => it.daemon.list.byHash(hash)?.torrent.isDone)
  await client.setTorrent(hash, { labels: ['from afar'] })
  const one = await client.getTorrent(hash)
  assert.deepEqual(
    [one.name, one.isCompleted, one.state, one.progress, one.label, one.totalSize, one.savePath],
    ['top', true, 'seeding', 1, 'from afar', 50_000, dir],
  )
  await client.pauseTorrent(hash)
  assert.equal((await client.getTorrent(hash)).state, 'paused')
  await client.verifyTorrent(hash)
  await client.resumeTorrent(hash)
  await until('it seeds again', () => it.daemon.list.byHash(hash)?.torrent.isDone)
  const { torrents, labels } = await client.getAllData()
  assert.deepEqual([torrents.length, labels.map(({ name }) => name)], [1, ['from afar']])
  assert.match((await client.getSession()).arguments.version, /Shoal/)
  assert.ok((await client.freeSpace(dir)).arguments['size-bytes'] > 0)
  await client.removeTorrent(hash, false)
  assert.equal(it.daemon.list.size, 0)
  assert.ok(existsSync(join(dir, 'top/a')))
})
