import assert from 'node:assert/strict'
import { test } from 'node:test'
import { infoHash, makePeerId } from '../../src/core/ids.ts'
import { Announcer } from '../../src/engine/announcer.ts'
import { UdpTrackerClient } from '../../src/engine/udp-tracker-client.ts'
import { fakeHttpTracker, fakeUdpTracker } from './fake-trackers.ts'

/** Timers and sockets of this process; a file of its own, so that no other test's sockets are among them. */
function open(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => /Timeout|UDP|TCPSocket|Connect/.test(kind))
    .sort()
}

test('after stop no timer and no socket is left, whether trackers answered, were silent or are gone', async (t) => {
  const good = await fakeHttpTracker(t, () => ({ body: 'd8:intervali1800ee' }))
  const silent = await fakeUdpTracker(t, () => undefined)
  const before = open()
  const udp = new UdpTrackerClient()
  const announcer = new Announcer(
    {
      tiers: [[good.url], [silent.url.href], ['http://127.0.0.1:1/announce'], ['http://nowhere.invalid/announce']],
      infoHashes: [infoHash(new Uint8Array(20)) ?? assert.fail()],
      peerId: makePeerId('0.1', new Uint8Array(12)),
      port: 6881,
      key: 1,
      isPrivate: false,
      isAnnouncingToAllTiers: true,
      userAgent: 'Shoal/0.1',
    },
    { stats: () => ({ uploaded: 0, downloaded: 0, left: 1 }), found: () => {}, wantsPeers: () => true },
    udp,
  )
  announcer.start()
  await Promise.all([good.count(1), silent.count(1)])
  await announcer.stop()
  await udp.close()
  // A destroyed socket is gone some turns of the event loop later, on both sides.
  for (let turn = 0; turn < 1000 && open().length > before.length; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual(open(), before)
})
