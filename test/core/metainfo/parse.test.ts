import assert from 'node:assert/strict'
import test from 'node:test'
import { type EncodableObject, encodeBencode } from '../../../src/core/bencode.ts'
import { fromLatin1, toHex } from '../../../src/core/bytes.ts'
import type { Metainfo } from '../../../src/core/metainfo/metainfo.ts'
import { parseInfo, parseTorrent } from '../../../src/core/metainfo/parse.ts'
import { nodeHasher } from '../../../src/io/hasher.ts'
import { refusesTorrent } from './refuses.ts'

const parse = (text: string, platform?: string): Metainfo => parseTorrent(fromLatin1(text), nodeHasher, platform)
const HASH = 'h'.repeat(20)
/** A single file `a` of 5 bytes. */
const SMALL = `d6:lengthi5e4:name1:a12:piece lengthi16384e6:pieces20:${HASH}e`
const INFO = { length: 5, name: 'a', 'piece length': 16384, pieces: HASH }
const FILES = { name: 'top', 'piece length': 16384, pieces: HASH }

function torrent(outer: EncodableObject): Metainfo {
  return parseTorrent(encodeBencode({ info: INFO, ...outer }), nodeHasher)
}
function withInfo(info: EncodableObject): Metainfo {
  return parseTorrent(encodeBencode({ info }), nodeHasher)
}
const paths = (metainfo: Metainfo): string[] => metainfo.info.files.map((file) => file.path.join('/'))
const refuses = (info: EncodableObject, why: RegExp): void => refusesTorrent(encodeBencode({ info }), why)

test('[3] a single file goes into the download folder, and name is its name', () => {
  const { info } = parse(`d4:info${SMALL}e`)
  assert.equal(info.name, 'a')
  assert.deepEqual(info.files, [
    {
      offset: 0,
      length: 5,
      isPad: false,
      path: ['a'],
      isExecutable: false,
      isHidden: false,
      symlink: undefined,
      root: undefined,
    },
  ])
  assert.equal(info.totalSize, 5)
  assert.equal(toHex(info.pieceHashes ?? new Uint8Array(0)), '68'.repeat(20))
})

test('[3] several files go into a folder called name, also when there is only one', () => {
  const files = [
    { length: 4, path: ['x', 'y'] },
    { length: 0, path: ['empty'] },
    { length: 2, path: ['z'] },
  ]
  const metainfo = withInfo({ ...FILES, files })
  assert.deepEqual(paths(metainfo), ['top/x/y', 'top/empty', 'top/z'])
  assert.deepEqual(
    metainfo.info.files.map((file) => file.offset),
    [0, 4, 4],
  )
  assert.deepEqual(paths(withInfo({ ...FILES, files: [{ length: 4, path: ['x'] }] })), ['top/x'])
})

test('[1] the info-hash is that of the raw bytes: unsorted and unknown keys, great numbers, keys that are no UTF-8', () => {
  for (const odd of ['1:zi1e1:ai2e', '2:\xff\xfei3e', '3:bigi9007199254740993e', '9:__proto__i1e']) {
    const info = `${SMALL.slice(0, -1)}${odd}e`
    const parsed = parse(`d4:info${info}e`).info
    assert.equal(toHex(parsed.infoHashV1 ?? new Uint8Array(0)), toHex(nodeHasher.sha1(fromLatin1(info))), odd)
    assert.equal(parsed.bytes.length, info.length)
    assert.equal(parsed.infoHashV2, undefined)
    assert.deepEqual(parseInfo(fromLatin1(info), nodeHasher).infoHashV1, parsed.infoHashV1)
  }
})

test('[123] the bytes of info inside a larger buffer are found', () => {
  const file = Buffer.concat([Buffer.from('xx'), Buffer.from(`d4:info${SMALL}e`, 'latin1')]).subarray(2)
  assert.equal(Buffer.from(parseTorrent(file, nodeHasher).info.bytes).toString('latin1'), SMALL)
})

test('[4] the number of pieces is the size divided by the piece length, rounded up', () => {
  const pieces = 'h'.repeat(40)
  assert.equal(withInfo({ ...INFO, length: 16385, pieces }).info.geometry.pieceCount, 2)
  refuses({ ...INFO, length: 16385 }, /info\.pieces has 1 hashes, but there are 2 pieces/)
  refuses({ ...INFO, length: 16384, pieces }, /info\.pieces has 2 hashes, but there are 1 pieces/)
  refuses({ ...INFO, pieces: 'h'.repeat(19) }, /info\.pieces/)
})

test('[62] announce-list wins over announce', () => {
  const tiers = [['http://a/', 'udp://b:1'], ['http://c/']]
  assert.deepEqual(torrent({ announce: 'http://z/', 'announce-list': tiers }).trackers, tiers)
  assert.deepEqual(torrent({ announce: 'http://z/' }).trackers, [['http://z/']])
  assert.deepEqual(torrent({ announce: 'http://z/', 'announce-list': [] }).trackers, [['http://z/']])
  assert.deepEqual(torrent({}).trackers, [])
})

