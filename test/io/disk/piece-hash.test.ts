import assert from 'node:assert/strict'
import { hash, randomFillSync } from 'node:crypto'
import test from 'node:test'
import fc from 'fast-check'
import { toHex } from '../../../src/core/bytes.ts'
import { BLOCK_BYTES } from '../../../src/core/geometry.ts'
import { type HashShape, hashPiece, hashPieces, PieceHash, type PieceHashes } from '../../../src/io/disk/piece-hash.ts'
import { countUnpaired } from '../../../src/io/sha1-pair.ts'

const hex = ({ v1, v2 }: PieceHashes): unknown => [v1, v2].map((bytes) => bytes && toHex(bytes))
const PIECE_BYTES = 4 * BLOCK_BYTES
countUnpaired(16 * 1024 * 1024) // from here on two at once, where that is possible

test('several pieces have the hashes that each has alone', () => {
  const lengths = fc.constantFrom(PIECE_BYTES, PIECE_BYTES, PIECE_BYTES, BLOCK_BYTES, 1, 64, BLOCK_BYTES + 1)
  const kinds = fc.constantFrom(
    { hasV1: true, hasV2: false },
    { hasV1: false, hasV2: true },
    { hasV1: true, hasV2: true },
  )
  fc.assert(
    fc.property(
      fc.array(lengths, { maxLength: 8 }),
      kinds,
      fc.constantFrom(0, PIECE_BYTES, 100_000),
      (dataBytes, kind, paddedBytes) => {
        const pieces = dataBytes.map((length) => ({
          bytes: randomFillSync(new Uint8Array(length)),
          shape: { ...kind, dataBytes: length, pieceBytes: Math.max(length, paddedBytes), leaves: 4 } as HashShape,
        }))
        const hashes = hashPieces(pieces).map(hex)
        assert.deepEqual(
          hashes,
          pieces.map((piece) => hex(hashPiece(piece))),
        )
        for (const [n, { bytes, shape }] of pieces.entries()) {
          const inParts = new PieceHash(shape)
          for (let at = 0; at < bytes.length; at += BLOCK_BYTES) inParts.update(bytes.subarray(at, at + BLOCK_BYTES))
          const alone = inParts.finish()
          assert.deepEqual(hashes[n], hex(alone))
          if (!kind.hasV1) continue
          const padded = Buffer.concat([bytes, new Uint8Array(shape.pieceBytes - shape.dataBytes)])
          assert.equal(toHex(alone.v1 ?? padded), hash('sha1', padded))
        }
      },
    ),
  )
})
