// Clients that speak to nobody in plain download from us and seed to us, who say everything in plain first; and clients that
// merely can encrypt do so with us, who then speak to nobody in plain.
import { test } from 'node:test'
import { aria2, aria2With } from './clients/aria2.ts'
import type { Client } from './clients/client.ts'
import { libtorrentWith } from './clients/libtorrent.ts'
import { shoal, shoalOf } from './clients/shoal.ts'
import { startShoalTracker } from './clients/shoal-tracker.ts'
import { transmission, transmissionAt } from './clients/transmission.ts'
import { exchange, skipWithout } from './exchange.ts'
import { createWithShoal, makeSample } from './sample.ts'

/** Numbers of libtorrent's settings_pack. */
const [FORCED, ENABLED, ONLY_RC4, PLAINTEXT_AND_RC4] = [0, 1, 2, 3]
const strict = shoalOf({}, ['--encryption', 'required'])

const STRICT: readonly Client[] = [
  aria2With('aria2 that requires RC4', ['--bt-require-crypto=true', '--bt-min-crypto-level=arc4']),
  libtorrentWith('libtorrent that requires RC4', {
    in_enc_policy: FORCED,
    out_enc_policy: FORCED,
    allowed_enc_level: ONLY_RC4,
    prefer_rc4: true,
  }),
  libtorrentWith('libtorrent that encrypts the handshake', {
    in_enc_policy: FORCED,
    out_enc_policy: FORCED,
    allowed_enc_level: PLAINTEXT_AND_RC4,
    prefer_rc4: false,
  }),
  transmissionAt('127.0.0.1', 'required', 'transmission that requires encryption'),
]

const TOLERANT: readonly Client[] = [
  aria2,
  // It dials in plain first; the next time, which is a minute later unless it is told otherwise, encrypted.
  libtorrentWith('libtorrent', { in_enc_policy: ENABLED, out_enc_policy: ENABLED, min_reconnect_time: 1 }),
  transmission,
]

const PAIRS = [
  ...STRICT.map((client) => [client, shoal] as const),
  ...TOLERANT.map((client) => [client, strict] as const),
]

for (const [client, us] of PAIRS) {
  const skip = skipWithout(client)
  const asWhom = us === strict ? 'who require encryption' : 'who allow encryption'
  test(`${client.name} downloads from us, ${asWhom}`, { skip }, async () => {
    using sample = makeSample()
    await using tracker = await startShoalTracker()
    const { infoHash } = await createWithShoal(sample, tracker.httpUrl, 'v1')
    await exchange({ sample, infoHash, trackerUrl: tracker.httpUrl, seeder: us, downloader: client })
  })

  test(`${client.name} seeds to us, ${asWhom}`, { skip }, async () => {
    using sample = makeSample()
    await using tracker = await startShoalTracker()
    const { infoHash } = await createWithShoal(sample, tracker.udpUrl, 'v1')
    await exchange({ sample, infoHash, trackerUrl: tracker.httpUrl, seeder: client, downloader: us })
  })
}
