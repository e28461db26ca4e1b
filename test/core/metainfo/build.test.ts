import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { compareBytes, concatBytes, toHex, toLatin1 } from '../../../src/core/bytes.ts'
import {
  type Content,
  choosePieceLength,
  inTreeOrder,
  pieceCountOf,
  type TorrentVersion,
  withPieceHashes,
  writeInfo,
  writeTorrent,
} from '../../../src/core/metainfo/build.ts'
import { layOut } from '../../../src/core/metainfo/layout.ts'
import { magnetOf, printMagnet } from '../../../src/core/metainfo/magnet.ts'
import { rootOfLayer } from '../../../src/core/metainfo/merkle.ts'
import { bareMetainfo, type Metainfo } from '../../../src/core/metainfo/metainfo.ts'
import { parseInfo, parseTorrent } from '../../../src/core/metainfo/parse.ts'
import { nodeHasher } from '../../../src/io/hasher.ts'

const MIB = 1024 * 1024
const PIECE = 32_768
const node = (n: number): Uint8Array => new Uint8Array(32).fill(n)
const file = (path: string, length: number): Content['files'][number] => ({
  path: path.split('/'),
  length,
  isExecutable: false,
  symlink: undefined,
})
const CONTENT: Content = {
  name: 'top',
  isSingle: false,
  files: [file('a', 3 * PIECE - 1), file('b/empty', 0), { ...file('b/x', 5), isExecutable: true }],
  version: 'v1',
  pieceLength: PIECE,
  isPrivate: false,
  source: undefined,
}
const LAYER = concatBytes([node(1), node(2), node(3)])
const ROOTS = [rootOfLayer(LAYER, 2, nodeHasher), undefined, node(9)]
const rootOf = (n: number): Uint8Array => ROOTS[n] ?? assert.fail('only files with content have a root')
const write = (content: Content): string => toLatin1(writeInfo(content, new Uint8Array(0), rootOf))

test('[2] a v1 dictionary: keys sorted, nothing that is not needed', () => {
  const files = `5:filesld6:lengthi${3 * PIECE - 1}e4:pathl1:aeed6:lengthi0e4:pathl1:b5:emptyeed4:attr1:x6:lengthi5e4:pathl1:b1:xeee`
  assert.equal(write(CONTENT), `d${files}4:name3:top12:piece lengthi${PIECE}e6:pieces0:e`)
  const single = { ...CONTENT, isSingle: true, files: [file('ü', 5)], name: 'ü' }
  assert.equal(write(single), 'd6:lengthi5e4:name2:\xc3\xbc12:piece lengthi32768e6:pieces0:e')
})

test('[86] the same content for two trackers has two info-hashes by source, private inside info', () => {
  const one = write({ ...CONTENT, isPrivate: true, source: 'ONE' })
  assert.ok(one.endsWith('6:pieces0:7:privatei1e6:source3:ONEe'))
  assert.notEqual(one, write({ ...CONTENT, isPrivate: true, source: 'TWO' }))
})

test('[115] a v2 tree is sorted and has no padding; a hybrid list is padded between files and not after the last', () => {
  const tree =
    `9:file treed1:ad0:d6:lengthi${3 * PIECE - 1}e11:pieces root32:${toLatin1(rootOf(0))}ee` +
    `1:bd5:emptyd0:d6:lengthi0eee1:xd0:d4:attr1:x6:lengthi5e11:pieces root32:${toLatin1(rootOf(2))}eeee`
  const tail = `12:meta versioni2e4:name3:top12:piece lengthi${PIECE}e`
  assert.equal(write({ ...CONTENT, version: 'v2' }), `d${tree}${tail}e`)
  const hybrid = write({ ...CONTENT, version: 'hybrid' })
  assert.ok(
    hybrid.includes('4:pathl1:aeed4:attr1:p6:lengthi1e4:pathl4:.pad1:1eed6:lengthi0e4:pathl1:b5:emptyeed4:attr1:x'),
  )
  assert.equal(hybrid.split('.pad').length, 2)
})

