import assert from 'node:assert/strict'
import test from 'node:test'
import { type Encodable, type EncodableObject, encodeBencode } from '../../../src/core/bencode.ts'
import { concatBytes, toHex, toLatin1 } from '../../../src/core/bytes.ts'
import { rootOfLayer } from '../../../src/core/metainfo/merkle.ts'
import { leavesOfPiece } from '../../../src/core/metainfo/metainfo.ts'
import { parseInfo, parseTorrent } from '../../../src/core/metainfo/parse.ts'
import { nodeHasher } from '../../../src/io/hasher.ts'
import { refusesTorrent } from './refuses.ts'

const BLOCK = 16_384
const PIECE = 2 * BLOCK
const node = (n: number): Uint8Array => new Uint8Array(32).fill(n)
/** `big` has three pieces, the last of one block; `small` one piece. */
const LAYER = concatBytes([node(1), node(2), node(3)])
const BIG = rootOfLayer(LAYER, 2, nodeHasher)
const SMALL = node(9)
const big = { '': { length: 5 * BLOCK - 1, 'pieces root': BIG } }
const small = { '': { length: 10, 'pieces root': SMALL } }
const TREE = { big, dir: { empty: { '': { length: 0 } }, small } }
const INFO = { 'file tree': TREE, 'meta version': 2, name: 'top', 'piece length': PIECE }
const LAYERS: ReadonlyMap<string, Uint8Array> = new Map([[toLatin1(BIG), LAYER]])

/** `piece layers` has keys that are no text, so it is a map. */
function write(info: EncodableObject, layers: ReadonlyMap<string, Uint8Array> = LAYERS): Uint8Array {
  return encodeBencode({ info, 'piece layers': new Map(layers) })
}
const refuses = (info: EncodableObject, why: RegExp): void => refusesTorrent(write(info), why)

test('[106] files begin a piece each, in the order of the tree; empty files have no root', () => {
  const { info, pieceRoots } = parseTorrent(write(INFO), nodeHasher)
  assert.deepEqual(
    info.files.map((file) => [file.path.join('/'), file.offset, file.length, file.root]),
    [
      ['top/big', 0, 5 * BLOCK - 1, BIG],
      ['top/dir/empty', 5 * BLOCK - 1, 0, undefined],
      ['top/dir/small', 3 * PIECE, 10, SMALL],
    ],
  )
  assert.equal(info.geometry.pieceCount, 4)
  assert.equal(info.totalSize, 5 * BLOCK + 9)
  assert.deepEqual(pieceRoots, concatBytes([LAYER, SMALL]))
  assert.equal(info.pieceHashes, undefined)
})

test('[109] a piece ends where its file does', () => {
  const { geometry } = parseTorrent(write(INFO), nodeHasher).info
  const lengths = [0, 1, 2, 3].map((n) => geometry.dataBytes(geometry.pieceIndex(n) ?? assert.fail()))
  assert.deepEqual(lengths, [PIECE, PIECE, BLOCK - 1, 10])
})

test('[108] the last piece of a layer covers as many leaves as the others, a file of one piece only its own', () => {
  const { info } = parseTorrent(write(INFO), nodeHasher)
  const widths = [0, 2, 3].map((n) => leavesOfPiece(info, info.geometry.pieceIndex(n) ?? assert.fail()))
  assert.deepEqual(widths, [2, 2, 1])
})

test('[105] the v2 info-hash is SHA-256 of the raw bytes, and a v2 torrent has no v1 hash', () => {
  const { info } = parseTorrent(write(INFO), nodeHasher)
  assert.equal(toHex(info.infoHashV2 ?? node(0)), toHex(nodeHasher.sha256(encodeBencode(INFO))))
  assert.equal(info.infoHashV1, undefined)
  assert.deepEqual(parseInfo(encodeBencode(INFO), nodeHasher).infoHashV2, info.infoHashV2)
})

test('[3] a tree of one file is a single file', () => {
  const { info } = parseTorrent(write({ ...INFO, 'file tree': { small } }), nodeHasher)
  assert.deepEqual(info.files[0]?.path, ['small'])
})

test('[106] files of equal content share a layer', () => {
  const { pieceRoots } = parseTorrent(write({ ...INFO, 'file tree': { a: big, b: big } }), nodeHasher)
  assert.deepEqual(pieceRoots, concatBytes([LAYER, LAYER]))
})

test('[107] layers that are missing or do not add up to the root are refused', () => {
  const key = toLatin1(BIG)
  refusesTorrent(encodeBencode({ info: INFO }), /piece layers has none for "top\/big"/)
  refusesTorrent(write(INFO, new Map()), /piece layers has none for "top\/big"/)
  for (const wrong of [LAYER.toReversed(), LAYER.subarray(1), LAYER.subarray(32), concatBytes([LAYER, node(0)])]) {
    refusesTorrent(write(INFO, new Map([[key, wrong]])), /the piece layer of "top\/big" is not that of its root/)
  }
})

test('[103] the version is looked at first', () => {
  refusesTorrent(write({ 'meta version': 3 }), /is of version 3, newer than this program can read/)
  refuses({ ...INFO, 'meta version': 1 }, /meta version is not 2/)
  refuses({ ...INFO, 'meta version': 'x' }, /meta version is not 2/)
})

