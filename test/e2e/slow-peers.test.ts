// Slowloris: connections that never finish their handshake lose their place, however they drip.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseAddress } from '../../src/core/address.ts'
import { handshake, ScriptedPeer } from '../attack/scripted-peer.ts'
import { makeTestTorrent } from '../attack/test-torrent.ts'
import { makeHome, removeHome } from '../support/program.ts'
import { startShoal } from '../support/shoal.ts'

/** The engine allows 30 s for a handshake (CONFORMANCE 130). */
const DROPPED_MS = 45_000

test('[130] a handshake that is not through after 30 s ends the connection', async () => {
  await using stack = new AsyncDisposableStack()
  const home = stack.adopt(makeHome('slow'), removeHome)
  const torrent = makeTestTorrent(100_000, 16_384)
  writeFileSync(join(home, 'data'), torrent.data)
  writeFileSync(join(home, 'data.torrent'), torrent.metainfo)
  const args = ['seed', join(home, 'data.torrent'), '--dir', home, '--listen', '127.0.0.1:0']
  const seeder = stack.use(startShoal(args))
  const address = parseAddress(String((await seeder.event('listening'))['address']))
  await seeder.event('seeding')
  if (address === undefined) throw new Error('no address')

  const bytes = handshake(torrent)
  const silent = stack.use(await ScriptedPeer.connect(address))
  const half = stack.use(await ScriptedPeer.connect(address))
  half.send(bytes.subarray(0, 40))
  const dripping = stack.use(await ScriptedPeer.connect(address))
  let sent = 0
  const drip = setInterval(() => dripping.send(bytes.subarray(sent, ++sent)), 1_000)
  stack.defer(() => clearInterval(drip))
  await Promise.all([silent, half, dripping].map((peer) => peer.dropped(DROPPED_MS)))
  stack.use(await ScriptedPeer.dial(address, torrent))
})
