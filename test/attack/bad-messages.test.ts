// Messages that break the rules: whoever sends one is dropped, and nobody else notices.
import { test } from 'node:test'
import { MAX_PAD_BYTES, MSE_KEY_BYTES } from '../../src/core/wire/mse.ts'
import { type PeerOptions, ID, message, ScriptedPeer, u32 } from './scripted-peer.ts'
import { assertServes, startSeed } from './victim.ts'

interface Attack {
  readonly name: string
  readonly bytes: readonly Uint8Array[]
  readonly options?: Partial<PeerOptions>
}

// The torrent has 16 pieces of 64 KiB, the last one of 16,960 bytes.
const PIECES = 16
const LAST_PIECE_BYTES = 1_000_000 - 15 * 65_536
const BITFIELD = Buffer.alloc(2)
const PLAIN = { fast: false, extended: false }
const bencode = (text: string): Buffer => Buffer.concat([Buffer.of(0), Buffer.from(text)])

const ATTACKS: readonly Attack[] = [
  { name: 'a length of 4 GiB', bytes: [u32(0xffff_ffff), Buffer.of(ID.piece)] },
  { name: 'an unknown message of 100 MB', bytes: [u32(100_000_000), Buffer.of(99)] },
  { name: 'a block longer than was ever asked for', bytes: [u32(1_000_009), Buffer.of(ID.piece), u32(0), u32(0)] },
  { name: 'a choke with a payload', bytes: [message(ID.choke, [1])] },
  { name: 'a have of three bytes', bytes: [message(ID.have, [], Buffer.alloc(3))] },
  { name: 'a request of five bytes', bytes: [message(ID.request, [1], Buffer.alloc(1))] },
  { name: 'a block without its header', bytes: [message(ID.piece, [1])] },
  { name: 'a bitfield that is empty', bytes: [message(ID.bitfield)] },
  { name: 'a bitfield that is too short', bytes: [message(ID.bitfield, [], BITFIELD.subarray(1))] },
  { name: 'a bitfield that is too long', bytes: [message(ID.bitfield, [], Buffer.alloc(3))] },
  { name: 'two bitfields', bytes: [message(ID.bitfield, [], BITFIELD), message(ID.bitfield, [], BITFIELD)] },
  { name: 'a bitfield after have-all', bytes: [message(ID.haveAll), message(ID.bitfield, [], BITFIELD)] },
  {
    name: 'a bitfield after a have',
    bytes: [message(ID.have, [0]), message(ID.bitfield, [], BITFIELD)],
    options: PLAIN,
  },
  { name: 'a have beyond the last piece', bytes: [message(ID.haveNone), message(ID.have, [PIECES])] },
  { name: 'a have of the largest number', bytes: [message(ID.haveNone), message(ID.have, [0xffff_ffff])] },
  { name: 'have-all without the fast extension', bytes: [message(ID.haveAll)], options: PLAIN },
  { name: 'a reject without the fast extension', bytes: [message(ID.reject, [0, 0, 16_384])], options: PLAIN },
  {
    name: 'an extension message without the extension',
    bytes: [message(ID.extended, [], bencode('de'))],
    options: PLAIN,
  },
  {
    name: 'a block that nobody asked for',
    bytes: [message(ID.haveAll), message(ID.piece, [0, 0], Buffer.alloc(16_384))],
  },
  { name: 'a reject of a request never made', bytes: [message(ID.haveAll), message(ID.reject, [0, 0, 16_384])] },
  {
    name: 'a request of no bytes',
    bytes: [message(ID.haveNone), message(ID.interested), message(ID.request, [0, 0, 0])],
  },
  { name: 'a request beyond the last piece', bytes: [message(ID.haveNone), message(ID.request, [PIECES, 0, 16_384])] },
  { name: 'a request beyond the end of its piece', bytes: [message(ID.haveNone), message(ID.request, [0, 65_536, 1])] },
  {
    name: 'a request over the end of the data',
    bytes: [message(ID.haveNone), message(ID.request, [15, LAST_PIECE_BYTES - 1, 2])],
  },
  { name: 'a request that wraps around', bytes: [message(ID.haveNone), message(ID.request, [0, 0xffff_ffff, 16_384])] },
  { name: 'a request of a megabyte', bytes: [message(ID.haveNone), message(ID.request, [0, 0, 1_048_576])] },
  { name: 'an extension handshake that is no bencoding', bytes: [message(ID.extended, [], bencode('d1:'))] },
  {
    name: 'an extension handshake nested a million deep',
    bytes: [message(ID.extended, [], bencode('l'.repeat(30_000)))],
  },
]

test('rule breakers are dropped', async (t) => {
  await using victim = await startSeed()
  for (const { name, bytes, options } of ATTACKS) {
    await t.test(`${name}: dropped, others are served`, async () => {
      using peer = await ScriptedPeer.dial(victim.address, { infoHash: victim.torrent.infoHash, ...options })
      peer.send(...bytes)
      await peer.dropped()
      await assertServes(victim)
    })
  }
})

const NO_HANDSHAKES = ['GET / HTTP/1.1\r\n', '\x13BitTorrent protocoL', '\0', '\xff\xff\xff\xff']

test('handshakes that are none are dropped at their first wrong byte where encryption is off', async () => {
  await using victim = await startSeed()
  victim.session.encryption = 'off'
  for (const text of NO_HANDSHAKES) {
    using peer = await ScriptedPeer.connect(victim.address)
    peer.send(Buffer.from(text, 'latin1'))
    await peer.dropped()
  }
  await assertServes(victim)
})

test('what could be an encrypted handshake is dropped when it cannot be one any more', async () => {
  await using victim = await startSeed()
  for (const text of NO_HANDSHAKES) {
    using peer = await ScriptedPeer.connect(victim.address)
    peer.send(Buffer.from(text.padEnd(MSE_KEY_BYTES + MAX_PAD_BYTES + 20, '.'), 'latin1'))
    await peer.dropped()
  }
  await assertServes(victim)
})

test('a handshake for an unknown torrent is dropped and tells nothing', async () => {
  await using victim = await startSeed()
  using peer = await ScriptedPeer.connect(victim.address)
  peer.send(Buffer.from('\x13BitTorrent protocol', 'latin1'), Buffer.alloc(8), Buffer.alloc(20, 7), Buffer.alloc(20, 8))
  await peer.dropped()
  if (peer.receivedBytes > 0) throw new Error(`${peer.receivedBytes} bytes came`)
})

test('useless but legal messages do no harm: ten thousand keep-alives, unknown messages, port, suggestions', async () => {
  await using victim = await startSeed()
  using peer = await ScriptedPeer.dial(victim.address, victim.torrent)
  peer.send(message(ID.haveNone), Buffer.alloc(40_000))
  peer.send(message(99, [1, 2]), message(ID.port, [], Buffer.of(1, 2)), message(ID.suggest, [1]))
  peer.send(message(ID.interested))
  await peer.next(ID.unchoke)
  await assertServes(victim)
})
