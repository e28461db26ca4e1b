// Magnet links among liars: false metadata, false sizes, silence. The honest peer's metadata gets through.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeHome, removeHome } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import { ID, listenScripted, message, type ScriptedPeer } from './scripted-peer.ts'
import { makeTestTorrent, seedWith, type TestTorrent } from './test-torrent.ts'

const METADATA_ID = 3
const BLOCK = 16_384

/** Answers BEP 9 requests with blocks of `metadata`, claiming `size`; without `metadata` it only claims. */
function tellMetadata(peer: ScriptedPeer, metadata: Buffer | undefined, size: number): void {
  let theirId = 0
  const already = peer.onMessage
  peer.onMessage = (received) => {
    if (received.id !== ID.extended) return already(received)
    const body = received.payload.toString('latin1')
    const number = (key: string): number => Number(new RegExp(`${key}i(\\d+)e`).exec(body)?.[1] ?? -1)
    if (received.payload[0] === 0) theirId = number('11:ut_metadata')
    else if (number('8:msg_type') === 0 && metadata !== undefined) {
      const piece = number('5:piece')
      const head = `d8:msg_typei1e5:piecei${piece}e10:total_sizei${size}ee`
      const block = metadata.subarray(piece * BLOCK, (piece + 1) * BLOCK)
      peer.send(message(ID.extended, [], Buffer.concat([Buffer.of(theirId), Buffer.from(head), block])))
    }
    return true
  }
  const handshake = `d1:md11:ut_metadatai${METADATA_ID}ee13:metadata_sizei${size}ee`
  peer.send(message(ID.extended, [], Buffer.concat([Buffer.of(0), Buffer.from(handshake)])))
}

async function downloadAmong(torrent: TestTorrent, liars: readonly ((peer: ScriptedPeer) => void)[]): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const dir = stack.adopt(makeHome('lies'), removeHome)
  const honest = (peer: ScriptedPeer): void => {
    tellMetadata(peer, torrent.info, torrent.info.length)
    seedWith(peer, torrent)
  }
  const listeners = await Promise.all(
    [...liars, honest].map((onPeer, n) => listenScripted({ ...torrent, localAddress: `127.0.0.${n + 2}` }, onPeer)),
  )
  for (const listener of listeners) stack.use(listener)
  const session = stack.adopt(await openSession(), (opened) => opened.close())
  const magnet = `magnet:?xt=urn:btih:${torrent.infoHash.toString('hex')}`
  const peers = listeners.map(({ address }) => address)
  const download = session.add({ magnet }, { dir, mode: 'download', peers })
  await download.finished
  assert.ok(readFileSync(join(dir, 'data')).equals(torrent.data))
}

/** 1,024 pieces: its info dictionary takes two blocks of metadata. */
const large = (): TestTorrent => makeTestTorrent(16 * 1024 * 1024, BLOCK)

test('[45] two peers with different lies do not block an honest third', async () => {
  const torrent = large()
  const lie = (n: number): Buffer => Buffer.from(torrent.info).fill(n, 20_000)
  await downloadAmong(torrent, [
    (peer) => tellMetadata(peer, lie(1), torrent.info.length),
    (peer) => tellMetadata(peer, lie(2), torrent.info.length),
  ])
})

test('[46] absurd metadata sizes are ignored', async () => {
  const torrent = large()
  await downloadAmong(
    torrent,
    [0, -5, 2 ** 40, torrent.info.length - 1].map(
      (size) => (peer: ScriptedPeer) => tellMetadata(peer, undefined, size),
    ),
  )
})

test('a false size, and data to match, do not mislead', async () => {
  const torrent = large()
  const longer = Buffer.concat([torrent.info, Buffer.alloc(5_000, 'x')])
  const shorter = torrent.info.subarray(0, 100)
  await downloadAmong(torrent, [
    (peer) => tellMetadata(peer, longer, longer.length),
    (peer) => tellMetadata(peer, shorter, shorter.length),
  ])
})
