// The other clients among themselves: when one of these fails, it is the set-up and not our engine.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { freePort } from '../support/program.ts'
import { compareTrees } from '../support/tree.ts'
import { aria2 } from './clients/aria2.ts'
import type { Client, Job } from './clients/client.ts'
import { libtorrent } from './clients/libtorrent.ts'
import { opentracker } from './clients/opentracker.ts'
import { qbittorrent } from './clients/qbittorrent.ts'
import { rtorrent } from './clients/rtorrent.ts'
import { transmission } from './clients/transmission.ts'
import { createWithLibtorrent, makeSample } from './sample.ts'
import { untilListed } from './scrape.ts'

const PAIRS: readonly (readonly [seeder: Client, downloader: Client])[] = [
  [transmission, aria2],
  [aria2, qbittorrent],
  [qbittorrent, rtorrent],
  [rtorrent, libtorrent],
]

for (const [seeder, downloader] of PAIRS) {
  const missing = [seeder, downloader, libtorrent, opentracker].map((client) => client.missing).find((name) => name)
  const skip = missing === undefined ? false : `${missing} is not installed`
  test(`${seeder.name} seeds, ${downloader.name} downloads, opentracker serves them`, { skip }, async () => {
    using sample = makeSample()
    const port = await freePort()
    const infoHash = createWithLibtorrent(sample, opentracker.httpUrl(port), 'v1')
    await using _tracker = await opentracker.start(port, [infoHash])
    const { torrentFile, seedDir } = sample
    const { dir, data } = sample.downloadDir('got')
    const seed: Job = { torrentFile, dir: seedDir }
    const download: Job = { torrentFile, dir }
    // Who cannot connect starts first and is found in the tracker by the other.
    await using first = await (downloader.connects ? seeder.start(seed) : downloader.start(download))
    await untilListed(opentracker.httpUrl(port), infoHash, downloader.connects ? { complete: 1 } : { incomplete: 1 })
    await using second = await (downloader.connects ? downloader.start(download) : seeder.start(seed))
    await (downloader.connects ? second : first).finished()
    assert.deepEqual(compareTrees(sample.data, data), [])
  })
}
