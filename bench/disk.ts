// How fast the disk workers store, check and load pieces, by default on tmpfs.
//   npm run bench -- disk [FOLDER]
// A GiB in pieces of three sizes, then 20,000 small files; the median of three runs. Hashes are SHA-1 (v1).
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Geometry } from '../src/core/geometry.ts'
import { infoHash, type PieceIndex } from '../src/core/ids.ts'
import type { Info, TorrentFile } from '../src/core/metainfo/metainfo.ts'
import { answer } from '../src/io/disk/answer.ts'
import type { Done, FileStamp, Storage, Stored } from '../src/io/disk/disk.ts'
import { DiskPool } from '../src/io/disk/disk-pool.ts'
import { nodeHasher } from '../src/io/hasher.ts'
import { memoryMiB } from './proc.ts'

const KIB = 1024
const MIB = 1024 * KIB
const TOTAL = 1024 * MIB
const IN_FLIGHT = 16
const RUNS = 3

function makeInfo(sizes: readonly number[], pieceLength: number, pieceHash: Uint8Array): Info {
  let offset = 0
  const files: TorrentFile[] = sizes.map((length, n) => {
    const path = ['bench', String(n % 500), String(n)]
    offset += length
    const rest = { isPad: false, isExecutable: false, isHidden: false, symlink: undefined, root: undefined }
    return { path, length, offset: offset - length, ...rest }
  })
  const geometry = new Geometry(files, pieceLength)
  const pieceHashes = new Uint8Array(20 * geometry.pieceCount)
  for (let piece = 0; piece < geometry.pieceCount; piece++) pieceHashes.set(pieceHash, 20 * piece)
  return {
    ...{ name: 'bench', isPrivate: false, source: undefined, totalSize: offset, files, geometry, pieceHashes },
    ...{ infoHashV1: infoHash(new Uint8Array(20)), infoHashV2: undefined, bytes: new Uint8Array(0) },
  }
}

/** MB/s of jobs over all bytes of the torrent, so many at a time. */
async function rate(bytes: number, count: number, job: (n: number) => Promise<void>): Promise<number> {
  const startedAt = performance.now()
  const numbers = Array.from({ length: count }, (_, n) => n).values()
  const lanes = Array.from({ length: IN_FLIGHT }, async () => {
    for (const n of numbers) await job(n)
  })
  await Promise.all(lanes)
  return bytes / (performance.now() - startedAt) / 1000
}

async function store(disk: DiskPool, storage: Storage, piece: PieceIndex, bytes: Uint8Array): Promise<void> {
  let slot = disk.reserve(bytes.length, 'receive')
  for (; slot === undefined; slot = disk.reserve(bytes.length, 'receive')) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  slot.bytes.set(bytes) // as the engine copies blocks into it
  const room = slot
  const { result } = await answer((done: Done<Stored>) => storage.store(piece, 0, room, bytes.length, false, done))
  disk.release(room)
  if (result !== 'stored') throw new Error(result)
}

async function checkAll(info: Info, storage: Storage): Promise<number> {
  const { pieceCount, pieceLength } = info.geometry
  const perRun = Math.max(1, (16 * MIB) / pieceLength)
  return await rate(info.totalSize, Math.ceil(pieceCount / perRun), async (n) => {
    const first = (n * perRun) as PieceIndex
    const count = Math.min(perRun, pieceCount - first)
    await answer((done: Done<Uint8Array>) => storage.check(first, count, done))
  })
}

async function pieces(disk: DiskPool, dir: string, pieceLength: number): Promise<Record<string, number>> {
  const bytes = new Uint8Array(pieceLength).fill(7)
  const info = makeInfo([TOTAL], pieceLength, nodeHasher.sha1(bytes))
  const storage = disk.open({ info, pieceRoots: undefined, dir, wanted: [true], mode: 'download' })
  const { pieceCount } = info.geometry
  const stored = await rate(TOTAL, pieceCount, (n) => store(disk, storage, n as PieceIndex, bytes))
  const resident = memoryMiB(process.pid, 'VmHWM')
  const checked = await checkAll(info, storage)
  const slots = Array.from({ length: IN_FLIGHT }, () => disk.reserve(16 * 16_397, 'send'))
  const loaded = await rate(TOTAL, TOTAL / (256 * KIB), async (n) => {
    const slot = slots.pop()
    if (slot === undefined) throw new Error('no memory to send from')
    const piece = info.geometry.pieceIndex(Math.floor((n * 256 * KIB) / pieceLength)) ?? (0 as PieceIndex)
    const begin = (n * 256 * KIB) % pieceLength
    await answer((done: Done<number>) => storage.load(piece, begin, 256 * KIB, slot, 13, done))
    slots.push(slot)
  })
  for (const slot of slots) if (slot !== undefined) disk.release(slot)
  await answer((done: Done<undefined>) => storage.close(done))
  rmSync(join(dir, 'bench'), { recursive: true })
  return { stored, checked, loaded, resident }
}

async function smallFiles(disk: DiskPool, dir: string): Promise<Record<string, number>> {
  const sizes = Array.from({ length: 20_000 }, (_, n) => 1000 + ((n * 7919) % 29_000))
  const info = makeInfo(sizes, 256 * KIB, new Uint8Array(20))
  const bytes = new Uint8Array(30_000)
  for (const [n, { path, length }] of info.files.entries()) {
    if (n < 500) mkdirSync(join(dir, ...path.slice(0, -1)), { recursive: true })
    writeFileSync(join(dir, ...path), bytes.subarray(0, length))
  }
  const storage = disk.open({ info, pieceRoots: undefined, dir, wanted: sizes.map(() => true), mode: 'share' })
  const startedAt = performance.now()
  await answer((done: Done<readonly FileStamp[]>) => storage.prepare(done))
  const preparedMs = performance.now() - startedAt
  const checked = await checkAll(info, storage)
  await answer((done: Done<undefined>) => storage.close(done))
  rmSync(join(dir, 'bench'), { recursive: true })
  return { preparedMs, checked }
}

async function medians(what: string, run: () => Promise<Record<string, number>>): Promise<void> {
  const results: Record<string, number>[] = []
  for (let n = 0; n < RUNS; n++) results.push(await run())
  const middle = (key: string): number => results.map((result) => result[key] ?? 0).sort((a, b) => a - b)[1] ?? 0
  const text = Object.keys(results[0] ?? {}).map((key) => `${key} ${Math.round(middle(key))}`)
  console.log(`${what.padEnd(20)} ${text.join('   ')}`)
}

const dir = mkdtempSync(join(process.argv[2] ?? '/dev/shm', 'shoal-bench-'))
const disk = new DiskPool()
try {
  await pieces(disk, dir, 256 * KIB) // the first touch of the machine's memory is slow, and not ours
  console.log('MB/s; resident: highest so far, in MiB')
  for (const kib of [256, 1024, 4096]) await medians(`pieces of ${kib} KiB`, () => pieces(disk, dir, kib * KIB))
  await medians('20,000 small files', () => smallFiles(disk, dir))
} finally {
  await disk.close()
  rmSync(dir, { recursive: true })
}