const PIECES: readonly [version: TorrentVersion, count: number][] = [
  ['v1', 4],
  ['v2', 4],
  ['hybrid', 4],
]
for (const [version, count] of PIECES) {
  test(`what is written as ${version} reads back as the same`, () => {
    const content: Content = { ...CONTENT, version, isPrivate: true, source: 'S' }
    assert.equal(pieceCountOf(content), count)
    const info = parseInfo(writeInfo(content, new Uint8Array(20 * count), rootOf), nodeHasher)
    const metainfo: Metainfo = {
      info,
      pieceRoots: version === 'v1' ? undefined : concatBytes([LAYER, node(9)]),
      trackers: [['http://a/announce', 'udp://b:1'], ['http://c/announce']],
      webSeeds: ['http://w/'],
      nodes: [],
      comment: 'ü',
      createdBy: 'Shoal',
      createdAt: 5,
    }
    assert.deepEqual(parseTorrent(writeTorrent(metainfo), nodeHasher), metainfo)
    const fewer: Metainfo = { ...metainfo, trackers: [['http://a/']], webSeeds: ['http://w/', 'http://x/'] }
    assert.deepEqual(parseTorrent(writeTorrent(fewer), nodeHasher), fewer)
    assert.ok(!toLatin1(writeTorrent(fewer)).includes('announce-list'))
  })
}

test('nodes and the absence of everything else survive', () => {
  const info = parseInfo(writeInfo(CONTENT, new Uint8Array(80), rootOf), nodeHasher)
  const bare: Metainfo = { ...bareMetainfo(info), nodes: [['router.example', 6881]] }
  assert.deepEqual(parseTorrent(writeTorrent(bare), nodeHasher), bare)
  assert.equal(printMagnet(magnetOf(bare)), `magnet:?xt=urn:btih:${toHex(info.infoHashV1 ?? node(0))}&dn=top`)
})

test('[1] a dictionary that somebody wrote oddly goes into a .torrent as it is', () => {
  const odd = new TextEncoder().encode(`d6:lengthi5e4:name1:z1:ai1e12:piece lengthi16384e6:pieces20:${'h'.repeat(20)}e`)
  const info = parseInfo(odd, nodeHasher)
  const bytes = writeTorrent(bareMetainfo(info))
  assert.deepEqual(parseTorrent(bytes, nodeHasher).info.infoHashV1, info.infoHashV1)
})

test('[115] files are sorted by the bytes of each path element', () => {
  const sorted = inTreeOrder(['b', 'a/z', 'a.txt', 'a/b/c', '\u{1f600}', '\uffee', 'Z'].map((path) => file(path, 1)))
  assert.deepEqual(
    sorted.map(({ path }) => path.join('/')),
    ['Z', 'a/b/c', 'a/z', 'a.txt', 'b', '\uffee', '\u{1f600}'],
  )
})

test('a symlink is written with its target and no content', () => {
  const link = { ...file('l', 0), symlink: ['b', 'x'] }
  const entry = '4:attr1:l6:lengthi0e'
  assert.ok(write({ ...CONTENT, files: [file('a', 1), link] }).includes(`d${entry}4:pathl1:le12:symlink pathl1:b1:xee`))
  const tree = write({ ...CONTENT, version: 'v2', files: [file('a', 1), link] })
  assert.ok(tree.includes(`1:ld0:d${entry}12:symlink pathl1:b1:xeee`))
})

test('pieces are as long as it takes to have about 1,000 to 2,000 of them, within 16 KiB and 16 MiB', () => {
  const chosen = [0, 1, 32 * MIB, 32 * MIB + 1, 2048 * MIB, 50_000 * MIB, 2 ** 45].map(choosePieceLength)
  assert.deepEqual(
    chosen,
    [16384, 16384, 16384, 32768, MIB, 32 * MIB, 16 * MIB].map((n) => Math.min(n, 16 * MIB)),
  )
})

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter((text) => !text.includes('/'))
const path = fc.array(name, { minLength: 1, maxLength: 3 })
const lengths = fc.array(fc.integer({ min: 0, max: 3 * PIECE }), { minLength: 1, maxLength: 9 })
const filesOf = fc
  .tuple(fc.array(path, { minLength: 9, maxLength: 9 }), lengths)
  .map(([paths, all]) => all.map((length, n) => ({ ...file('', length), path: paths[n] ?? [] })))
  .filter((files) => files.some(({ length }) => length > 0))

