// What users change about a torrent while it runs.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeTorrent } from '../../src/core/metainfo/build.ts'
import { bareMetainfo } from '../../src/core/metainfo/metainfo.ts'
import type { Session } from '../../src/engine/session.ts'
import type { Torrent } from '../../src/engine/torrent.ts'
import { recheck, setPriorities } from '../../src/engine/torrent-control.ts'
import { availabilityOf, filesOf, peersOf } from '../../src/engine/torrent-details.ts'
import { makeHome, until } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const PIECE = 16_384
const FILES = ['a', 'b', 'c'].map((path, n) => ({ path, bytes: patternBytes(2 * PIECE + 100, n) }))

/** A seed and a downloader of three files, as three numbers say how much each is wanted. */
async function pair(
  priorities: readonly number[],
  uploadBytesPerSec?: number,
): Promise<{ download: Torrent; giver: Session; dir: string } & AsyncDisposable> {
  const { info } = makeTorrent(FILES, PIECE)
  const metainfo = writeTorrent(bareMetainfo(info))
  const [from, dir] = [makeHome('from'), makeHome('to')]
  mkdirSync(join(from, 'top'))
  for (const { path, bytes } of FILES) writeFileSync(join(from, 'top', path), bytes)
  const limit = uploadBytesPerSec === undefined ? {} : { uploadBytesPerSec }
  const [giver, taker] = [await openSession(limit), await openSession()]
  const seed = giver.add({ metainfo }, { dir: from, mode: 'seed' })
  await until('it seeds', () => seed.isDone)
  const download = taker.add({ metainfo }, { dir, mode: 'download', priorities, peers: giver.addresses })
  return {
    download,
    giver,
    dir,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([giver.close(), taker.close()])
    },
  }
}

test('a file that becomes wanted is fetched, though the torrent was done', async () => {
  await using swarm = await pair([0, 4, 0])
  const { download, dir } = swarm
  await until('the one file is here', () => download.isDone)
  assert.ok(!existsSync(join(dir, 'top/a')))
  setPriorities(download, [4, 4, 0])
  assert.equal(download.state, 'downloading')
  await until('both are here', () => download.isDone)
  for (const n of [0, 1])
    assert.deepEqual(readFileSync(join(dir, 'top', 'abc'[n] ?? '')), Buffer.from(FILES[n]?.bytes ?? []))
  assert.ok(!existsSync(join(dir, 'top/c')))
  assert.deepEqual(
    filesOf(download).map(({ priority }) => priority),
    [4, 4, 0],
  )
  assert.equal(filesOf(download)[1]?.doneBytes, FILES[1]?.bytes.length)
})

test('what is wanted no more does not keep a torrent from being done', async () => {
  await using swarm = await pair([0, 0, 4])
  const { download } = swarm
  await until('the one file is here', () => download.isDone)
  setPriorities(download, [4, 4, 4])
  setPriorities(download, [0, 0, 7])
  await until('it is done again', () => download.isDone)
  assert.equal(download.state, 'seeding')
  assert.equal(download.status().wantedBytes, FILES[2]?.bytes.length)
})

test('a check finds what somebody changed without a trace, and the download mends it', async () => {
  await using swarm = await pair([4, 4, 4])
  const { download, dir } = swarm
  await until('all is here', () => download.isDone)
  assert.ok(download.status().downloadBytesPerSec > 0)
  await download.stop()
  assert.equal(download.status().downloadBytesPerSec, 0, 'a stopped torrent has no rate')
  const bad = new Uint8Array(FILES[0]?.bytes ?? [])
  bad[5] = (bad[5] ?? 0) ^ 1
  const content = download.content
  writeFileSync(join(dir, 'top/a'), bad)
  await recheck(download)
  assert.equal(download.state, 'stopped')
  download.start()
  await until('it was opened anew', () => download.content !== content)
  await until('it is mended', () => download.isDone)
  assert.deepEqual(readFileSync(join(dir, 'top/a')), Buffer.from(FILES[0]?.bytes ?? []))
})

test('peers and what they have can be looked at', async () => {
  await using swarm = await pair([4, 0, 0], 1) // who has all leaves who wants nothing: it must not be done yet
  const { download, giver } = swarm
  await until('the seed is a peer', () => peersOf(download).length === 1)
  const [peer] = peersOf(download)
  assert.match(peer?.client ?? '', /^Shoal/)
  assert.deepEqual([peer?.ip, peer?.source, peer?.isIncoming], ['127.0.0.1', 'user', false])
  giver.uploadGate.limit(undefined)
  await until('the file is here', () => download.isDone)
  const counts = availabilityOf(download)
  assert.equal(counts.length, 7)
  assert.deepEqual(counts.slice(0, 2), [-1, -1])
  assert.equal(counts.at(-1), download.peers.size)
})
