// What every Disk refuses, and what it says then: links that lead out, what is in the way, disks that are full or read-only.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import type { Disk } from '../../src/io/disk/disk.ts'
import { Bench, type DiskTest, diskTests, refuses } from '../support/disk-bench.ts'
import { makeTorrent, patternBytes } from '../support/torrents.ts'

const PIECE = 16_384

export function diskRefusalsSuite(name: string, make: () => Disk): void {
  const diskTest = diskTests(name, make)
  links(diskTest)
  refusals(diskTest, name, make)
}

function links(diskTest: DiskTest): void {
  const torrent = makeTorrent(
    [
      { path: 'd/a', bytes: patternBytes(PIECE, 1) },
      { path: 'b', bytes: patternBytes(PIECE, 2) },
    ],
    PIECE,
  )

  diskTest('[137] nothing is read or written through a link that leads out', async (bench) => {
    const outside = mkdtempSync(join(tmpdir(), 'shoal-outside-'))
    try {
      mkdirSync(join(bench.dir, 'top'))
      symlinkSync(outside, bench.path('d'))
      writeFileSync(join(outside, 'secret'), torrent.piece(0))
      symlinkSync(join(outside, 'secret'), bench.path('b'))
      symlinkSync(join(outside, 'made'), bench.path('b.part'))
      for (const mode of ['download', 'share'] as const) {
        const open = bench.open(torrent, { mode })
        await refuses(open.load(1, 0, PIECE), 'disk-error', /d" is a link that leads out/)
        if (mode === 'share') await refuses(open.load(0, 0, PIECE), 'disk-error', /b" is a link/)
        else {
          await refuses(open.store(1), 'disk-error', /d" is a link that leads out/)
          await refuses(open.store(0), 'disk-error', /b\.part" is a link/)
        }
      }
      assert.deepEqual(readdirSync(outside), ['secret'])
    } finally {
      rmSync(outside, { recursive: true })
    }
  })

  diskTest('[137] the download folder may be a link, and folders inside may lead to others inside', async (bench) => {
    mkdirSync(join(bench.dir, 'real/top/elsewhere'), { recursive: true })
    symlinkSync('elsewhere', join(bench.dir, 'real/top/d'))
    symlinkSync('real', join(bench.dir, 'alias'))
    const open = bench.open(torrent, { dir: join(bench.dir, 'alias') })
    await open.storeAll()
    await open.finishAll()
    assert.deepEqual(await open.check(), [1, 1])
    assert.deepEqual(readdirSync(join(bench.dir, 'real/top/elsewhere')), ['a'])
  })

  diskTest('[137] a link of the torrent leads where it says, also from a folder behind another link', async (bench) => {
    mkdirSync(bench.path(''))
    symlinkSync('.', bench.path('deep'))
    const linked = makeTorrent(
      [
        { path: 'deep/deep/link', symlink: 'b' },
        { path: 'b', bytes: patternBytes(1, 1) },
      ],
      PIECE,
    )
    await bench.open(linked).prepare()
    assert.deepEqual(bench.tree(), ['deep -> .', 'link -> b'])
  })

  diskTest('a link or a pipe under the real name is left alone', async (bench) => {
    bench.write('elsewhere', 'theirs')
    symlinkSync('elsewhere', bench.path('b'))
    mkdirSync(bench.path('d'))
    assert.equal(spawnSync('mkfifo', [bench.path('d/a')]).status, 0)
    const open = bench.open(torrent)
    await open.prepare()
    await open.storeAll()
    assert.deepEqual(await open.finishAll(), ['b (1)', 'a (1)'])
    assert.equal(readFileSync(bench.path('elsewhere'), 'utf8'), 'theirs')
    const shared = bench.open(torrent, { mode: 'share' })
    await refuses(shared.load(1, 0, PIECE), 'data-missing', /d\/a/) // does not wait for somebody to write to it
  })
}

function refusals(diskTest: DiskTest, name: string, make: () => Disk): void {
  const torrent = makeTorrent([{ path: 'd/a', bytes: patternBytes(PIECE, 1) }, { path: 'd/empty' }], PIECE)

  diskTest('what is only shared is never made, renamed or changed', async (bench) => {
    const open = bench.open(torrent, { mode: 'share' })
    assert.deepEqual(
      (await open.prepare()).map(({ sizeBytes }) => sizeBytes),
      [-1, -1],
    )
    assert.deepEqual([bench.tree(), await open.check()], [[], [0]])
    await refuses(open.load(0, 0, PIECE), 'data-missing', /d\/a" is gone/)
    bench.write('d/a', torrent.piece(0))
    bench.write('d/a.part', 'somebody else')
    const before = lstatSync(bench.path('d/a'))
    const again = bench.open(torrent, { mode: 'share' })
    assert.deepEqual(await again.check(), [1])
    assert.equal((await again.finish('d/a')).modifiedAtMs, before.mtimeMs)
    assert.deepEqual(bench.tree(), ['d/a', 'd/a.part'])
  })

  diskTest('a file where a folder should be, and a folder where a file should be', async (bench) => {
    bench.write('d', 'not a folder')
    const open = bench.open(torrent)
    await refuses(open.prepare(), 'disk-error', /something else is where the folder ".*top\/d"/)
    await refuses(open.store(0), 'disk-error', /something else is where the folder ".*top\/d"/)
    assert.deepEqual(await open.check(), [0])
    unlinkSync(bench.path('d'))
    mkdirSync(bench.path('d/a.part'), { recursive: true })
    const other = bench.open(torrent)
    await refuses(other.store(0), 'disk-error', /something else is where ".*d\/a\.part"/)
    assert.deepEqual(await other.check(), [0])
  })

  const skip = canMount() ? false : 'needs the right to mount a small tmpfs'
  test(`${name}: a full disk is disk-full, a read-only one disk-read-only, and then it goes on`, {
    skip,
  }, async (t) => {
    const small = mkdtempSync(join(tmpdir(), 'shoal-small-'))
    assert.ok(mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small))
    t.after(() => {
      spawnSync('umount', [small])
      rmSync(small, { recursive: true })
    })
    const bench = new Bench(t, make)
    const large = makeTorrent(
      [
        { path: 'a', bytes: patternBytes(8 * PIECE, 1) },
        { path: 'b', bytes: patternBytes(1, 2) },
      ],
      PIECE,
    )
    const open = bench.open(large, { dir: small })
    const results = await Promise.allSettled([0, 1, 2, 3, 4, 5, 6, 7].map((piece) => open.store(piece)))
    const refused = results.flatMap((result, n) => (result.status === 'rejected' ? [n] : []))
    assert.ok(refused.length > 2 && refused.length < 8)
    await refuses(open.store(refused[0] ?? 0), 'disk-full', /no space left .*top\/a\.part": make room/)
    assert.ok(mount('-o', 'remount,size=1m', small))
    for (const piece of refused) assert.equal((await open.store(piece)).result, 'stored')
    assert.deepEqual((await open.check()).slice(0, 8), [1, 1, 1, 1, 1, 1, 1, 1])
    await open.close()

    assert.ok(mount('-o', 'remount,ro', small))
    const other = bench.open(large, { dir: small })
    await other.prepare()
    await refuses(other.store(0), 'disk-read-only', /the disk is read-only/)
    assert.deepEqual((await other.check()).slice(0, 2), [1, 1])
    await other.close()
  })

  diskTest('a folder without permission is disk-permission', async (bench) => {
    const open = bench.open(torrent)
    await open.check() // a worker reads its program while it may
    mkdirSync(join(bench.dir, 'top/d'), { recursive: true })
    chmodSync(bench.path('d'), 0o555)
    chmodSync(bench.dir, 0o755)
    const isRoot = process.getuid?.() === 0
    if (isRoot) process.seteuid?.(65_534) // for whom permissions mean something
    try {
      await refuses(open.store(0), 'disk-permission', /no permission to write ".*d\/a\.part": change that/)
    } finally {
      if (isRoot) process.seteuid?.(0)
      chmodSync(bench.path('d'), 0o755)
    }
    assert.equal((await open.store(0)).result, 'stored')
  })
}

const mount = (...args: readonly string[]): boolean => spawnSync('mount', args).status === 0

function canMount(): boolean {
  const probe = mkdtempSync(join(tmpdir(), 'shoal-mount-'))
  const isMounted = mount('-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe)
  if (isMounted) spawnSync('umount', [probe])
  rmSync(probe, { recursive: true })
  return isMounted
}
