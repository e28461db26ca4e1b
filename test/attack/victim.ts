// The engine under attack: a session that seeds a small torrent, and the check that others are still served well.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from '../../src/core/address.ts'
import type { Session } from '../../src/engine/session.ts'
import { makeHome, removeHome } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import { ID, message, ScriptedPeer } from './scripted-peer.ts'
import { makeTestTorrent, type TestTorrent } from './test-torrent.ts'

const BLOCK = 16_384

export interface Victim extends AsyncDisposable {
  readonly session: Session
  readonly torrent: TestTorrent
  readonly address: Address
}

/** A session that seeds `torrent`. */
export async function startSeed(torrent: TestTorrent = makeTestTorrent(1_000_000, 65_536)): Promise<Victim> {
  await using stack = new AsyncDisposableStack()
  const dir = stack.adopt(makeHome('victim'), removeHome)
  writeFileSync(join(dir, 'data'), torrent.data)
  const session = stack.adopt(await openSession(), (opened) => opened.close())
  const seed = session.add({ metainfo: torrent.metainfo }, { dir, mode: 'seed', seedTrusted: true })
  await seed.finished
  const [address] = session.addresses
  assert.ok(address)
  const owned = stack.move()
  return { session, torrent, address, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

/** An ordinary peer connects, asks for one block and gets it. */
export async function assertServes({ address, torrent }: Victim): Promise<void> {
  using peer = await ScriptedPeer.dial(address, torrent)
  peer.send(message(ID.haveNone), message(ID.interested))
  await peer.next(ID.unchoke)
  peer.send(message(ID.request, [1, 0, BLOCK]))
  const { payload } = await peer.next(ID.piece)
  const start = torrent.pieceLength
  assert.deepEqual(payload.subarray(8), torrent.data.subarray(start, start + BLOCK))
}
