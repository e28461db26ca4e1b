// Magnet links: the info dictionary comes from the other client (BEP 9).
import { test } from 'node:test'
import { libtorrent } from './clients/libtorrent.ts'
import { shoal } from './clients/shoal.ts'
import { startShoalTracker } from './clients/shoal-tracker.ts'
import { exchange, skipWithout } from './exchange.ts'
import { createWithLibtorrent, createWithShoal, makeSample } from './sample.ts'

test('libtorrent downloads from us by our magnet link', { skip: skipWithout(libtorrent) }, async () => {
  using sample = makeSample()
  await using tracker = await startShoalTracker()
  const { infoHash, magnet } = await createWithShoal(sample, tracker.httpUrl, 'v1')
  await exchange({ sample, infoHash, magnet, trackerUrl: tracker.httpUrl, seeder: shoal, downloader: libtorrent })
})

for (const version of ['v1', 'hybrid'] as const) {
  test(`we download from libtorrent by its ${version} magnet link`, { skip: skipWithout(libtorrent) }, async () => {
    using sample = makeSample()
    await using tracker = await startShoalTracker()
    const { infoHash, magnet } = createWithLibtorrent(sample, tracker.httpUrl, version)
    await exchange({ sample, infoHash, magnet, trackerUrl: tracker.httpUrl, seeder: libtorrent, downloader: shoal })
  })
}
