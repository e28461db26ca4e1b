// What every Disk must do with pieces: run by the pool and by the inline disk. Files are the matter of disk-files.ts.
import assert from 'node:assert/strict'
import {
  chmodSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { toHex } from '../../src/core/bytes.ts'
import type { PieceIndex } from '../../src/core/ids.ts'
import { answer } from '../../src/io/disk/answer.ts'
import { type Digests, type Disk, type FileStamp, SEGMENT_BYTES, type Stored } from '../../src/io/disk/disk.ts'
import type { Seen } from '../../src/io/disk/look.ts'
import { nodeHasher } from '../../src/io/hasher.ts'
import { diskTests, refuses } from '../support/disk-bench.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const PIECE = 32_768

const FILES = [
  { path: 'a', bytes: patternBytes(3 * PIECE + 100, 1) },
  { path: 'b/c', bytes: patternBytes(5, 2) },
  { path: 'b/d', bytes: patternBytes(2 * PIECE, 3) },
  { path: 'b/e', bytes: patternBytes(20_000, 4) },
]

/** The first 8 bytes of each block's SHA-1. */
function digestsOf(bytes: Uint8Array): string {
  let digests = ''
  for (let at = 0; at < bytes.length; at += 16_384) {
    digests += toHex(nodeHasher.sha1(bytes.subarray(at, at + 16_384))).slice(0, 16)
  }
  return digests
}

export function diskSuite(name: string, make: () => Disk): void {
  const diskTest = diskTests(name, make)

  for (const version of ['v1', 'v2', 'hybrid'] as const) {
    diskTest(`${version}: pieces that are stored can be checked, digested and loaded`, async (bench) => {
      const torrent = makeTorrent(FILES, PIECE, version)
      const open = bench.open(torrent)
      assert.deepEqual(new Set(await open.check()), new Set([0]))
      await open.storeAll()
      assert.deepEqual(new Set(await open.check()), new Set([1]))
      const { pieceCount } = torrent.info.geometry
      const digests = await answer<Digests>((done) => open.storage.digest(0 as PieceIndex, pieceCount, done))
      assert.deepEqual(
        [digests.v1, digests.v2].map((hashes) => hashes && toHex(hashes)),
        [torrent.info.pieceHashes, torrent.pieceRoots].map((hashes) => hashes && toHex(hashes)),
      )
      for (let piece = 0; piece < pieceCount; piece++) {
        const bytes = torrent.piece(piece)
        assert.deepEqual(await open.load(piece, 0, bytes.length), bytes)
      }
      await open.finishAll()
      await open.close()
      for (const { path, bytes } of FILES) assert.deepEqual(bench.read(path), bytes)
      assert.deepEqual(bench.tree(), ['a', 'b/c', 'b/d', 'b/e'])
    })

    diskTest(`${version}: a piece with a wrong byte is not written, and its digests tell the block`, async (bench) => {
      const torrent = makeTorrent(FILES, PIECE, version)
      const open = bench.open(torrent)
      const bad = torrent.piece(1).slice()
      bad[20_000] = (bad[20_000] ?? 0) ^ 1
      const { result, stamps, digests } = await open.store(1, bad)
      assert.deepEqual([result, stamps], ['bad-hash', []])
      assert.equal(toHex(digests ?? new Uint8Array(0)), digestsOf(bad))
      assert.deepEqual(bench.tree(), [])
      const good = await open.store(1, torrent.piece(1), true)
      assert.equal(good.result, 'stored')
      assert.equal(toHex(good.digests ?? new Uint8Array(0)), digestsOf(torrent.piece(1)))
      assert.equal((await open.store(1)).digests, undefined)
    })
  }

  diskTest('[111] a hybrid piece must match both hashes', async (bench) => {
    const torrent = makeTorrent(FILES, PIECE, 'hybrid')
    const { info, pieceRoots } = torrent
    const zeros = new Uint8Array(pieceRoots?.length ?? 0)
    for (const options of [{ pieceRoots: zeros }, { info: { ...info, pieceHashes: zeros } }]) {
      const open = bench.open(torrent, options)
      assert.equal((await open.store(0)).result, 'bad-hash')
      await open.close()
    }
    assert.deepEqual(bench.tree(), [])
  })

  diskTest('[4] odd piece lengths, a short last piece and a piece of less than a block', async (bench) => {
    for (const pieceLength of [1000, 16_383, 16_385, 50_001]) {
      const torrent = makeTorrent([{ path: `${pieceLength}`, bytes: patternBytes(50_002, pieceLength) }], pieceLength)
      const open = bench.open(torrent)
      await open.storeAll()
      assert.deepEqual(new Set(await open.check()), new Set([1]))
      for (const piece of [0, torrent.info.geometry.pieceCount - 1]) {
        assert.deepEqual(await open.load(piece, 0, torrent.piece(piece).length), torrent.piece(piece))
      }
    }
  })

  diskTest('[108] large pieces come in segments; only the last one says whether the piece is good', async (bench) => {
    const bytes = patternBytes(2 * SEGMENT_BYTES + 100_000, 1)
    for (const version of ['v1', 'v2', 'hybrid'] as const) {
      const torrent = makeTorrent([{ path: version, bytes }], 4 * SEGMENT_BYTES, version)
      const open = bench.open(torrent)
      assert.equal((await open.storeSegment(0, 0, bytes.subarray(0, SEGMENT_BYTES))).result, 'more')
      const second = await open.storeSegment(0, SEGMENT_BYTES, bytes.subarray(SEGMENT_BYTES, 2 * SEGMENT_BYTES))
      assert.equal(second.result, 'more')
      const last = await open.storeSegment(0, 2 * SEGMENT_BYTES, bytes.subarray(2 * SEGMENT_BYTES), true)
      assert.equal(last.result, 'stored')
      assert.equal(toHex(last.digests ?? new Uint8Array(0)), digestsOf(bytes))
      assert.deepEqual(await open.check(), [1])
      assert.deepEqual(await open.load(0, 2 * SEGMENT_BYTES, 100_000), bytes.subarray(2 * SEGMENT_BYTES))
    }
  })

  diskTest('a bad block in an early segment is found by the digests of the last', async (bench) => {
    const bytes = patternBytes(SEGMENT_BYTES + 100_000, 1)
    const open = bench.open(makeTorrent([{ path: 'a', bytes }], 2 * SEGMENT_BYTES))
    const bad = bytes.slice()
    bad[5] = (bad[5] ?? 0) ^ 1
    const { result, digests } = await open.store(0, bad)
    assert.equal(result, 'bad-hash')
    assert.equal(toHex(digests ?? new Uint8Array(0)), digestsOf(bad))
    assert.deepEqual(await open.check(), [0])
    assert.equal((await open.store(0)).result, 'stored')
  })

  diskTest('a piece that is given up between two segments begins anew', async (bench) => {
    const bytes = patternBytes(2 * SEGMENT_BYTES, 1)
    const open = bench.open(makeTorrent([{ path: 'a', bytes }], 2 * SEGMENT_BYTES))
    const wrong = new Uint8Array(SEGMENT_BYTES).fill(1)
    const slot = bench.slot(wrong)
    const first = answer<Stored>((done) => open.storage.store(0 as PieceIndex, 0, slot, SEGMENT_BYTES, false, done))
    open.storage.abandon(0 as PieceIndex)
    const again = open.store(0) // at once: the bytes that were given up must not be written after these
    assert.equal((await first).result, 'more')
    assert.equal((await again).result, 'stored')
    bench.disk.release(slot)
    assert.deepEqual(await open.check(), [1])
    const lost = open.storeSegment(0, SEGMENT_BYTES, bytes.subarray(SEGMENT_BYTES))
    await refuses(lost, 'internal', /segments of piece 0 were lost/)
  })

  diskTest('the last segment tells the stamps of all files of its piece', async (bench) => {
    const files = [1, 2, 3].map((n) => ({ path: `${n}`, bytes: patternBytes(SEGMENT_BYTES / 2 + 1, n) }))
    const open = bench.open(makeTorrent(files, 2 * SEGMENT_BYTES))
    const { result, stamps } = await open.store(0)
    assert.equal(result, 'stored')
    const names = ['1.part', '2.part', '3.part']
    assert.deepEqual(
      stamps.map(({ modifiedAtMs }) => modifiedAtMs),
      names.map((name) => lstatSync(bench.path(name)).mtimeMs),
    )
  })

  diskTest('a piece of which a segment could not be written is lost', async (bench) => {
    const bytes = patternBytes(3 * SEGMENT_BYTES, 1)
    const torrent = makeTorrent([{ path: 'a', bytes }], 4 * SEGMENT_BYTES)
    const open = bench.open(torrent)
    writeFileSync(join(bench.dir, 'top'), 'in the way')
    await refuses(open.storeSegment(0, 0, bytes.subarray(0, SEGMENT_BYTES)), 'disk-error', /something else/)
    rmSync(join(bench.dir, 'top'))
    const next = open.storeSegment(0, SEGMENT_BYTES, bytes.subarray(SEGMENT_BYTES, 2 * SEGMENT_BYTES))
    await refuses(next, 'internal', /segments of piece 0 were lost/)
    assert.equal((await open.store(0)).result, 'stored')
  })

  for (const version of ['hybrid', 'v2'] as const) {
    diskTest(`[99, 102] ${version}: padding is hashed and read as zeros and never written`, async (bench) => {
      const files = [
        { path: 'a', bytes: patternBytes(PIECE + 1, 1) },
        { path: 'b', bytes: patternBytes(10, 2) },
        { path: 'c', bytes: patternBytes(PIECE, 3) },
      ]
      const torrent = makeTorrent(files, PIECE, version)
      const open = bench.open(torrent)
      await open.storeAll()
      assert.deepEqual(await open.check(), [1, 1, 1, 1])
      const padded = await open.load(2, 0, PIECE)
      assert.deepEqual(padded.subarray(0, 10), files[1]?.bytes)
      assert.ok(padded.subarray(10).every((byte) => byte === 0))
      await open.finishAll()
      assert.deepEqual(bench.tree(), ['a', 'b', 'c'])
      for (const { path, bytes } of files) assert.deepEqual(bench.read(path), bytes)
    })
  }

  diskTest('runs are loaded from any block on, over the ends of files, with any gap', async (bench) => {
    const bytes = patternBytes(300_000, 1)
    const files = [0, 1, 2].map((n) => ({ path: `${n}`, bytes: bytes.subarray(n * 100_000, (n + 1) * 100_000) }))
    const open = bench.open(makeTorrent(files, 300_000))
    await open.storeAll()
    for (const [begin, length, gap] of [
      [0, 262_144, 13],
      [262_144, 37_856, 13],
      [16_384, 16_384, 0],
      [90_000, 20_000, 13],
      [299_999, 1, 5],
    ] as const) {
      assert.deepEqual(await open.load(0, begin, length, gap), bytes.subarray(begin, begin + length))
    }
  })

  diskTest('stamps are what the file system says, after every write', async (bench) => {
    const torrent = makeTorrent(FILES, PIECE)
    const open = bench.open(torrent)
    const { stamps } = await open.store(3) // ends a, holds all of b/c, begins b/d
    const names = ['a.part', 'b/c.part', 'b/d.part']
    assert.deepEqual(
      stamps.map(({ sizeBytes, modifiedAtMs }) => [sizeBytes, modifiedAtMs]),
      names.map((path) => [lstatSync(bench.path(path)).size, lstatSync(bench.path(path)).mtimeMs]),
    )
    assert.deepEqual(
      stamps.map(({ file }) => file),
      [torrent.file('a'), torrent.file('b/c'), torrent.file('b/d')],
    )
    assert.deepEqual(await open.sizes(), { a: 3 * PIECE + 100, 'b/c': 5, 'b/d': 2 * PIECE, 'b/e': -1 })
    await answer<undefined>((done) => open.storage.sync(done))
  })

  diskTest('stamps of more files than one job takes come in the order of the files', async (bench) => {
    const made = Array.from({ length: 4200 }, (_, n) => ({ path: `${n}`, bytes: patternBytes(1 + (n % 9), n) }))
    const torrent = makeTorrent(made, 16_384)
    for (const { path, bytes } of made) bench.write(path, bytes)
    const open = bench.open(torrent, { mode: 'share' })
    const stamps = await answer<readonly FileStamp[]>((done) => open.storage.stamps(done))
    assert.deepEqual(
      stamps.map(({ file, sizeBytes }) => [file, sizeBytes]),
      torrent.info.files.map(({ length }, file) => [file, length]),
    )
  })

  diskTest('stamps are those after all that was asked before', async (bench) => {
    const torrent = makeTorrent([{ path: 'a', bytes: patternBytes(100 * PIECE, 1) }, { path: 'b' }], PIECE)
    const open = bench.open(torrent)
    for (let round = 0; round < 5; round++) {
      const stores = Array.from({ length: 20 }, (_, n) => open.store(20 * round + n))
      const stamps = await answer<readonly FileStamp[]>((done) => open.storage.stamps(done))
      const { mtimeMs } = lstatSync(bench.path('a.part'))
      assert.equal(stamps.find(({ file }) => file === torrent.file('a'))?.modifiedAtMs, mtimeMs)
      await Promise.all(stores)
      assert.equal(lstatSync(bench.path('a.part')).mtimeMs, mtimeMs)
    }
  })

  diskTest('a disk that is closed does the jobs it has first', async (bench) => {
    const open = bench.open(makeTorrent(FILES, PIECE))
    const jobs = [open.store(0), open.store(1), open.check(), open.check()]
    await bench.disk.close()
    await Promise.all(jobs)
  })

  diskTest('what is cut or gone is data-missing when it is loaded, and bad when it is checked', async (bench) => {
    const torrent = makeTorrent(FILES, PIECE)
    const open = bench.open(torrent)
    await open.storeAll()
    await open.finishAll()
    truncateSync(bench.path('a'), PIECE)
    assert.deepEqual(await open.check(), [1, 0, 0, 0, 1, 1])
    assert.deepEqual(await open.load(0, 0, PIECE), torrent.piece(0))
    await refuses(open.load(1, 0, PIECE), 'data-missing', /top\/a" is gone or shorter/)
    await open.close()
    rmSync(bench.path('b'), { recursive: true })
    const again = bench.open(torrent, { finished: new Map([[torrent.file('a'), 'a']]) })
    assert.deepEqual(await again.check(), [1, 0, 0, 0, 0, 0])
    await refuses(again.load(4, 0, PIECE), 'data-missing', /top\/b\/d\.part/)
    const digest = answer<Digests>((done) => again.storage.digest(0 as PieceIndex, 2, done))
    await refuses(digest, 'data-missing', /top\/a/)
  })

  diskTest('nothing is answered from inside a call', async (bench) => {
    const open = bench.open(makeTorrent(FILES, PIECE))
    let isInside = true
    const outside = (): void => assert.equal(isInside, false)
    const checked = Promise.withResolvers<void>()
    open.storage.check(0 as PieceIndex, 1, () => checked.resolve(outside()))
    const synced = Promise.withResolvers<void>()
    open.storage.sync(() => synced.resolve(outside()))
    const closed = Promise.withResolvers<void>()
    open.storage.close(() => closed.resolve(outside()))
    isInside = false
    await Promise.all([checked.promise, synced.promise, closed.promise])
  })

  diskTest('what is at paths is seen as it is, links not followed, and what is gone is not found', async (bench) => {
    bench.write('folder/file', 'four')
    symlinkSync('file', bench.path('folder/link'))
    chmodSync(bench.path('folder/file'), 0o755)
    utimesSync(bench.path('folder/file'), 1000, 1000)
    const look = (...paths: string[]): Promise<readonly Seen[]> =>
      answer((done) =>
        bench.disk.look(
          paths.map((path) => bench.path(path)),
          done,
        ),
      )
    const [folder, file, link] = await look('folder', 'folder/file', 'folder/link')
    assert.deepEqual([folder?.kind, link?.kind], ['folder', 'link'])
    assert.deepEqual(file, { kind: 'file', sizeBytes: 4, modifiedAtMs: 1_000_000, isExecutable: true })
    await refuses(look('folder/file', 'folder/none'), 'not-found', /there is no ".*none"/)
    assert.deepEqual(await look(), [])
  })

  diskTest('what is closed has no file open and can be opened again', async (bench) => {
    const torrent = makeTorrent(FILES, PIECE)
    for (let round = 0; round < 3; round++) {
      const open = bench.open(torrent)
      await open.prepare()
      await open.store(round)
      assert.ok(openFilesBelow(bench.dir) > 0)
      await open.close()
      assert.equal(openFilesBelow(bench.dir), 0)
    }
    const last = bench.open(torrent)
    assert.deepEqual(await last.check(), [1, 1, 1, 0, 0, 0])
    await bench.disk.close()
    assert.equal(openFilesBelow(bench.dir), 0)
  })
}

/** Linux: descriptors of this process. */
function openFilesBelow(dir: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(dir)
    } catch {
      return false // closed since it was listed
    }
  }).length
}
