import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { mkdirSync, truncateSync } from 'node:fs'
import test, { type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { AppError } from '../../../src/core/errors.ts'
import type { PieceIndex } from '../../../src/core/ids.ts'
import { answer } from '../../../src/io/disk/answer.ts'
import type { Digests } from '../../../src/io/disk/disk.ts'
import type { StoreJob } from '../../../src/io/disk/job.ts'
import { defaultStoring, defaultWorkers, DiskPool } from '../../../src/io/disk/disk-pool.ts'
import type { Seen } from '../../../src/io/disk/look.ts'
import { SEND_RUN_BYTES } from '../../../src/io/disk/piece-buffers.ts'
import { loadLibc } from '../../../src/io/libc.ts'
import { startSpareWorker, WorkerThread } from '../../../src/io/disk/worker-thread.ts'
import { Bench, type OpenTorrent, refuses } from '../../support/disk-bench.ts'
import { makeTorrent, patternBytes } from '../../support/torrents.ts'
import { diskSuite } from '../../suites/disk.ts'
import { diskFilesSuite } from '../../suites/disk-files.ts'
import { diskRefusalsSuite } from '../../suites/disk-refusals.ts'

const MIB = 1024 * 1024
const makePool = (): DiskPool => new DiskPool({ workers: 2, storing: 2 })

diskSuite('pool', makePool)
diskFilesSuite('pool', makePool)
diskRefusalsSuite('pool', makePool)

test('one worker less than cores, but two at least and four at most; to store one is enough', () => {
  assert.deepEqual([1, 2, 3, 4, 8].map(defaultWorkers), [2, 2, 2, 3, 4])
  assert.deepEqual([1, 2, 3, 4, 8].map(defaultStoring), [1, 1, 2, 3, 4])
})

for (const [what, pieceLength, version, workers] of [
  ['short', 16_384, 'v1', 1],
  ['long', 8 * MIB, 'v1', 1],
  ['long v2', 8 * MIB, 'v2', 2],
] as const) {
  test(`to store ${what} pieces ${workers === 1 ? 'starts no second worker: one keeps up' : 'takes all workers'}`, async (t) => {
    let started = 0
    const count = (): void => void started++
    process.on('worker', count)
    t.after(() => process.off('worker', count))
    const bench = new Bench(t, () => new DiskPool({ workers: 2, storing: 1 }))
    const torrent = makeTorrent([{ path: 'a', bytes: patternBytes(2 * pieceLength, 1) }], pieceLength, version)
    const open = bench.open(torrent)
    await Promise.all([open.store(0), open.store(1)])
    assert.equal(started, workers)
  })
}

test('where much will be read all workers start at once, else the first alone', async (t) => {
  let started = 0
  const count = (): void => void started++
  process.on('worker', count)
  t.after(() => process.off('worker', count))
  for (const [expectedBytes, workers] of [
    [255 * MIB, 1],
    [256 * MIB, 3],
  ] as const) {
    started = 0
    const pool = new DiskPool({ workers: 3, expectedBytes })
    t.after(() => pool.close())
    await setImmediate() // it is told in the next turn
    assert.equal(started, workers)
  }
})

test('a pool without jobs starts no worker; a closed one leaves none', async (t) => {
  const workers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'MessagePort').length
  const before = workers()
  const bench = new Bench(t, makePool)
  const open = bench.open(makeTorrent([{ path: 'a', bytes: patternBytes(5, 1) }], 16_384))
  assert.equal(workers(), before)
  const check = open.check()
  assert.ok(workers() > before)
  await check
  await bench.disk.close()
  assert.equal(workers(), before)
  await refuses(open.check(), 'internal', /the disk was closed/)
})

