// What every Disk must do with files of every kind: made late, renamed safely, never outside, never over another's.
import assert from 'node:assert/strict'
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { hashKey, type PieceIndex } from '../../src/core/ids.ts'
import { writeInfo } from '../../src/core/metainfo/build.ts'
import { parseInfo } from '../../src/core/metainfo/parse.ts'
import { answer } from '../../src/io/disk/answer.ts'
import { type Disk, partsFileName } from '../../src/io/disk/disk.ts'
import { nodeHasher } from '../../src/io/hasher.ts'
import { type DiskTest, diskTests, refuses, wantOnly } from '../support/disk-bench.ts'
import { makeHome } from '../support/program.ts'
import { type MadeTorrent, makeTorrent, patternBytes } from '../support/torrents.ts'

const PIECE = 16_384

function pathsOf({ info }: MadeTorrent): (readonly string[])[] {
  return info.files.map(({ path }) => path)
}

export function diskFilesSuite(name: string, make: () => Disk): void {
  const diskTest = diskTests(name, make)

  diskTest('what a torrent has is moved as a whole, or not at all', async (bench) => {
    const torrent = makeTorrent(
      [
        { path: 'a/done', bytes: patternBytes(PIECE, 1) },
        { path: 'part', bytes: patternBytes(2 * PIECE, 2) },
        { path: 'link', symlink: 'a' },
      ],
      PIECE,
    )
    const paths = pathsOf(torrent)
    const [elsewhere, full] = [makeHome('elsewhere'), makeHome('full')]
    const opened = bench.open(torrent)
    await opened.prepare()
    for (const end of ['a/done', 'part']) {
      const { first } = torrent.info.geometry.piecesOfFile(torrent.file(end)) ?? assert.fail()
      await opened.store(first)
    }
    await answer((done) => opened.storage.finishFile(torrent.file('a/done'), done))
    const before = bench.tree()
    mkdirSync(join(full, 'top'))
    writeFileSync(join(full, 'top/part.part'), 'theirs')
    await refuses(
      answer((done) => opened.storage.moveFiles(full, paths, done)),
      'exists',
      /part\.part" exists already/,
    )
    assert.deepEqual(bench.tree(), before)
    assert.deepEqual(readdirSync(join(full, 'top')), ['part.part'])
    await answer((done) => opened.storage.moveFiles(elsewhere, pathsOf(torrent), done))
    await answer((done) => opened.storage.close(done))
    assert.deepEqual(bench.tree(), [])
    assert.deepEqual(readdirSync(join(elsewhere, 'top')).toSorted(), ['a', 'link', 'part.part'])
    assert.deepEqual(readFileSync(join(elsewhere, 'top/a/done')), Buffer.from(patternBytes(PIECE, 1)))
  })

  diskTest('files get other names where they are, finished or not', async (bench) => {
    const files = ['done', 'part', 'same'].map((path, n) => ({ path: `a/${path}`, bytes: patternBytes(PIECE, n) }))
    const torrent = makeTorrent(files, PIECE)
    const opened = bench.open(torrent)
    await opened.prepare()
    for (const piece of [0, 1, 2]) await opened.store(piece as PieceIndex)
    for (const end of ['done', 'same']) {
      await answer((done) => opened.storage.finishFile(torrent.file(end), done))
    }
    const paths = pathsOf(torrent).map((path) => {
      const renamed = path.with(1, 'b')
      return path.at(-1) === 'same' ? renamed : renamed.with(-1, `new ${path.at(-1)}`)
    })
    await answer((done) => opened.storage.moveFiles(bench.path('..'), paths, done))
    await answer((done) => opened.storage.close(done))
    assert.deepEqual(readdirSync(bench.path('')), ['b'])
    assert.deepEqual(readdirSync(bench.path('b')).toSorted(), ['new done', 'new part.part', 'same'])
  })

  diskTest('what is moved to another disk is copied, with its times, and links stay links', async (bench) => {
    const files = [
      { path: 'done', bytes: patternBytes(PIECE, 1) },
      { path: 'link', symlink: 'done' },
    ]
    const torrent = makeTorrent(files, PIECE)
    const [home, other] = [bench.path('..'), '/dev/shm'].map((path) => statSync(path).dev)
    assert.notEqual(home, other, 'the test folder is on a disk of its own')
    const elsewhere = mkdtempSync('/dev/shm/moved-')
    try {
      const opened = bench.open(torrent)
      await opened.prepare()
      await opened.store(0 as PieceIndex)
      await answer((done) => opened.storage.finishFile(torrent.file('done'), done))
      utimesSync(bench.path('done'), 1, 2)
      await answer((done) => opened.storage.moveFiles(elsewhere, pathsOf(torrent), done))
      await answer((done) => opened.storage.close(done))
      assert.deepEqual(bench.tree(), [])
      assert.deepEqual(readdirSync(join(elsewhere, 'top')).toSorted(), ['done', 'link'])
      assert.deepEqual(readFileSync(join(elsewhere, 'top/done')), Buffer.from(patternBytes(PIECE, 1)))
      assert.equal(statSync(join(elsewhere, 'top/done')).mtimeMs, 2000)
      assert.equal(readlinkSync(join(elsewhere, 'top/link')), 'done')
    } finally {
      rmSync(elsewhere, { recursive: true })
    }
  })

  diskTest('what a torrent made can be taken away, and nothing else is', async (bench) => {
    const torrent = makeTorrent(
      [
        { path: 'a/done', bytes: patternBytes(PIECE, 1) },
        { path: 'a/b/part', bytes: patternBytes(2 * PIECE, 2) },
        { path: 'c/theirs', bytes: patternBytes(PIECE, 3) },
        { path: 'd/empty' },
        { path: 'link', symlink: 'a' },
      ],
      PIECE,
    )
    bench.write('c/theirs', new Uint8Array(PIECE))
    bench.write('a/beside', 'not of the torrent')
    const opened = bench.open(torrent)
    await opened.prepare()
    for (const end of ['a/done', 'a/b/part']) {
      const { first } = torrent.info.geometry.piecesOfFile(torrent.file(end)) ?? assert.fail()
      await opened.store(first)
    }
    await answer((done) => opened.storage.finishFile(torrent.file('a/done'), done))
    assert.ok(bench.tree().includes('a/done'))
    await answer((done) => opened.storage.removeFiles(done))
    await answer((done) => opened.storage.close(done))
    assert.deepEqual(bench.tree(), ['a/beside', 'c/theirs'])
    assert.ok(!existsSync(bench.path('d')) && !existsSync(bench.path('a/b')))
  })

  diskTest(
    '[5] [101] empty files, links and execute bits are made, the rest waits for its first byte',
    async (bench) => {
      const torrent = makeTorrent(
        [
          { path: 'run', bytes: patternBytes(5, 1), isExecutable: true },
          { path: 'plain', bytes: patternBytes(5, 2) },
          { path: 'd/empty' },
          { path: 'd/link', symlink: 'run' },
          { path: 'up', symlink: 'd' },
        ],
        PIECE,
      )
      const open = bench.open(torrent)
      const stamps = await open.prepare()
      assert.deepEqual(bench.tree(), ['d/empty', 'd/link -> ../run', 'up -> d'])
      assert.deepEqual(
        stamps.map(({ file, sizeBytes }) => [torrent.info.files[file]?.path.join('/'), sizeBytes]),
        [
          ['top/d/empty', 0],
          ['top/plain', -1],
          ['top/run', -1],
        ],
      )
      await open.storeAll()
      assert.deepEqual(await open.finishAll(), ['plain', 'run'])
      assert.deepEqual(
        [lstatSync(bench.path('run')).mode & 0o111, lstatSync(bench.path('plain')).mode & 0o111],
        [(0o666 & ~process.umask() & 0o444) >> 2, 0],
      )
      await bench.open(torrent).prepare() // all there: nothing to make, nothing refused
    },
  )

  diskTest('a file is made at its first byte, sparse and with its full length', async (bench) => {
    const open = bench.open(
      makeTorrent(
        [
          { path: 'a', bytes: patternBytes(200 * PIECE, 1) },
          { path: 'b', bytes: patternBytes(1, 2) },
        ],
        PIECE,
      ),
    )
    await open.prepare()
    assert.deepEqual(bench.tree(), [])
    await open.store(100)
    assert.deepEqual(bench.tree(), ['a.part'])
    const { size, blocks } = statSync(bench.path('a.part'))
    assert.equal(size, 200 * PIECE)
    assert.ok(blocks * 512 < 10 * PIECE, `${blocks * 512} bytes are on disk`)
  })

  diskTest('thousands of small files, in a bounded number of descriptors', async (bench) => {
    const names = Array.from({ length: 2000 }, (_, n) => `${n % 40}/${n % 7}/Größe 大小 ${n}.txt`)
    const files = names.map((path, n) => ({ path, bytes: patternBytes(n % 300, n) }))
    const torrent = makeTorrent(files, PIECE)
    const open = bench.open(torrent)
    await open.prepare()
    await open.storeAll()
    assert.ok(readdirSync('/proc/self/fd').length < 400)
    await open.finishAll()
    assert.deepEqual(new Set(await open.check()), new Set([1]))
    await open.close()
    for (const { path, bytes } of files) assert.deepEqual(bench.read(path), bytes)
  })

  diskTest('a file beyond 4 GiB is written and read where the torrent says', async (bench) => {
    const pieceLength = 4 * 1024 * 1024
    const pieceCount = 1300
    const last = patternBytes(100_000, 1)
    const pieces = new Uint8Array(pieceCount * 20)
    pieces.set(nodeHasher.sha1(last), (pieceCount - 1) * 20)
    const file = {
      path: ['huge'],
      length: (pieceCount - 1) * pieceLength + last.length,
      isExecutable: false,
      symlink: undefined,
    }
    const content = {
      name: 'top',
      isSingle: false,
      files: [file],
      version: 'v1',
      pieceLength,
      isPrivate: false,
      source: undefined,
    } as const
    const info = parseInfo(
      writeInfo(content, pieces, () => pieces),
      nodeHasher,
      'linux',
    )
    const torrent: MadeTorrent = { info, pieceRoots: undefined, piece: () => last, file: () => 0 }
    const open = bench.open(torrent)
    assert.equal((await open.store(pieceCount - 1)).result, 'stored')
    assert.deepEqual(await open.load(pieceCount - 1, 0, last.length), last)
    const result = await answer<Uint8Array>((done) => open.storage.check((pieceCount - 2) as PieceIndex, 2, done))
    assert.deepEqual([...result], [0, 1])
    assert.deepEqual(await open.sizes(), { huge: file.length })
  })

  diskTest(
    'an existing file is never overwritten: the download gets another name, which is found again',
    async (bench) => {
      const files = [
        { path: 'film.tar.gz', bytes: patternBytes(2 * PIECE, 1) },
        { path: 'folder', bytes: patternBytes(5, 2) },
      ]
      const torrent = makeTorrent(files, PIECE)
      bench.write('film.tar.gz', 'mine')
      bench.write('film.tar (1).gz', 'also mine')
      bench.write('folder/x', 'x')
      const open = bench.open(torrent)
      await open.prepare()
      await open.storeAll()
      assert.deepEqual(await open.finishAll(), ['film.tar (2).gz', 'folder (1)'])
      assert.deepEqual(bench.tree(), ['film.tar (1).gz', 'film.tar (2).gz', 'film.tar.gz', 'folder (1)', 'folder/x'])
      assert.equal(readFileSync(bench.path('film.tar.gz'), 'utf8'), 'mine')
      await open.close()

      const finished = new Map([
        [torrent.file('film.tar.gz'), 'film.tar (2).gz'],
        [torrent.file('folder'), 'folder (1)'],
      ])
      const again = bench.open(torrent, { finished })
      assert.deepEqual(await again.sizes(), { 'film.tar.gz': 2 * PIECE, folder: 5 })
      assert.deepEqual(await again.check(), [1, 1, 1])
      assert.deepEqual(await again.finishAll(), ['film.tar (2).gz', 'folder (1)'])
      const shared = bench.open(torrent, { finished, mode: 'share' })
      assert.deepEqual(await shared.check(), [1, 1, 1])
    },
  )

  diskTest('what is there already in full is used in place and left as it is', async (bench) => {
    const bytes = patternBytes(2 * PIECE + 7, 1)
    bench.write('a', bytes)
    chmodSync(bench.path('a'), 0o444)
    const before = lstatSync(bench.path('a'))
    const open = bench.open(
      makeTorrent(
        [
          { path: 'a', bytes },
          { path: 'b', bytes: patternBytes(1, 2) },
        ],
        PIECE,
      ),
    )
    assert.deepEqual(
      (await open.prepare()).map(({ sizeBytes }) => sizeBytes),
      [bytes.length, -1],
    )
    assert.deepEqual(await open.check(), [1, 1, 0])
    const finished = await open.finish('a')
    assert.deepEqual([finished.name, finished.modifiedAtMs], ['a', before.mtimeMs])
    assert.deepEqual(await open.load(1, 0, PIECE), bytes.subarray(PIECE, 2 * PIECE))
    const after = lstatSync(bench.path('a'))
    assert.deepEqual([after.ino, after.mtimeMs, after.mode], [before.ino, before.mtimeMs, before.mode])
  })

  diskTest('of a file of the right size that is not all good, the good pieces are used in a copy', async (bench) => {
    const bytes = patternBytes(4 * PIECE, 1)
    const theirs = bytes.slice()
    theirs.fill(0, PIECE, PIECE + 5)
    bench.write('a.bin', theirs)
    chmodSync(bench.path('a.bin'), 0o444)
    const torrent = makeTorrent(
      [
        { path: 'a.bin', bytes },
        { path: 'b', bytes: patternBytes(1, 2) },
      ],
      PIECE,
    )
    const open = bench.open(torrent)
    await open.prepare()
    assert.deepEqual((await open.check()).slice(0, 4), [1, 0, 1, 1])
    await open.store(1)
    assert.deepEqual((await open.check()).slice(0, 4), [1, 1, 1, 1])
    assert.equal((await open.finish('a.bin')).name, 'a (1).bin')
    assert.deepEqual([bench.read('a.bin'), bench.read('a (1).bin')], [theirs, bytes])
  })

  diskTest('a good file that shares a piece with a missing one is not copied', async (bench) => {
    const files = [1, 2, 3].map((n) => ({ path: `${n}`, bytes: patternBytes(1.5 * PIECE, n) }))
    for (const { path, bytes } of [files[0], files[2]].filter((file) => file !== undefined)) bench.write(path, bytes)
    const torrent = makeTorrent(files, PIECE)
    const open = bench.open(torrent)
    await open.prepare()
    assert.deepEqual(await open.check(), [1, 0, 0, 1, 1])
    const { stamps } = await open.store(1)
    assert.deepEqual(
      stamps.map(({ file }) => file),
      [torrent.file('1'), torrent.file('2')],
    )
    await open.store(2)
    assert.deepEqual(await open.finishAll(), ['1', '2', '3'])
    assert.deepEqual(await open.check(), [1, 1, 1, 1, 1])
  })

  diskTest('a file that was finished before is repaired in place, also when it was cut', async (bench) => {
    const bytes = patternBytes(4 * PIECE, 1)
    const torrent = makeTorrent(
      [
        { path: 'a', bytes },
        { path: 'b', bytes: patternBytes(PIECE, 2) },
      ],
      PIECE,
    )
    const first = bench.open(torrent)
    await first.storeAll()
    await first.finishAll()
    await first.close()
    truncateSync(bench.path('a'), PIECE + 5)
    bench.write('b', new Uint8Array(PIECE))
    const finished = new Map([0, 1].map((file) => [file, torrent.info.files[file]?.path.at(-1) ?? '']))
    const again = bench.open(torrent, { finished })
    assert.deepEqual(await again.check(), [1, 0, 0, 0, 0])
    for (const piece of [1, 2, 3, 4]) await again.store(piece)
    assert.deepEqual(await again.finishAll(), ['a', 'b'])
    assert.deepEqual([bench.read('a'), bench.tree()], [bytes, ['a', 'b']])
  })

  diskTest('a kill between the two steps of finishing leaves a file that is found', async (bench) => {
    const bytes = patternBytes(PIECE, 1)
    const torrent = makeTorrent(
      [
        { path: 'a', bytes },
        { path: 'b', bytes: patternBytes(1, 2) },
      ],
      PIECE,
    )
    bench.write('a.part', bytes)
    linkSync(bench.path('a.part'), bench.path('a'))
    const open = bench.open(torrent)
    await open.prepare()
    assert.deepEqual([bench.tree(), await open.check()], [['a'], [1, 0]])
    assert.equal((await open.finish('a')).name, 'a')
  })

  diskTest('a part file that is gone is not made again, full of holes', async (bench) => {
    const torrent = makeTorrent(
      [
        { path: 'a', bytes: patternBytes(2 * PIECE, 1) },
        { path: 'b', bytes: patternBytes(1, 2) },
      ],
      PIECE,
    )
    bench.write('a.part', new Uint8Array(5))
    const open = bench.open(torrent)
    await open.prepare()
    unlinkSync(bench.path('a.part'))
    await refuses(open.store(0), 'data-missing', /a\.part" is missing/)
    await refuses(open.finish('a'), 'data-missing', /a\.part" is missing/)
  })

  unwantedFiles(diskTest)
}

function unwantedFiles(diskTest: DiskTest): void {
  /** Pieces: 0, 1 of a alone; 2 shared by a, b, c; 3, 4 of c; 5 shared by c, d. */
  const files = [
    { path: 'a', bytes: patternBytes(2.5 * PIECE, 1) },
    { path: 'b', bytes: patternBytes(100, 2) },
    { path: 'c', bytes: patternBytes(3 * PIECE - 100, 3) },
    { path: 'd', bytes: patternBytes(PIECE / 2, 4) },
    { path: 'e' },
  ]
  const torrent = makeTorrent(files, PIECE)
  const { infoHashV1 } = torrent.info
  const parts = partsFileName(infoHashV1 === undefined ? '' : hashKey(infoHashV1))

  diskTest('unwanted files are not made; what they share with others is kept and served', async (bench) => {
    const open = bench.open(torrent, { wanted: wantOnly(torrent, 'a') })
    await open.prepare()
    for (const piece of [0, 1, 2]) assert.equal((await open.store(piece)).result, 'stored')
    assert.deepEqual(
      (await open.store(2)).stamps.map(({ file }) => file),
      [torrent.file('a')],
    )
    assert.deepEqual(bench.tree(), [parts, 'a.part'])
    await open.finish('a')
    assert.deepEqual(await open.load(2, 0, PIECE), torrent.piece(2))
    assert.deepEqual(await open.check(), [1, 1, 1, 0, 0, 0])
    assert.deepEqual(await open.sizes(), { a: files[0]?.bytes?.length, b: -1, c: -1, d: -1, e: -1 })
    await open.close()
    const again = bench.open(torrent, { wanted: wantOnly(torrent, 'a') })
    await again.prepare()
    assert.deepEqual(await again.check(), [1, 1, 1, 0, 0, 0])
    assert.deepEqual(bench.tree(), [parts, 'a'])
  })

  for (const isRestarted of [false, true]) {
    const when = isRestarted ? 'after a restart' : 'while it runs'
    diskTest(`a file that becomes wanted ${when} gets what was kept of it`, async (bench) => {
      let open = bench.open(torrent, { wanted: wantOnly(torrent, 'a', 'd') })
      await open.prepare()
      for (const piece of [0, 1, 2, 5]) await open.store(piece)
      if (isRestarted) {
        await open.close()
        open = bench.open(torrent)
        await open.prepare()
      } else await open.want('a', 'b', 'c', 'd', 'e')
      assert.equal(existsSync(bench.path('e')), true)
      assert.deepEqual(await open.check(), [1, 1, 1, 0, 0, 1])
      assert.deepEqual(await open.load(2, 0, PIECE), torrent.piece(2))
      for (const piece of [3, 4]) await open.store(piece)
      assert.deepEqual(await open.finishAll(), ['a', 'b', 'c', 'd']) // b had no byte to wait for
      assert.deepEqual(bench.tree(), ['a', 'b', 'c', 'd', 'e'])
      for (const { path, bytes } of files) assert.deepEqual(bench.read(path), bytes ?? new Uint8Array(0))
    })
  }

  diskTest('a file that is wanted no more stays; a piece of it that was on its way is not lost', async (bench) => {
    const open = bench.open(torrent)
    await open.prepare()
    await open.store(3)
    await open.want('a')
    await open.store(2)
    await open.store(4)
    assert.deepEqual(bench.tree(), [parts, 'a.part', 'c.part', 'e'])
    assert.deepEqual(await open.check(), [0, 0, 1, 1, 1, 0])
    const other = bench.open(torrent, { wanted: wantOnly(torrent, 'd') })
    await other.store(4) // of c alone, which is not wanted here and was not made by this storage
    assert.deepEqual(await other.check(), [0, 0, 1, 1, 1, 0])
  })
}
