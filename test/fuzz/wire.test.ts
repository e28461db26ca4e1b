import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { toHex } from '../../src/core/bytes.ts'
import { infoHash, peerId } from '../../src/core/ids.ts'
import { WireDecoder } from '../../src/core/wire/decoder.ts'
import { HANDSHAKE_BYTES, readHandshake, writeHandshake } from '../../src/core/wire/handshake.ts'
import * as hashMessages from '../../src/core/wire/hash-messages.ts'
import { clientName } from '../../src/core/wire/client-name.ts'
import * as messages from '../../src/core/wire/messages.ts'
import { joined, Recorder } from '../core/wire/recorder.ts'
import { readCorpus } from './corpus.ts'
import { mutated } from './mutate.ts'

const corpus = readCorpus('wire').map(({ bytes }) => bytes)
const { MESSAGE } = messages
const PLAIN = { noNullPrototype: true } // records as deepEqual wants them

/** The calls for `bytes` cut at `cuts`, with the violation they end in. */
function decode(bytes: Uint8Array, cuts: readonly number[] = []): string[] {
  const recorder = new Recorder()
  const decoder = new WireDecoder(recorder, { maxPayload: 300, maxBlock: 100 })
  const ends = [...cuts.filter((cut) => cut <= bytes.length).sort((a, b) => a - b), bytes.length]
  let start = 0
  let violation
  for (const end of ends) {
    // Each read has a buffer of its own that is spoilt afterwards: what was borrowed must not be needed any more.
    const read = bytes.slice(start, end)
    violation = decoder.push(read, 0, read.length)
    read.fill(0xee)
    start = end
  }
  return [...joined(recorder.calls), `ends with ${violation}`]
}

const u32 = fc.nat({ max: 2 ** 32 - 1 })
type Case = { readonly calls: string[]; readonly bytes: Uint8Array }

function written(calls: string[], write: (buf: Uint8Array) => number): Case {
  const buf = new Uint8Array(400)
  return { calls, bytes: buf.slice(0, write(buf)) }
}

const message: fc.Arbitrary<Case> = fc.oneof(
  fc.constant(written(['keep-alive'], (buf) => messages.writeKeepAlive(buf, 0))),
  fc
    .constantFrom<messages.BareMessageId[]>(0, 1, 2, 3, 14, 15)
    .map((id) => written([`message ${id}: 0 0 0`], (buf) => messages.writeBare(buf, 0, id))),
  fc
    .tuple(fc.constantFrom<messages.IndexMessageId[]>(4, 13, 17), u32)
    .map(([id, index]) => written([`message ${id}: ${index} 0 0`], (buf) => messages.writeIndex(buf, 0, id, index))),
  fc
    .tuple(fc.constantFrom<messages.BlockMessageId[]>(6, 8, 16), u32, u32, u32)
    .map(([id, a, b, c]) =>
      written([`message ${id}: ${a} ${b} ${c}`], (buf) => messages.writeBlockMessage(buf, 0, id, a, b, c)),
    ),
  fc.nat({ max: 65_535 }).map((port) => written([`message 9: ${port} 0 0`], (buf) => messages.writePort(buf, 0, port))),
  fc.tuple(u32, u32, fc.uint8Array({ minLength: 1, maxLength: 100, size: 'max' })).map(([index, begin, block]) =>
    written([`block ${index} ${begin} ${block.length}`, `bytes ${toHex(block)}`, 'block end'], (buf) => {
      const at = messages.writeBlockHeader(buf, 0, index, begin, block.length)
      buf.set(block, at)
      return at + block.length
    }),
  ),
  fc
    .tuple(fc.constantFrom<messages.PayloadMessageId[]>(5, 21, 22, 23), fc.uint8Array({ maxLength: 300, size: 'max' }))
    .map(([id, payload]) =>
      written([`payload ${id}: ${toHex(payload)}`], (buf) => messages.writePayload(buf, 0, id, payload)),
    ),
  fc.tuple(fc.nat({ max: 255 }), fc.uint8Array({ maxLength: 299, size: 'max' })).map(([id, body]) =>
    written([`payload ${MESSAGE.extended}: ${toHex(Uint8Array.of(id, ...body))}`], (buf) => {
      const at = messages.writeExtendedHeader(buf, 0, id, body.length)
      buf.set(body, at)
      return at + body.length
    }),
  ),
)

