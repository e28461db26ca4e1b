// Our tracker serves the other clients: each finds the other by it, over HTTP and over UDP.
import { test } from 'node:test'
import { aria2 } from './clients/aria2.ts'
import type { Client } from './clients/client.ts'
import { libtorrent } from './clients/libtorrent.ts'
import { qbittorrent } from './clients/qbittorrent.ts'
import { rtorrent } from './clients/rtorrent.ts'
import { startShoalTracker } from './clients/shoal-tracker.ts'
import { transmission } from './clients/transmission.ts'
import { exchange, skipWithout } from './exchange.ts'
import { createWithLibtorrent, makeSample } from './sample.ts'

/** All five announce over both; one of a pair has to be able to connect. */
const PAIRS: readonly (readonly [seeder: Client, downloader: Client])[] = [
  [transmission, libtorrent],
  [aria2, qbittorrent],
  [qbittorrent, rtorrent],
]

for (const scheme of ['http', 'udp'] as const) {
  for (const [seeder, downloader] of PAIRS) {
    const skip = skipWithout(seeder, downloader, libtorrent)
    test(`${downloader.name} finds ${seeder.name} by our tracker over ${scheme}`, { skip }, async () => {
      using sample = makeSample()
      await using tracker = await startShoalTracker()
      const announceUrl = scheme === 'http' ? tracker.httpUrl : tracker.udpUrl
      const { infoHash } = createWithLibtorrent(sample, announceUrl, 'v1')
      await exchange({ sample, infoHash, trackerUrl: tracker.httpUrl, seeder, downloader })
    })
  }
}
