// What a torrent does by the clock. The clock is an argument: nobody waits.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Torrent } from '../../src/engine/torrent.ts'
import { tickTorrent } from '../../src/engine/torrent-ticks.ts'
import { monotonicMs } from '../../src/io/clock.ts'
import { ID, listenScripted, message, ScriptedPeer } from '../attack/scripted-peer.ts'
import { makeTestTorrent } from '../attack/test-torrent.ts'
import { startSeed, type Victim } from '../attack/victim.ts'
import { makeHome, until } from '../support/program.ts'
import { openSession } from '../support/session.ts'

function torrentOf({ session }: Victim): Torrent {
  const [torrent] = session.torrents
  assert.ok(torrent)
  return torrent
}

test('[9] a keep-alive is sent when nothing else was for almost two minutes, and not before', async () => {
  await using victim = await startSeed()
  using peer = await ScriptedPeer.dial(victim.address, victim.torrent)
  peer.send(message(ID.haveNone), message(ID.interested))
  await peer.next(ID.unchoke)
  const before = peer.receivedBytes
  tickTorrent(torrentOf(victim), monotonicMs() + 60_000)
  tickTorrent(torrentOf(victim), monotonicMs() + 111_000)
  await until('four bytes come', () => peer.receivedBytes - before >= 4)
  assert.equal(peer.receivedBytes - before, 4)
})

test('[130] who is silent for four minutes is dropped', async () => {
  await using victim = await startSeed()
  using peer = await ScriptedPeer.dial(victim.address, victim.torrent)
  peer.send(message(ID.haveNone))
  await until('it is a peer', () => torrentOf(victim).peers.size === 1)
  tickTorrent(torrentOf(victim), monotonicMs() + 230_000)
  assert.equal(torrentOf(victim).peers.size, 1)
  tickTorrent(torrentOf(victim), monotonicMs() + 241_000)
  await peer.dropped()
})

test('a request that is not answered for 15 s is given to somebody else', async () => {
  const torrent = makeTestTorrent(16_384, 16_384)
  const session = await openSession()
  const asked: string[] = []
  const listen = (name: string): ReturnType<typeof listenScripted> =>
    listenScripted({ ...torrent, localAddress: name }, (peer) => {
      peer.onMessage = ({ id }) => {
        if (id === ID.request) asked.push(name)
        return false
      }
      peer.send(message(ID.haveAll), message(ID.unchoke))
    })
  using first = await listen('127.0.0.2')
  using second = await listen('127.0.0.3')
  const download = session.add({ metainfo: torrent.metainfo }, { dir: makeHome('get'), mode: 'download' })
  download.addPeers([first.address])
  await until('the first is asked', () => asked.length === 1)
  tickTorrent(download, monotonicMs() + 16_000)
  assert.ok([...download.peers][0]?.isSnubbed)
  download.addPeers([second.address])
  await until('the second is asked', () => asked.includes('127.0.0.3'))
  await session.close()
})
