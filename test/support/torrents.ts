// Torrents for tests, made in memory: described in a few words, with their bytes at hand.
import { createHash } from 'node:crypto'
import { concatBytes } from '../../src/core/bytes.ts'
import type { PieceIndex } from '../../src/core/ids.ts'
import {
  type Content,
  fileRoots,
  inTreeOrder,
  pieceCountOf,
  type TorrentVersion,
  writeInfo,
} from '../../src/core/metainfo/build.ts'
import { merkleRoot, NODE_BYTES } from '../../src/core/metainfo/merkle.ts'
import { type Info, leavesOfPiece } from '../../src/core/metainfo/metainfo.ts'
import { parseInfo } from '../../src/core/metainfo/parse.ts'
import { nodeHasher } from '../../src/io/hasher.ts'

export interface MadeTorrent {
  readonly info: Info
  readonly pieceRoots: Uint8Array | undefined
  /** A piece without the padding at its end: what peers send. */
  readonly piece: (index: number) => Uint8Array
  /** Number of the file whose path ends so. */
  readonly file: (pathEnd: string) => number
}

export interface MadeFile {
  readonly path: string
  readonly bytes?: Uint8Array
  readonly isExecutable?: boolean
  /** Below the torrent's folder. */
  readonly symlink?: string
}

/** Bytes that differ from file to file and repeat nowhere near. */
export function patternBytes(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let n = 0; n < length; n += 32) {
    const block = createHash('sha256').update(`${seed} ${n}`).digest()
    bytes.set(block.subarray(0, Math.min(32, length - n)), n)
  }
  return bytes
}

/** A torrent `top` of these files. One file without a folder in its path is still in the folder. */
export function makeTorrent(
  files: readonly MadeFile[],
  pieceLength: number,
  version: TorrentVersion = 'v1',
): MadeTorrent {
  const inOrder = inTreeOrder(files.map((file) => ({ ...file, path: file.path.split('/') })))
  const content: Content = {
    name: 'top',
    isSingle: false,
    files: inOrder.map((file) => ({
      path: file.path,
      length: file.bytes?.length ?? 0,
      isExecutable: file.isExecutable ?? false,
      symlink: file.symlink?.split('/'),
    })),
    version,
    pieceLength,
    isPrivate: false,
    source: undefined,
  }
  const noHashes = new Uint8Array(version === 'v2' ? 0 : 20 * pieceCountOf(content))
  const plan = parseInfo(
    writeInfo(content, noHashes, () => new Uint8Array(NODE_BYTES)),
    nodeHasher,
    'linux',
  )

  const whole = new Uint8Array(plan.geometry.totalBytes)
  const data = inOrder.map((file) => file.bytes ?? new Uint8Array(0))
  let nth = 0
  for (const file of plan.files) if (!file.isPad) whole.set(data[nth++] ?? new Uint8Array(0), file.offset)
  const { geometry } = plan
  const pieces = Array.from({ length: geometry.pieceCount }, (_, n) => n as PieceIndex)
  const bytesOf = (piece: PieceIndex): Uint8Array =>
    whole.subarray(geometry.pieceOffset(piece), geometry.pieceOffset(piece) + geometry.pieceBytes(piece))

  const v1 = concatBytes(pieces.map((piece) => nodeHasher.sha1(bytesOf(piece))))
  const pieceRoots =
    version === 'v1'
      ? undefined
      : concatBytes(pieces.map((piece) => rootOf(plan, piece, bytesOf(piece).subarray(0, geometry.dataBytes(piece)))))
  const fileRootsFound = pieceRoots === undefined ? [] : fileRoots(plan, pieceRoots, nodeHasher)
  const bytes = writeInfo(content, v1, (file) => fileRootsFound[file] ?? new Uint8Array(NODE_BYTES))
  const info = parseInfo(bytes, nodeHasher, 'linux')
  return {
    info,
    pieceRoots,
    piece: (index) => bytesOf(index as PieceIndex).subarray(0, geometry.dataBytes(index as PieceIndex)),
    file: (pathEnd) => info.files.findIndex((file) => !file.isPad && file.path.join('/').endsWith(pathEnd)),
  }
}

function rootOf(info: Info, piece: PieceIndex, data: Uint8Array): Uint8Array {
  const leaves = Array.from({ length: info.geometry.blockCount(piece) }, (_, block) =>
    nodeHasher.sha256(data.subarray(block * 16_384, (block + 1) * 16_384)),
  )
  return merkleRoot(concatBytes(leaves), leavesOfPiece(info, piece), nodeHasher)
}
