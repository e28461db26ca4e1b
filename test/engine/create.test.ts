import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { concatBytes, toHex } from '../../src/core/bytes.ts'
import { AppError, type ErrorCode } from '../../src/core/errors.ts'
import { type CreateOptions, createTorrent } from '../../src/engine/create.ts'
import { InlineDisk } from '../../src/io/disk/inline-disk.ts'

const PIECE = 32_768

/** A folder `top` in a folder of its own, gone after the test. */
function tree(t: TestContext, files: Readonly<Record<string, Uint8Array | string>>): string {
  const root = join(mkdtempSync(join(tmpdir(), 'shoal-create-')), 'top')
  t.after(() => rmSync(dirname(root), { recursive: true }))
  mkdirSync(root)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
  return root
}

function refuses(path: string, options: Partial<CreateOptions>, code: ErrorCode, why: RegExp): Promise<void> {
  return assert.rejects(createTorrent(path, { disk: new InlineDisk(), ...options }), (error) => {
    assert.ok(error instanceof AppError, String(error))
    assert.deepEqual([error.code, why.test(error.message)], [code, true], error.message)
    return true
  })
}

const bytes = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, n) => (n * seed + (n >> 8)) & 255)
const BIG = bytes(3 * PIECE - 1, 7)

test('[1] [2] a v1 torrent of a folder: files in order, pieces over their joined bytes', async (t) => {
  const root = tree(t, { 'b/x': 'xx', a: BIG, 'b/empty': '', c: 'c' })
  chmodSync(join(root, 'c'), 0o755)
  const disk = new InlineDisk()
  const { metainfo, dir, skipped } = await createTorrent(root, { disk, pieceLength: PIECE })
  const { info } = metainfo
  assert.deepEqual(
    info.files.map((file) => [file.path.join('/'), file.length, file.isExecutable]),
    [
      ['top/a', BIG.length, false],
      ['top/b/empty', 0, false],
      ['top/b/x', 2, false],
      ['top/c', 1, process.platform !== 'win32'],
    ],
  )
  const joined = concatBytes([BIG, new TextEncoder().encode('xxc')])
  const hashes = [0, 1, 2, 3].map((n) =>
    createHash('sha1')
      .update(joined.subarray(n * PIECE, (n + 1) * PIECE))
      .digest(),
  )
  assert.equal(toHex(info.pieceHashes ?? new Uint8Array(0)), toHex(concatBytes(hashes)))
  assert.deepEqual([dir, skipped, info.infoHashV2, disk.openCount], [dirname(root), [], undefined, 0])
})

test('[115] a hybrid torrent has both hashes, padding between files, and reads back', async (t) => {
  const root = tree(t, { a: BIG, b: 'b' })
  const { metainfo } = await createTorrent(root, { disk: new InlineDisk(), pieceLength: PIECE, version: 'hybrid' })
  const { info } = metainfo
  assert.deepEqual(
    info.files.map((file) => [file.length, file.isPad]),
    [
      [BIG.length, false],
      [1, true],
      [1, false],
    ],
  )
  assert.ok(info.infoHashV1 !== undefined && info.infoHashV2 !== undefined)
  const leaf = (n: number): Buffer =>
    createHash('sha256')
      .update(BIG.subarray(n * 16_384, (n + 1) * 16_384))
      .digest()
  const pair = createHash('sha256').update(leaf(4)).update(leaf(5)).digest()
  assert.equal(toHex(metainfo.pieceRoots?.subarray(64, 96) ?? new Uint8Array(0)), pair.toString('hex'))
  assert.equal(
    toHex(metainfo.pieceRoots?.subarray(96) ?? new Uint8Array(0)),
    createHash('sha256').update('b').digest('hex'),
  )
  const v2 = await createTorrent(root, { disk: new InlineDisk(), pieceLength: PIECE, version: 'v2' })
  assert.deepEqual(v2.metainfo.pieceRoots, metainfo.pieceRoots)
})

test('[3] a single file keeps its name or gets the one that was asked for', async (t) => {
  const root = tree(t, { 'a b.txt': 'text' })
  const disk = new InlineDisk()
  const plain = await createTorrent(join(root, 'a b.txt'), { disk })
  assert.deepEqual([plain.metainfo.info.files[0]?.path, plain.dir], [['a b.txt'], root])
  const other = await createTorrent(join(root, 'a b.txt'), { disk, name: 'c', version: 'hybrid' })
  assert.deepEqual(other.metainfo.info.files[0]?.path, ['c'])
  assert.equal((await createTorrent(root, { disk, name: 'd' })).metainfo.info.files[0]?.path.join('/'), 'd/a b.txt')
  await refuses(root, { name: '../d' }, 'usage', /cannot be the name/)
})