test('files are renamed by one worker while the others read and write, and no read fails', async (t) => {
  const bench = new Bench(t, () => new DiskPool({ workers: 4, storing: 4, sendBytes: 101 * SEND_RUN_BYTES }))
  const files = Array.from({ length: 200 }, (_, n) => ({ path: `${n}`, bytes: patternBytes(20_000, n) }))
  const torrent = makeTorrent(files, 16_384)
  const open = bench.open(torrent)
  await open.storeAll()
  const pieces = Array.from({ length: torrent.info.geometry.pieceCount }, (_, n) => n)
  const jobs: Promise<unknown>[] = files.map(({ path }) => open.finish(`/${path}`))
  for (const piece of pieces) {
    jobs.push(
      open.load(piece, 0, torrent.piece(piece).length).then((bytes) => assert.deepEqual(bytes, torrent.piece(piece))),
    )
    if (piece % 50 === 0) await Promise.all(jobs)
  }
  await Promise.all(jobs)
  assert.deepEqual(new Set(await open.check()), new Set([1]))
})

test('a file of which border data was kept is made by two workers at once, and nothing is lost', async (t) => {
  const bench = new Bench(t, () => new DiskPool({ workers: 4, storing: 4 }))
  const files = Array.from({ length: 100 }, (_, n) => ({ path: `${n}`, bytes: patternBytes(50_000, n) }))
  const torrent = makeTorrent(files, 16_384)
  const isOdd = files.map((_, n) => n % 2 === 1)
  const open = bench.open(torrent, { wanted: isOdd })
  await open.prepare()
  await open.storeAll() // also of pieces inside unwanted files: these are made while their ends are written
  assert.deepEqual(new Set(await open.check()), new Set([1]))
  await open.finishAll()
  for (const { path, bytes } of files) assert.deepEqual(bench.read(path), bytes)
})

for (const version of ['v1', 'v2', 'hybrid'] as const) {
  test(`${version}: pieces that are hashed in twos have their own answers, checks and digests`, async (t) => {
    const bench = new Bench(t, () => new DiskPool({ workers: 2, storing: 1 }))
    const files = ['a', 'b', 'c'].map((path) => ({ path, bytes: randomFillSync(new Uint8Array(12 * MIB + 100)) }))
    const torrent = makeTorrent(files, MIB, version)
    const open = bench.open(torrent)
    const isBad = (piece: number): boolean => piece === 20 || piece === 23
    const pieces = Array.from({ length: torrent.info.geometry.pieceCount }, (_, n) => n).values()
    const lanes = Array.from({ length: 6 }, async () => {
      for (const piece of pieces) {
        const bytes = torrent.piece(piece).slice()
        if (isBad(piece)) bytes[MIB - 1] = (bytes[MIB - 1] ?? 0) ^ 1
        assert.equal((await open.store(piece, bytes)).result, isBad(piece) ? 'bad-hash' : 'stored')
      }
    })
    await Promise.all(lanes)
    assert.deepEqual(
      (await open.check()).flatMap((result, piece) => (result === 1 ? [] : [piece])),
      [20, 23],
    )
    for (const piece of [20, 23]) await open.store(piece)
    const count = torrent.info.geometry.pieceCount
    const { v1, v2 } = await answer<Digests>((done) => open.storage.digest(0 as PieceIndex, count, done))
    assert.deepEqual(
      [v1, v2].map((one) => one && Buffer.from(one)),
      [torrent.info.pieceHashes, torrent.pieceRoots].map((one) => one && Buffer.from(one)),
    )
    await open.finishAll()
    for (const { path, bytes } of files) assert.deepEqual(bench.read(path), bytes)
  })
}

/** After so much a worker hashes in pairs, where that is possible. */
async function storeMuch(t: TestContext): Promise<{ bench: Bench; open: OpenTorrent; next: number }> {
  const bench = new Bench(t, () => new DiskPool({ workers: 1 }))
  const files = ['a', 'b'].map((path) => ({ path, bytes: randomFillSync(new Uint8Array(18 * MIB)) }))
  const open = bench.open(makeTorrent(files, MIB))
  for (let piece = 0; piece < 17; piece++) await open.store(piece) // the last one goes at once, the next one waits
  return { bench, open, next: 17 }
}

test('of two pieces that are hashed together one can be written and the other not', async (t) => {
  const { bench, open, next } = await storeMuch(t)
  mkdirSync(bench.path('b.part'))
  const results = await Promise.allSettled([open.store(next), open.store(next + 1)])
  assert.deepEqual(
    results.map((one) => (one.status === 'fulfilled' ? one.value.result : (one.reason as AppError).code)),
    ['stored', 'disk-error'],
  )
})