test('[104] the piece length is a power of two from 16 KiB', () => {
  for (const length of [8192, 3 * BLOCK, 20_000])
    refuses({ ...INFO, 'piece length': length }, /power of two from 16384/)
})

test('[137] names of a tree are cleaned, links that lead out refused', () => {
  const link = { '': { attr: 'l', 'symlink path': ['dir', 'x'] } }
  const tree = { '..': { x: small }, a: { '..': small }, link }
  const { info } = parseTorrent(write({ ...INFO, 'file tree': tree }), nodeHasher)
  assert.deepEqual(
    info.files.map((file) => file.path.join('/')),
    ['top/x', 'top/a', 'top/link'],
  )
  assert.deepEqual(info.files[2]?.symlink, ['top', 'dir', 'x'])
  const out = { '': { attr: 'l', length: 0, 'symlink path': ['..', 'x'] } }
  refuses({ ...INFO, 'file tree': { a: small, out } }, /info\.file tree "out"\.symlink path leads out/)
})

const badTrees: readonly [tree: Encodable, why: RegExp][] = [
  [[], /file tree is no dictionary/],
  [{}, /no data/],
  [{ '': { length: 5, 'pieces root': SMALL } }, /file tree is a file itself/],
  [{ a: 5 }, /info\.file tree "a" is no dictionary/],
  [{ d: { a: { ...small, b: small } } }, /info\.file tree "d\/a" is a file and a folder/],
  [{ a: { '': { length: -1 } } }, /"a"\.length is negative/],
  [{ a: { '': { length: 5 } } }, /"a" has no pieces root of 32 bytes/],
  [{ a: { '': { length: 5, 'pieces root': 'x' } } }, /"a" has no pieces root of 32 bytes/],
  [{ a: { '': { attr: 'p', length: 5, 'pieces root': SMALL } } }, /"a" is padding/],
  [{ a: { '': { length: 2 ** 50, 'pieces root': SMALL } } }, /more than 2097152 pieces/],
]
for (const [n, [tree, why]] of badTrees.entries()) {
  test(`[128] a bad tree is refused with one sentence (${n}): ${why.source}`, () =>
    refuses({ ...INFO, 'file tree': tree }, why))
}

const V1_FILES = [
  { length: 5 * BLOCK - 1, path: ['big'] },
  { attr: 'p', length: BLOCK + 1, path: ['.pad', '16385'] },
  { length: 0, path: ['dir', 'empty'] },
  { length: 10, path: ['dir', 'small'] },
]
const HYBRID = { ...INFO, files: V1_FILES, pieces: 'h'.repeat(80) }

test('[111] a hybrid torrent is one list of files with two hashes', () => {
  const { info, pieceRoots } = parseTorrent(write(HYBRID), nodeHasher)
  assert.deepEqual(
    info.files.map((file) => [file.path.join('/'), file.offset, file.isPad, file.root]),
    [
      ['top/big', 0, false, BIG],
      ['top/.pad/16385', 5 * BLOCK - 1, true, undefined],
      ['top/dir/empty', 3 * PIECE, false, undefined],
      ['top/dir/small', 3 * PIECE, false, SMALL],
    ],
  )
  assert.deepEqual(pieceRoots, concatBytes([LAYER, SMALL]))
  assert.equal(toHex(info.infoHashV1 ?? node(0)), toHex(nodeHasher.sha1(encodeBencode(HYBRID))))
  assert.equal(toHex(info.infoHashV2 ?? node(0)), toHex(nodeHasher.sha256(encodeBencode(HYBRID))))
  assert.equal(info.totalSize, 5 * BLOCK + 9)
})

test('[115] padding after the last file is as good as none', () => {
  const tail = { attr: 'p', length: PIECE - 10, path: ['.pad', String(PIECE - 10)] }
  const { info } = parseTorrent(write({ ...HYBRID, files: [...V1_FILES, tail] }), nodeHasher)
  assert.equal(info.geometry.pieceCount, 4)
})

test('[111] a hybrid torrent of a single file needs no padding', () => {
  const single = { 'file tree': { small }, name: 'small', length: 10, pieces: 'h'.repeat(20) }
  const { info } = parseTorrent(write({ ...INFO, ...single }), nodeHasher)
  assert.deepEqual(info.files[0]?.path, ['small'])
  assert.deepEqual(info.files[0]?.root, SMALL)
})

test('[111] halves that differ are refused', () => {
  const [first, pad, empty, last] = V1_FILES
  const files = (...list: readonly (EncodableObject | undefined)[]): EncodableObject => ({
    ...HYBRID,
    files: list.filter((file) => file !== undefined),
  })
  refuses(files(first, pad, last), /v1 and v2 halves differ: 2 files and 3 files/)
  refuses(files(first, pad, last, empty), /info\.files\[2\] is not file 1 of info\.file tree/)
  refuses(files(first, pad, empty, { ...last, length: 11 }), /info\.files\[3\] is not file 2/)
  refuses(files(first, pad, empty, { ...last, path: ['dir', 'smal1'] }), /info\.files\[3\] is not file 2/)
  refuses(files(first, empty, last), /info\.files\[2\] does not begin where its first v2 piece does/)
  refuses(files(first, { ...pad, length: BLOCK + 1 + PIECE }, empty, last), /info\.files\[3\] does not begin/)
  const twoPieces = { attr: 'p', length: 2 * PIECE }
  refuses(files(first, pad, empty, last, twoPieces), /one has more pieces/)
})
