// The other clients among themselves, with nothing of ours: when one of these fails, it is the set-up. (Transmission, which
// takes 15 s for each download, is in tracker.test.ts.)
import { test } from 'node:test'
import { freePort } from '../support/program.ts'
import { aria2 } from './clients/aria2.ts'
import type { Client } from './clients/client.ts'
import { libtorrent } from './clients/libtorrent.ts'
import { opentracker } from './clients/opentracker.ts'
import { qbittorrent } from './clients/qbittorrent.ts'
import { rtorrent } from './clients/rtorrent.ts'
import { exchange, skipWithout } from './exchange.ts'
import { createWithLibtorrent, makeSample } from './sample.ts'

const PAIRS: readonly (readonly [seeder: Client, downloader: Client])[] = [
  [aria2, qbittorrent],
  [qbittorrent, rtorrent],
  [rtorrent, libtorrent],
]

for (const [seeder, downloader] of PAIRS) {
  const skip = skipWithout(seeder, downloader, libtorrent, opentracker)
  test(`${seeder.name} seeds, ${downloader.name} downloads, opentracker serves them`, { skip }, async () => {
    using sample = makeSample()
    const port = await freePort()
    const trackerUrl = opentracker.httpUrl(port)
    const { infoHash } = createWithLibtorrent(sample, trackerUrl, 'v1')
    await using _tracker = await opentracker.start(port, [infoHash])
    await exchange({ sample, infoHash, trackerUrl, seeder, downloader })
  })
}