test('wire: decoding undoes encoding, wherever the bytes are cut', () => {
  const cuts = fc.array(fc.nat({ max: 2000 }), { maxLength: 10 })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 10 }), cuts, (cases, cutAt) => {
      const bytes = Uint8Array.from(cases.flatMap((one) => [...one.bytes]))
      assert.deepEqual(decode(bytes, cutAt), [...cases.flatMap((one) => one.calls), 'ends with undefined'])
    }),
    { numRuns: 1000 },
  )
})

test('wire: any bytes decode or are refused, the same wherever they are cut', () => {
  const anything = fc.oneof(fc.uint8Array({ maxLength: 200, size: 'max' }), mutated(corpus))
  fc.assert(
    fc.property(anything, fc.array(fc.nat({ max: 600 }), { maxLength: 10 }), (bytes, cuts) => {
      assert.deepEqual(decode(bytes, cuts), decode(bytes))
    }),
    { numRuns: 3000 },
  )
  const everywhere = Array.from({ length: 1000 }, (_, cut) => cut)
  for (const bytes of corpus) assert.deepEqual(decode(bytes, everywhere), decode(bytes))
})

test('wire: any handshake is read as it was written, any bytes are read or refused', () => {
  const twenty = fc.uint8Array({ minLength: 20, maxLength: 20 })
  const flags = fc.record({ extended: fc.boolean(), fast: fc.boolean(), dht: fc.boolean(), v2: fc.boolean() }, PLAIN)
  fc.assert(
    fc.property(twenty, twenty, flags, fc.uint8Array({ maxLength: 100 }), (hashBytes, idBytes, given, other) => {
      const [hash, id] = [infoHash(hashBytes), peerId(idBytes)]
      assert.ok(hash !== undefined && id !== undefined)
      const buf = new Uint8Array(HANDSHAKE_BYTES)
      writeHandshake(buf, 0, hash, id, given)
      assert.deepEqual(readHandshake(buf, 0, buf.length), { flags: given, infoHash: hash, peerId: id })
      assert.ok(clientName(id).length > 0)
      readHandshake(other, 0, other.length)
      const spoilt = Uint8Array.of(...buf.subarray(0, 20), ...other)
      readHandshake(spoilt, 0, spoilt.length)
    }),
  )
})

test('wire: any hash message is read as it was written, any bytes are read or refused', () => {
  const request = fc
    .record(
      {
        root: fc.uint8Array({ minLength: 32, maxLength: 32 }),
        baseLayer: fc.nat({ max: 10 }),
        index: fc.nat({ max: 1000 }),
        length: fc.constantFrom(2, 4, 8, 16),
        proofLayers: fc.nat({ max: 20 }),
      },
      PLAIN,
    )
    .map((one) => ({ ...one, index: one.index * one.length }))
  fc.assert(
    fc.property(request, fc.uint8Array({ maxLength: 200 }), (asked, other) => {
      const count = asked.length + hashMessages.uncleCount(asked.length, asked.proofLayers)
      const hashes = new Uint8Array(count * hashMessages.HASH_BYTES).fill(5)
      const read = hashMessages.readHashes(hashMessages.writeHashes(asked, hashes))
      assert.deepEqual(read, { request: asked, hashes })
      assert.deepEqual(hashMessages.readHashRequest(hashMessages.writeHashRequest(asked)), asked)
      hashMessages.readHashes(other)
      hashMessages.readHashRequest(other)
    }),
  )
})