test('hashes that are put in later give the torrent that is written with them', () => {
  fc.assert(
    fc.property(filesOf, fc.boolean(), fc.boolean(), fc.uint8Array({ minLength: 1 }), (files, isPrivate, one, seed) => {
      const isSingle = one && (files[0]?.length ?? 0) > 0
      const source = isPrivate ? 'pieces20:' : undefined
      const content = { ...CONTENT, files: isSingle ? files.slice(0, 1) : files, isSingle, isPrivate, source }
      const hashes = new Uint8Array(20 * pieceCountOf(content)).map((_, n) => (seed[n % seed.length] ?? 0) + n)
      const read = (pieces: Uint8Array) => parseInfo(writeInfo(content, pieces, rootOf), nodeHasher)
      const before = read(new Uint8Array(hashes.length))
      assert.deepEqual(withPieceHashes(before, hashes, nodeHasher), read(hashes))
      assert.deepEqual(before, read(new Uint8Array(hashes.length)))
    }),
  )
})

test('[115] tree order is that of the bytes in UTF-8, also of names that UTF-16 orders otherwise', () => {
  const bytesOf = (element: string): Uint8Array => new TextEncoder().encode(element)
  const odd = fc.array(fc.constantFrom('a', '\u{ffff}', '\u{e000}', '\u{d7ff}', '\u{10000}', '\u{10ffff}', 'é', ''))
  const oddPath = fc.array(
    odd.map((parts) => parts.join('')),
    { minLength: 1, maxLength: 3 },
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(path, oddPath)), (paths) => {
      const sorted = inTreeOrder(paths.map((elements) => ({ path: elements })))
      sorted.slice(1).forEach(({ path: after }, n) => {
        const before = sorted[n]?.path ?? []
        const at = before.findIndex((element, k) => element !== after[k])
        if (at === -1 || at >= after.length) assert.equal(at, before.length <= after.length ? -1 : after.length)
        else assert.ok(compareBytes(bytesOf(before[at] ?? ''), bytesOf(after[at] ?? '')) < 0)
      })
    }),
  )
})

test('files are laid out as they will be read', () => {
  const versions = fc.constantFrom<TorrentVersion>('v1', 'v2', 'hybrid')
  fc.assert(
    fc.property(lengths, versions, fc.boolean(), fc.nat(8), (sizes, version, one, linkAt) => {
      const [first = 0] = sizes
      const isSingle = one && first > 0
      const many = sizes.map((length, n) => ({ ...file(`${n}/x`, length), isExecutable: n % 2 === 1 }))
      const link = { ...file(`${linkAt}/link`, 0), symlink: ['0', 'x'] }
      const files = isSingle ? [file(CONTENT.name, first)] : inTreeOrder([...many, link])
      if (files.every(({ length }) => length === 0)) return
      const content = { ...CONTENT, version, files, isSingle }
      const hashes = new Uint8Array(20 * pieceCountOf(content))
      const read = parseInfo(
        writeInfo(content, hashes, () => node(1)),
        nodeHasher,
      )
      const layout = layOut(content)
      assert.deepEqual(
        layout.files.map(({ path, ...rest }) => ({ ...rest, path: rest.isPad ? [] : path })),
        read.files.map(({ offset, length, isPad, isExecutable, symlink, path }) => {
          return { offset, length, isPad, isExecutable, symlink, path: isPad ? [] : path }
        }),
      )
      assert.deepEqual([layout.totalSize, layout.geometry.pieceCount], [read.totalSize, read.geometry.pieceCount])
    }),
  )
})

test('the number of pieces is that of the torrent as it will be read', () => {
  fc.assert(
    fc.property(filesOf, fc.constantFrom<TorrentVersion>('v1', 'v2', 'hybrid'), (files, version) => {
      // A tree has each path once.
      const content = { ...CONTENT, version, files: files.map((one, n) => ({ ...one, path: [`${n}`] })) }
      const count = pieceCountOf(content)
      const info = parseInfo(
        writeInfo(content, new Uint8Array(20 * count), () => node(1)),
        nodeHasher,
      )
      assert.equal(info.geometry.pieceCount, count)
    }),
  )
})
