// Bad data: it never reaches the disk as good, whoever sent it is found by proof, and the honest are never blamed.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { makeHome, removeHome } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import { listenScripted, type ScriptedPeer } from './scripted-peer.ts'
import { makeTestTorrent, seedWith } from './test-torrent.ts'

function flipped(block: Buffer): Buffer {
  block[0] = (block[0] ?? 0) ^ 1
  return block
}

test('[135] five poisoners and one honest seed: the download finishes, the honest one is never dropped', async () => {
  await using stack = new AsyncDisposableStack()
  const dir = stack.adopt(makeHome('poison'), removeHome)
  const torrent = makeTestTorrent(4_000_000, 262_144)
  let served = 0
  const poisoners = await Promise.all(
    [2, 3, 4, 5, 6].map((n) =>
      // Each spoils one block in four, so that every bad piece has good contributors too.
      listenScripted({ ...torrent, localAddress: `127.0.0.${n}` }, (peer) =>
        seedWith(peer, torrent, (block) => (++served % 4 === 0 ? flipped(block) : block)),
      ),
    ),
  )
  const honestPeers: ScriptedPeer[] = []
  const honest = await listenScripted({ ...torrent, localAddress: '127.0.0.7' }, (peer) => {
    honestPeers.push(peer)
    seedWith(peer, torrent)
  })
  for (const listener of [...poisoners, honest]) stack.use(listener)

  const session = stack.adopt(await openSession(), (opened) => opened.close())
  const peers = [...poisoners, honest].map(({ address }) => address)
  const download = session.add({ metainfo: torrent.metainfo }, { dir, mode: 'download', peers })
  await download.finished
  assert.ok(readFileSync(join(dir, 'data')).equals(torrent.data))
  // A download that is done parts from seeds (BEP 21); it never came back because it never was thrown out.
  assert.equal(honestPeers.length, 1)
})

test('a poisoner alone gets nothing onto the disk, and an honest seed that comes later finishes the job', async () => {
  await using stack = new AsyncDisposableStack()
  const dir = stack.adopt(makeHome('poison'), removeHome)
  const torrent = makeTestTorrent(1_000_000, 65_536)
  const gone = Promise.withResolvers<void>()
  const liar = stack.use(
    await listenScripted({ ...torrent, localAddress: '127.0.0.2' }, (peer) => {
      seedWith(peer, torrent, flipped)
      void peer.dropped(30_000).then(gone.resolve, gone.reject)
    }),
  )
  const honest = stack.use(
    await listenScripted({ ...torrent, localAddress: '127.0.0.3' }, (peer) => seedWith(peer, torrent)),
  )
  const session = stack.adopt(await openSession(), (opened) => opened.close())
  const source = { metainfo: torrent.metainfo }
  const download = session.add(source, { dir, mode: 'download', peers: [liar.address] })
  await gone.promise
  assert.equal(download.status().doneBytes, 0)
  download.addPeers([honest.address])
  await download.finished
  assert.ok(readFileSync(join(dir, 'data')).equals(torrent.data))
})