test('[86] what is said about the torrent stands in it', async (t) => {
  const root = tree(t, { a: 'a' })
  const said = { comment: 'ü', createdBy: 'Shoal', createdAt: 5, trackers: [['http://a/', 'udp://b:1'], ['http://c/']] }
  const options = { ...said, disk: new InlineDisk(), webSeeds: ['http://w/'], isPrivate: true, source: 'S' }
  const { metainfo } = await createTorrent(root, options)
  const { comment, createdBy, createdAt, trackers } = metainfo
  assert.deepEqual({ comment, createdBy, createdAt, trackers }, said)
  assert.deepEqual([metainfo.webSeeds, metainfo.info.isPrivate, metainfo.info.source], [['http://w/'], true, 'S'])
  await refuses(root, { trackers: [['nonsense']] }, 'usage', /"nonsense" is no URL/)
  await refuses(root, { pieceLength: 20_000 }, 'usage', /piece length is 20000 bytes; expected a power of two/)
})

test('what is excluded is left out silently, what cannot be carried with a reason', {
  skip: process.platform === 'win32',
}, async (t) => {
  const root = tree(t, { a: 'a', 'd/x.log': 'x', 'skip/y': 'y', 'film.part': 'p', [`.${'0'.repeat(40)}.parts`]: 'p' })
  mkdirSync(join(root, 'nothing'))
  execFileSync('mkfifo', [join(root, 'pipe')])
  const { metainfo, skipped } = await createTorrent(root, { disk: new InlineDisk(), exclude: ['*.log', 'skip'] })
  assert.deepEqual(
    metainfo.info.files.map((file) => file.path.join('/')),
    ['top/a'],
  )
  assert.deepEqual(skipped.map(({ path, reason }) => `${path} ${reason}`).sort(), [
    `.${'0'.repeat(40)}.parts is an unfinished download`,
    'film.part is an unfinished download',
    'nothing is an empty folder, which torrents cannot hold',
    'pipe is neither a file nor a folder',
  ])
})

test('[137] links inside are carried as links, links that lead out or nowhere are left out', async (t) => {
  const root = tree(t, { 'd/a': 'a' })
  symlinkSync('a', join(root, 'd/inside'))
  symlinkSync(join(root, 'd'), join(root, 'folder'))
  symlinkSync('/etc/passwd', join(root, 'out'))
  symlinkSync('..', join(root, 'up'))
  symlinkSync('.', join(root, 'self'))
  symlinkSync('gone', join(root, 'dangling'))
  for (const version of ['v1', 'v2', 'hybrid'] as const) {
    const { metainfo, skipped } = await createTorrent(root, { disk: new InlineDisk(), version })
    assert.deepEqual(
      metainfo.info.files.map((file) => [file.path.join('/'), file.symlink?.join('/')]),
      [
        ['top/d/a', undefined],
        ['top/d/inside', 'top/d/a'],
        ['top/folder', 'top/d'],
      ],
    )
    assert.deepEqual(skipped.map(({ path }) => path).sort(), ['dangling', 'out', 'self', 'up'])
  }
})

test('what is not there, or has nothing in it, is refused with its name', async (t) => {
  const root = tree(t, { empty: '' })
  await refuses(join(root, 'gone'), {}, 'not-found', /there is no ".*gone"/)
  await refuses(root, {}, 'not-found', /nothing to share in ".*top"/)
  await refuses('/dev/null', {}, 'usage', /neither a file nor a folder/)
})

test('[138] a name that receivers would change is refused before anything is hashed', {
  skip: process.platform === 'win32',
}, async (t) => {
  const root = tree(t, { a: 'a', 'b\\c': 'b' })
  const disk = new InlineDisk()
  const onProgress = (): void => assert.fail('nothing is hashed yet')
  await refuses(root, { disk, onProgress }, 'usage', /cannot share "top\/b\\c" under its name/)
  assert.equal(disk.openCount, 0)
  const { metainfo } = await createTorrent(root, { disk: new InlineDisk(), exclude: ['b?c'] })
  assert.equal(metainfo.info.files.length, 1)
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]), 'x')
  await refuses(root, { exclude: ['b?c'] }, 'usage', /its name is not UTF-8/)
})

