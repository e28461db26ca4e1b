import assert from 'node:assert/strict'
import test from 'node:test'
import { readMetadataMessage } from '../../../src/core/ext/metadata-message.ts'
import { MetadataUpload } from '../../../src/core/ext/metadata-upload.ts'

const metadata = Uint8Array.from({ length: 40_000 }, (_, n) => n % 251)

function ask(upload: MetadataUpload, piece: number, from: Uint8Array | undefined, now: number): string {
  const answer = upload.onRequest(piece, from, now)
  if (typeof answer === 'string') return answer
  const message = readMetadataMessage(answer)
  assert.ok(message !== undefined && typeof message !== 'string')
  assert.equal(message.piece, piece)
  if (message.type !== 'data') return message.type
  assert.equal(message.totalSize, metadata.length)
  assert.deepEqual(message.bytes, metadata.subarray(piece * 16_384, (piece + 1) * 16_384))
  return `${message.bytes.length} bytes`
}

test('[43] pieces have 16 KiB, the last one less', () => {
  const upload = new MetadataUpload()
  assert.deepEqual(
    [0, 1, 2].map((piece) => ask(upload, piece, metadata, 0)),
    ['16384 bytes', '16384 bytes', '7232 bytes'],
  )
})

test('[44] without metadata, and for a piece that does not exist, the answer is a reject', () => {
  assert.equal(ask(new MetadataUpload(), 0, undefined, 0), 'reject')
  assert.equal(ask(new MetadataUpload(), 3, metadata, 0), 'reject')
  assert.equal(ask(new MetadataUpload(), Number.MAX_SAFE_INTEGER, metadata, 0), 'reject')
})

test('[49] a peer gets everything twice at once, then a piece a second', () => {
  const upload = new MetadataUpload()
  for (let n = 0; n < 6; n++) assert.match(ask(upload, n % 3, metadata, 5000), /bytes/)
  assert.equal(ask(upload, 0, metadata, 5000), 'reject')
  assert.equal(ask(upload, 0, metadata, 5999), 'reject')
  assert.equal(ask(upload, 0, metadata, 6000), '16384 bytes')
  assert.equal(ask(upload, 0, metadata, 6000), 'reject')
})

test('[49] rejects from before we had the metadata do not count against the peer', () => {
  const upload = new MetadataUpload()
  for (let n = 0; n < 50; n++) assert.equal(ask(upload, 0, undefined, 0), 'reject')
  assert.equal(ask(upload, 0, metadata, 0), '16384 bytes')
})

test('[49] a peer that goes on asking after a hundred rejects is a flood', () => {
  const upload = new MetadataUpload()
  for (let n = 0; n < 100; n++) assert.equal(ask(upload, 9, metadata, 1000), 'reject')
  assert.equal(ask(upload, 9, metadata, 1000), 'flood')
})
