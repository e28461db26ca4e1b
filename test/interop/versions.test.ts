// Hybrid and v2 torrents (BEP 52), made by libtorrent and by us, both ways with libtorrent: the one Debian client that
// reads them.
import { test } from 'node:test'
import { libtorrent } from './clients/libtorrent.ts'
import { shoal } from './clients/shoal.ts'
import { startShoalTracker } from './clients/shoal-tracker.ts'
import { exchange, skipWithout } from './exchange.ts'
import { createWithLibtorrent, createWithShoal, makeSample } from './sample.ts'

const MAKERS = { libtorrent: createWithLibtorrent, us: createWithShoal }
const skip = skipWithout(libtorrent)

for (const version of ['hybrid', 'v2'] as const) {
  for (const maker of ['libtorrent', 'us'] as const) {
    for (const [seeder, downloader] of [
      [shoal, libtorrent],
      [libtorrent, shoal],
    ] as const) {
      test(`${version} made by ${maker}: ${downloader.name} downloads from ${seeder.name}`, { skip }, async () => {
        using sample = makeSample()
        await using tracker = await startShoalTracker()
        const { infoHash } = await MAKERS[maker](sample, tracker.httpUrl, version)
        await exchange({ sample, infoHash, trackerUrl: tracker.httpUrl, seeder, downloader })
      })
    }
  }
}