test('a name may have the mark that stands for what is not UTF-8', async (t) => {
  const root = tree(t, { 'a\ufffd': 'a', 'd/b': 'b' })
  const { metainfo } = await createTorrent(root, { disk: new InlineDisk() })
  assert.deepEqual(
    metainfo.info.files.map(({ path }) => path.join('/')),
    ['top/a\ufffd', 'top/d/b'],
  )
})

/** A disk that answers what it is asked to look at out of order: the later it was asked, the earlier. */
function contraryDisk(): InlineDisk {
  const disk = new InlineDisk()
  const look = disk.look.bind(disk)
  let asked: (() => void)[] = []
  disk.look = (paths, done) => {
    asked.push(() => look(paths, done))
    if (asked.length > 1) return
    setTimeout(() => {
      const all = asked.reverse()
      asked = []
      for (const ask of all) ask()
    }, 5)
  }
  return disk
}

test('folders are looked at together, and what is found has the order it has one by one', async (t) => {
  const files: Record<string, string> = {}
  for (let n = 0; n < 12; n++) {
    for (let k = 0; k < 3; k++) files[`d${n}/e${k}/f`] = 'x'
    files[`d${n}/${n}.part`] = 'x'
    files[`d${n}/a`] = 'x'
  }
  for (let n = 0; n < 600; n++) files[`many/${n}`] = 'x' // more than one job
  for (let n = 0; n < 2000; n++) files[`${n}`] = ''
  const root = tree(t, files)
  const inOrder = await createTorrent(root, { disk: new InlineDisk() })
  const contrary = await createTorrent(root, { disk: contraryDisk() })
  assert.equal(contrary.metainfo.info.files.length, 12 * 4 + 600 + 2000)
  assert.deepEqual(contrary.bytes, inOrder.bytes)
  assert.deepEqual(contrary.skipped, inOrder.skipped)
  assert.deepEqual(
    contrary.skipped.map(({ path }) => path),
    readdirSync(root).flatMap((name) => (name.startsWith('d') ? [`${name}/${name.slice(1)}.part`] : [])),
  )
})

test('of several things that are in the way the first is told, whichever is found first', {
  skip: process.platform === 'win32',
}, async (t) => {
  const folders = Array.from({ length: 20 }, (_, n) => `d${n}/a`)
  const others = Array.from({ length: 2000 }, (_, n) => `${n}`)
  const root = tree(t, Object.fromEntries([...folders, ...others].map((path) => [path, 'x'])))
  const [first, second] = readdirSync(root)
    .filter((name) => name.startsWith('d'))
    .slice(3)
  for (const name of [first, second]) {
    writeFileSync(Buffer.concat([Buffer.from(join(root, name ?? '', 'x')), Buffer.from([0xff])]), 'x')
  }
  for (let n = 0; n < 5; n++) {
    await refuses(root, { disk: contraryDisk() }, 'usage', new RegExp(`top/${first}/x.*its name is not UTF-8`))
  }
})

test('progress rises to the size of the content', async (t) => {
  const root = tree(t, { a: BIG, b: 'b' })
  const seen: number[] = []
  const onProgress = (done: number, total: number): void => {
    assert.equal(total, BIG.length + 1)
    seen.push(done)
  }
  await createTorrent(root, { disk: new InlineDisk(), version: 'hybrid', onProgress })
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    seen,
  )
  assert.equal(seen.at(-1), BIG.length + 1)
})

test('a file that changes while it is read is an error that names it', async (t) => {
  const root = tree(t, { a: BIG, b: 'b' })
  const disk = new InlineDisk()
  const onProgress = (): void => appendFileSync(join(root, 'b'), 'more')
  await refuses(root, { disk, onProgress }, 'busy', /"top\/b" changed while it was read/)
  assert.equal(disk.openCount, 0)
})

test('an abort ends it and closes what was open', async (t) => {
  const root = tree(t, { a: bytes(9 * 1024 * 1024, 3) })
  const disk = new InlineDisk()
  const abort = new AbortController()
  const options = { disk, pieceLength: PIECE, signal: abort.signal, onProgress: () => abort.abort() }
  await refuses(root, options, 'interrupted', /interrupted/)
  assert.equal(disk.openCount, 0)
  await refuses(root, { disk, signal: AbortSignal.abort() }, 'interrupted', /interrupted/)
})

test('a disk error comes through as it is', async (t) => {
  const root = tree(t, { a: BIG, b: 'b' })
  const disk = new InlineDisk()
  const open = disk.open.bind(disk)
  disk.open = (options) => {
    rmSync(join(root, 'a'))
    return open(options)
  }
  await refuses(root, { disk }, 'data-missing', /top\/a" is gone or shorter/)
  assert.equal(disk.openCount, 0)
})