test('[65] odd types and odd URLs in the tiers do not stop the load', () => {
  const odd = [
    [1, ['x'], ' http://a/ ', 'http://a/'],
    'http://b/',
    7,
    [],
    ['', 'nonsense', 'http://c/\x1b[2J'],
    ['http://b/'],
  ]
  assert.deepEqual(torrent({ 'announce-list': odd }).trackers, [['http://a/'], ['http://b/']])
  assert.deepEqual(torrent({ announce: 'http://x/', 'announce-list': 5 }).trackers, [['http://x/']])
})

test('[78] url-list is a string or a list, and an empty string is nothing', () => {
  assert.deepEqual(torrent({ 'url-list': 'http://a/x y' }).webSeeds, ['http://a/x y'])
  assert.deepEqual(torrent({ 'url-list': ['http://a/', '', 3, 'http://b/'] }).webSeeds, ['http://a/', 'http://b/'])
  assert.deepEqual(torrent({ 'url-list': '' }).webSeeds, [])
})

test('[85] private is a number inside info, and then there are no nodes', () => {
  const nodes = [['h.example', 6881], ['::1', 1], ['x', 0], [3, 4], 'x', ['a b', 1]]
  const open = torrent({ nodes, private: 1 })
  assert.equal(open.info.isPrivate, false)
  assert.deepEqual(open.nodes, [
    ['h.example', 6881],
    ['::1', 1],
  ])
  const closed = torrent({ nodes, info: { ...INFO, private: 1, source: 'S' } })
  assert.equal(closed.info.isPrivate, true)
  assert.equal(closed.info.source, 'S')
  assert.deepEqual(closed.nodes, [])
  assert.equal(torrent({ info: { ...INFO, private: 0 } }).info.isPrivate, false)
})

test('[125] what only describes the torrent is left out when it is odd', () => {
  const metainfo = torrent({ comment: 3, 'created by': ['x'], 'creation date': 9e15 })
  assert.deepEqual([metainfo.comment, metainfo.createdBy, metainfo.createdAt], [undefined, undefined, undefined])
  const plain = torrent({ comment: 'c', 'created by': 'b', 'creation date': 5 })
  assert.deepEqual([plain.comment, plain.createdBy, plain.createdAt], ['c', 'b', 5])
})

test('[99] padding has a place in the pieces and none on disk, also [100] without a path', () => {
  const files = [
    { length: 4, path: ['x'] },
    { attr: 'p', length: 16380, path: ['..', 'evil'] },
    { attr: 'p', length: 0 },
    { attr: 'xh?', length: 2, path: ['y'] },
  ]
  const { info } = withInfo({ ...FILES, files, pieces: 'h'.repeat(40) })
  assert.equal(info.totalSize, 6)
  assert.deepEqual(
    info.files.map((file) => [file.path.join('/'), file.offset, file.isPad, file.isExecutable, file.isHidden]),
    [
      ['top/x', 0, false, false, false],
      ['top/.pad/16380', 4, true, false, false],
      ['top/.pad/0', 16384, true, false, false],
      ['top/y', 16384, false, true, true],
    ],
  )
})

test('[101] a symlink points inside the torrent, [100] with or without a length', () => {
  const link = { attr: 'l', path: ['link'], 'symlink path': ['sub', 'x'] }
  const files = [{ length: 4, path: ['x'] }, link, { ...link, length: 0, path: ['other'] }]
  const { info } = withInfo({ ...FILES, files })
  assert.deepEqual(info.files[1]?.symlink, ['top', 'sub', 'x'])
  assert.deepEqual([info.files[1]?.length, info.files[2]?.path], [0, ['top', 'other']])
})

test('[137] a symlink that leads out is refused, and nothing is placed below a symlink', () => {
  const file = { length: 4, path: ['x'] }
  for (const target of [['..', 'x'], ['a', '..', '..', 'b'], ['', 'etc'], ['/etc/passwd'], ['a\\..\\b'], ['a\0']]) {
    const link = { attr: 'l', path: ['link'], 'symlink path': target }
    refuses({ ...FILES, files: [file, link] }, /info\.files\[1\]\.symlink path leads out of the torrent/)
  }
  refuses({ ...FILES, files: [file, { attr: 'l', path: ['k'] }] }, /info\.files\[1\]\.symlink path is no list/)
  const filled = { attr: 'l', length: 1, path: ['k'], 'symlink path': ['x'] }
  refuses({ ...FILES, files: [file, filled] }, /info\.files\[1\] is a symlink with content/)
  refuses({ ...INFO, attr: 'l', 'symlink path': ['x'] }, /info is a symlink with content/)
  const link = { attr: 'l', path: ['link'], 'symlink path': ['x'] }
  const below = withInfo({ ...FILES, files: [link, { length: 4, path: ['link', 'y'] }] })
  assert.deepEqual(paths(below), ['top/link', 'top/link (1)/y'])
})

