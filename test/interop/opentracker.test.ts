// opentracker serves us: one Shoal finds the other by it, over HTTP and over UDP.
import { test } from 'node:test'
import { freePort } from '../support/program.ts'
import { opentracker } from './clients/opentracker.ts'
import { shoal } from './clients/shoal.ts'
import { exchange, skipWithout } from './exchange.ts'
import { createWithShoal, makeSample } from './sample.ts'

for (const scheme of ['http', 'udp'] as const) {
  test(`opentracker serves us over ${scheme}`, { skip: skipWithout(opentracker) }, async () => {
    using sample = makeSample()
    const port = await freePort()
    const trackerUrl = opentracker.httpUrl(port)
    const announceUrl = scheme === 'http' ? trackerUrl : opentracker.udpUrl(port)
    const { infoHash } = await createWithShoal(sample, announceUrl, 'v1')
    await using _tracker = await opentracker.start(port, [infoHash])
    await exchange({ sample, infoHash, trackerUrl, seeder: shoal, downloader: shoal })
  })
}
