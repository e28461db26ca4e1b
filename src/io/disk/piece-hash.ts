// The hashes of one piece, whose bytes come in parts: SHA-1 over all of it with its padding (BEP 3, 47), and the root of
// the tree over its 16 KiB blocks (BEP 52), as far as the torrent has them.
import { createHash, type Hash, hash } from 'node:crypto'
import { BLOCK_BYTES } from '../../core/geometry.ts'
import { merkleRoot, NODE_BYTES } from '../../core/metainfo/merkle.ts'
import { nodeHasher } from '../hasher.ts'

/** What a piece is compared by. */
export interface PieceHashes {
  /** 20 bytes. */
  readonly v1: Uint8Array | undefined
  /** 32 bytes. */
  readonly v2: Uint8Array | undefined
}

export interface HashShape {
  readonly hasV1: boolean
  readonly hasV2: boolean
  /** Bytes of the piece without the padding at its end, and with it. */
  readonly dataBytes: number
  readonly pieceBytes: number
  /** Of the v2 tree, a power of two. */
  readonly leaves: number
}

const ZEROS = new Uint8Array(64 * 1024)
/** Enough to tell apart what a handful of peers sent as the same block. */
export const DIGEST_BYTES = 8

export class PieceHash {
  readonly #shape: HashShape
  readonly #sha1: Hash | undefined
  readonly #leaves: Uint8Array
  #leafCount = 0
  #hashedBytes = 0

  constructor(shape: HashShape) {
    this.#shape = shape
    this.#sha1 = shape.hasV1 ? createHash('sha1') : undefined
    this.#leaves = new Uint8Array(shape.hasV2 ? Math.ceil(shape.dataBytes / BLOCK_BYTES) * NODE_BYTES : 0)
  }

  get hashedBytes(): number {
    return this.#hashedBytes
  }

  /** All parts but the last are whole blocks. */
  update(bytes: Uint8Array): void {
    this.#hashedBytes += bytes.length
    this.#sha1?.update(bytes)
    if (!this.#shape.hasV2) return
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      this.#leaves.set(nodeHasher.sha256(bytes.subarray(at, at + BLOCK_BYTES)), this.#leafCount++ * NODE_BYTES)
    }
  }

  finish(): PieceHashes {
    const { pieceBytes, dataBytes, hasV2, leaves } = this.#shape
    for (let rest = pieceBytes - dataBytes; rest > 0 && this.#sha1 !== undefined; rest -= ZEROS.length) {
      this.#sha1.update(ZEROS.subarray(0, Math.min(rest, ZEROS.length)))
    }
    return {
      v1: this.#sha1?.digest(),
      v2: hasV2 ? merkleRoot(this.#leaves, leaves, nodeHasher) : undefined,
    }
  }
}

/** The hashes of a piece that is in memory as a whole, without its padding. */
export function hashPiece(bytes: Uint8Array, shape: HashShape): PieceHashes {
  // One call instead of three for each piece: a quarter faster for pieces of 16 KiB.
  if (!shape.hasV2 && shape.pieceBytes === bytes.length) return { v1: hash('sha1', bytes, 'buffer'), v2: undefined }
  const pieceHash = new PieceHash(shape)
  pieceHash.update(bytes)
  return pieceHash.finish()
}

/** One digest per block: see `Stored.digests`. Written to `digests` from `at`. */
export function digestBlocks(bytes: Uint8Array, digests: Uint8Array, at: number): void {
  for (let begin = 0; begin < bytes.length; begin += BLOCK_BYTES, at += DIGEST_BYTES) {
    const digest = nodeHasher.sha1(bytes.subarray(begin, begin + BLOCK_BYTES))
    digests.set(digest.subarray(0, DIGEST_BYTES), at)
  }
}