test('[136] hostile and equal names become files below the download folder', () => {
  const files = [['..', '..', 'a'], ['/etc/passwd'], ['a'], ['..'], ['b\0c']].map((path) => ({ length: 1, path }))
  const metainfo = withInfo({ ...FILES, name: '../top', files })
  assert.deepEqual(paths(metainfo), ['..top/a', '..top/etcpasswd', '..top/a (1)', '..top/_', '..top/b_c'])
})

test('[138] a name that is no name is replaced', () => {
  assert.deepEqual(paths(withInfo({ ...INFO, name: '..' })), ['_'])
  assert.deepEqual(paths(withInfo({ ...FILES, name: '..', files: [{ length: 1, path: ['a'] }] })), ['_/a'])
  assert.deepEqual(paths(parse(`d4:info${SMALL.replace('1:a12', '3:CON12')}e`, 'win32')), ['_CON'])
})

test('old encodings: the keys that say utf-8 are preferred', () => {
  const files = [{ length: 4, path: [fromLatin1('\xe4')], 'path.utf-8': ['ä'] }]
  assert.deepEqual(paths(withInfo({ ...FILES, name: fromLatin1('\xfc'), 'name.utf-8': 'ü', files })), ['ü/ä'])
})

const file = { length: 4, path: ['x'] }
const badInfo: readonly [info: EncodableObject, why: RegExp][] = [
  [{}, /info\.name is missing/],
  [{ ...INFO, name: 3 }, /info\.name is missing/],
  [{ ...INFO, length: undefined }, /neither length nor files/],
  [{ ...INFO, files: [file] }, /both length and files/],
  [{ ...INFO, length: -1 }, /info\.length is negative/],
  [{ ...INFO, length: 'x' }, /info\.length is no number/],
  [{ ...INFO, length: 2n ** 62n }, /info\.length is no number that a file can have/],
  [{ ...INFO, length: Number.MAX_SAFE_INTEGER }, /more than 2097152 pieces/],
  [{ ...INFO, length: 0, pieces: '' }, /no data/],
  [{ ...INFO, 'piece length': 0 }, /piece length is not above zero/],
  [{ ...INFO, 'piece length': -5 }, /piece length is not above zero/],
  [{ ...INFO, 'piece length': undefined }, /piece length is missing/],
  [{ ...INFO, 'piece length': 2 ** 30 }, /piece length is above 536870912/],
  [{ ...INFO, 'piece length': 1, length: 2_097_153 }, /more than 2097152 pieces/],
  [{ ...INFO, pieces: undefined }, /pieces is missing/],
  [{ ...FILES, files: {} }, /info\.files is no list/],
  [{ ...FILES, files: [] }, /no data/],
  [{ ...FILES, files: [file, 3] }, /info\.files\[1\] is no dictionary/],
  [{ ...FILES, files: [file, { path: ['x'] }] }, /info\.files\[1\]\.length is missing/],
  [{ ...FILES, files: [file, { ...file, length: -1 }] }, /info\.files\[1\]\.length is negative/],
  [{ ...FILES, files: Array<typeof file>(3).fill({ ...file, length: 2 ** 52 }) }, /more than 2097152 pieces/],
  [{ ...FILES, files: [{ length: 4 }] }, /info\.files\[0\]\.path is no list/],
  [{ ...FILES, files: [{ ...file, path: 'x' }] }, /info\.files\[0\]\.path is no list/],
  [{ ...FILES, files: [{ ...file, path: [] }] }, /info\.files\[0\]\.path is empty/],
  [{ ...FILES, files: [{ length: 4, path: [1] }] }, /info\.files\[0\]\.path has an element that is no string/],
  [{ ...FILES, files: [{ ...file, path: Array<string>(101).fill('d') }] }, /path has more than 100 elements/],
]
for (const [n, [info, why]] of badInfo.entries()) {
  test(`[128] refused with one sentence (${n}): ${why.source}`, () => refuses(info, why))
}

const badBytes: readonly [text: string, why: RegExp][] = [
  ['', /at byte 0/],
  ['<html>', /at byte 0, a value begins with an unknown character/],
  ['i1e', /no dictionary/],
  ['de', /info is missing/],
  ['d4:infoi1ee', /info is missing or no dictionary/],
  [`d4:info${SMALL}exx`, /at byte 83, there are bytes after the end/],
  [`d4:info${SMALL}4:info${SMALL}e`, /a dictionary key occurs twice/],
  [`d4:info${SMALL.replace('i5e', 'i05e')}e`, /at byte 17, "05" is no integer/],
  [`d1:x${'l'.repeat(200)}`, /nested too deeply/],
]
for (const [text, why] of badBytes) {
  test(`[125] refused with one sentence: ${why.source}`, () => refusesTorrent(fromLatin1(text), why))
}

test('[128] more than 10 MiB are not looked at', () => {
  refusesTorrent(new Uint8Array(10 * 1024 * 1024 + 1), /more than 10485760 bytes/)
})

test('an info dictionary alone says the same as inside a torrent', () => {
  assert.equal(parseInfo(fromLatin1(SMALL), nodeHasher).name, 'a')
})
