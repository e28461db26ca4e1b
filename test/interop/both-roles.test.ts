// Every client downloads from us and seeds to us. Our tracker serves them: over HTTP when they download, over UDP when
// they seed.
import { test } from 'node:test'
import { CLIENTS } from './clients/all.ts'
import { shoal } from './clients/shoal.ts'
import { startShoalTracker } from './clients/shoal-tracker.ts'
import { exchange, skipWithout } from './exchange.ts'
import { createWithShoal, makeSample } from './sample.ts'

for (const client of CLIENTS) {
  const skip = skipWithout(client)
  test(`${client.name} downloads from us`, { skip }, async () => {
    using sample = makeSample()
    await using tracker = await startShoalTracker()
    const { infoHash } = await createWithShoal(sample, tracker.httpUrl, 'v1')
    await exchange({ sample, infoHash, trackerUrl: tracker.httpUrl, seeder: shoal, downloader: client })
  })

  test(`${client.name} seeds to us`, { skip }, async () => {
    using sample = makeSample()
    await using tracker = await startShoalTracker()
    const { infoHash } = await createWithShoal(sample, tracker.udpUrl, 'v1')
    await exchange({ sample, infoHash, trackerUrl: tracker.httpUrl, seeder: client, downloader: shoal })
  })
}
