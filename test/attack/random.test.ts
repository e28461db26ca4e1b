// Peers that say anything at all: legal messages in any order with any numbers, to a seed and to a download. Whatever
// they say, the program lives, nobody else notices, and what is downloaded is right.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeHome, removeHome } from '../support/program.ts'
import { openSession } from '../support/session.ts'
import { ID, listenScripted, message, ScriptedPeer } from './scripted-peer.ts'
import { makeTestTorrent, seedWith } from './test-torrent.ts'
import { assertServes, startSeed } from './victim.ts'

const BLOCK = 16_384
const PIECES = 16

const piece = fc.oneof(
  { weight: 8, arbitrary: fc.nat(PIECES - 1) },
  { weight: 1, arbitrary: fc.constantFrom(PIECES, 0xffff_ffff) },
)
const begin = fc.oneof(
  { weight: 6, arbitrary: fc.nat(3).map((n) => n * BLOCK) },
  { weight: 1, arbitrary: fc.nat(70_000) },
)
const length = fc.oneof({ weight: 6, arbitrary: fc.constant(BLOCK) }, { weight: 1, arbitrary: fc.nat(140_000) })
const bencoded = fc.constantFrom(
  'd1:md11:ut_metadatai3e11:lt_donthavei4e11:upload_onlyi5ee1:pi7000e4:reqqi1e13:metadata_sizei300e1:v3:fooe',
  'd1:mde12:upload_onlyi1ee',
  'd8:msg_typei0e5:piecei0ee',
  'd8:msg_typei1e5:piecei0e10:total_sizei300eexxxx',
  'd8:msg_typei2e5:piecei99999ee',
  '\0\0\0\x03',
  '\x01',
  'i1e',
  '',
)
const oneMessage = fc.oneof(
  fc.constantFrom(...[0, 1, 2, 3, 14, 15].map((id) => message(id))),
  fc.tuple(fc.constantFrom(4, 13, 17), piece).map(([id, n]) => message(id, [n])),
  fc.tuple(fc.constantFrom(6, 8, 16), piece, begin, length).map(([id, ...numbers]) => message(id, numbers)),
  fc
    .tuple(piece, begin, fc.constantFrom(0, 1, BLOCK))
    .map(([n, at, size]) => message(ID.piece, [n, at], Buffer.alloc(size))),
  fc.uint8Array({ minLength: 1, maxLength: 3 }).map((bits) => message(ID.bitfield, [], bits)),
  fc
    .tuple(fc.nat(6), bencoded)
    .map(([id, text]) => message(ID.extended, [], Buffer.from(String.fromCharCode(id) + text, 'latin1'))),
  fc.tuple(fc.constantFrom(21, 22, 23), fc.uint8Array({ maxLength: 80 })).map(([id, bytes]) => message(id, [], bytes)),
  fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
)
const conversation = fc.record({
  fast: fc.boolean(),
  extended: fc.boolean(),
  messages: fc.array(oneMessage, { maxLength: 30 }),
})

test('a seed outlives a hundred peers that say anything', async () => {
  await using victim = await startSeed()
  await fc.assert(
    fc.asyncProperty(conversation, async ({ fast, extended, messages }) => {
      using peer = await ScriptedPeer.dial(victim.address, { ...victim.torrent, fast, extended })
      for (const one of messages) peer.send(one)
      await assertServes(victim)
    }),
    { numRuns: 100 },
  )
})

test('a download among peers that say anything is right in the end', async () => {
  const torrent = makeTestTorrent(1_000_000, 65_536)
  await fc.assert(
    fc.asyncProperty(fc.array(conversation, { minLength: 1, maxLength: 4 }), async (conversations) => {
      await using stack = new AsyncDisposableStack()
      const dir = stack.adopt(makeHome('random'), removeHome)
      const liars = await Promise.all(
        conversations.map(({ fast, extended, messages }, n) =>
          listenScripted({ ...torrent, fast, extended, localAddress: `127.0.0.${n + 2}` }, (peer) => {
            for (const one of messages) peer.send(one)
          }),
        ),
      )
      const honest = await listenScripted({ ...torrent, localAddress: '127.0.0.9' }, (peer) => seedWith(peer, torrent))
      for (const listener of [...liars, honest]) stack.use(listener)
      const session = stack.adopt(await openSession(), (opened) => opened.close())
      const peers = [...liars, honest].map(({ address }) => address)
      const download = session.add({ metainfo: torrent.metainfo }, { dir, mode: 'download', peers })
      await download.finished
      assert.ok(readFileSync(join(dir, 'data')).equals(torrent.data))
    }),
    { numRuns: 40 },
  )
})