test('a piece that waits for a second one is stored before anything that comes after it', async (t) => {
  const { open, next } = await storeMuch(t)
  const order: string[] = []
  const stored = open.store(next).then(() => order.push('stored'))
  const closed = open.close().then(() => order.push('closed'))
  await Promise.all([stored, closed])
  assert.deepEqual(order, ['stored', 'closed'])
})

test('a pool that is closed stores the piece that waits', async (t) => {
  const { bench, open, next } = await storeMuch(t)
  const stored = open.store(next)
  await bench.disk.close()
  assert.equal((await stored).result, 'stored')
})

test('the jobs of a worker that dies are errors, and the next one is given to a new worker', async (t) => {
  const died = new WorkerThread([], new URL('data:text/javascript,throw new Error("out of luck")'))
  t.after(() => died.end())
  const job = { kind: 'check', first: 0 as PieceIndex, count: 1, v1: undefined, v2: undefined } as const
  await refuses(
    answer((done) => died.run(1, job, done)),
    'internal',
    /a disk worker died \(out of luck\)/,
  )
  assert.deepEqual([died.isDead, died.load], [true, 0])
})

test('of two stores that a worker dies with both are errors', async (t) => {
  const died = new WorkerThread([], new URL('data:text/javascript,throw new Error("out of luck")'))
  t.after(() => died.end())
  const place = { begin: 0, arena: 0, offset: 0, length: 1 }
  const store = { kind: 'store', ...place, wantDigests: false, v1: undefined, v2: undefined } as const
  const jobs = [0, 1].map((piece) => ({ ...store, piece: piece as PieceIndex })) as [StoreJob, StoreJob]
  const errors = await new Promise<unknown[]>((resolve) => {
    const told: unknown[] = []
    const done = (result: unknown): void => {
      if (told.push(result) === jobs.length) resolve(told)
    }
    died.storePair(1, jobs, [done, done])
  })
  assert.deepEqual(
    errors.map((error) => error instanceof AppError && error.code),
    ['internal', 'internal'],
  )
  assert.equal(died.load, 0)
})

test('a worker that was started early is the first of the next pool, and of no other', async (t) => {
  let started = 0
  const count = (): void => void started++
  process.on('worker', count)
  t.after(() => process.off('worker', count))
  startSpareWorker()
  startSpareWorker()
  await setImmediate() // it is told in the next turn
  assert.equal(started, 1)
  for (const workers of [1, 2]) {
    const pool = new DiskPool({ workers: 1 })
    t.after(() => pool.close())
    const seen = await answer<readonly Seen[]>((done) => pool.look([import.meta.filename], done))
    assert.equal(seen.length, 1)
    assert.equal(started, workers)
  }
})

test('a worker that nobody took keeps no program from ending', () => {
  const module = new URL('../../../src/io/disk/worker-thread.ts', import.meta.url).href
  const script = `import { startSpareWorker } from '${module}'; startSpareWorker()`
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''])
})

test('what a worker has read can be read again at once where the system can say so, and nothing that is gone', async (t) => {
  const isPossible = await loadLibc()
  const bench = new Bench(t, makePool)
  const torrent = makeTorrent([{ path: 'a', bytes: patternBytes(100_000, 1) }], 32_768)
  const open = bench.open(torrent)
  await open.storeAll()
  await open.finishAll()
  assert.equal(open.loadNow(0, 0, 32_768), undefined)
  await open.load(0, 0, 32_768) // asks for the means
  await open.load(0, 0, 32_768)
  const again = open.loadNow(1, 16_384, 16_384)
  assert.equal(again !== undefined, isPossible)
  if (again !== undefined) assert.deepEqual(await again, torrent.piece(1).subarray(16_384))
  truncateSync(bench.path('a'), 40_000)
  assert.equal(open.loadNow(1, 0, 32_768), undefined)
  await refuses(open.load(1, 0, 32_768), 'data-missing', /is gone or shorter/)
  await open.close()
  assert.equal(open.loadNow(0, 0, 32_768), undefined)
})
