// A disk, a folder and torrents in it, in few words: for the suites that every Disk runs.
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { AppError, type ErrorCode } from '../../src/core/errors.ts'
import type { PieceIndex } from '../../src/core/ids.ts'
import { answer } from '../../src/io/disk/answer.ts'
import {
  type Disk,
  type FileStamp,
  type FinishedFile,
  SEGMENT_BYTES,
  type Slot,
  type Storage,
  type StorageOptions,
  type Stored,
} from '../../src/io/disk/disk.ts'
import type { MadeTorrent } from './torrents.ts'

/** One disk and one folder, gone after the test. */
export class Bench {
  readonly disk: Disk
  readonly dir: string

  constructor(t: TestContext, make: () => Disk) {
    const disk = make()
    const dir = mkdtempSync(join(tmpdir(), 'shoal-disk-'))
    this.disk = disk
    this.dir = dir
    t.after(async () => {
      await disk.close()
      rmSync(dir, { recursive: true })
    })
  }

  open(torrent: MadeTorrent, options: Partial<StorageOptions> = {}): OpenTorrent {
    const { info, pieceRoots } = torrent
    const wanted = info.files.map(() => true)
    const storage = this.disk.open({ info, pieceRoots, dir: this.dir, wanted, mode: 'download', ...options })
    return new OpenTorrent(this, torrent, storage)
  }

  /** A slot that must be there, with these bytes. */
  slot(bytes: Uint8Array): Slot {
    const slot = this.disk.reserve(bytes.length, 'receive')
    assert.ok(slot)
    slot.bytes.set(bytes)
    return slot
  }

  /** Path of a file below the torrent's folder. */
  path(path: string): string {
    return join(this.dir, 'top', path)
  }

  read(path: string): Uint8Array {
    return new Uint8Array(readFileSync(this.path(path)))
  }

  write(path: string, bytes: Uint8Array | string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true })
    writeFileSync(this.path(path), bytes)
  }

  /** Paths of all that is below the download folder, links with their targets. */
  tree(folder = this.dir): string[] {
    return readdirSync(folder, { withFileTypes: true })
      .flatMap((entry) => {
        const path = join(folder, entry.name)
        if (entry.isDirectory()) return this.tree(path)
        const name = path.slice(this.dir.length + 1).replace(/^top\//, '')
        return [entry.isSymbolicLink() ? `${name} -> ${readlinkSync(path)}` : name]
      })
      .sort()
  }
}

export class OpenTorrent {
  readonly storage: Storage
  readonly #bench: Bench
  readonly #torrent: MadeTorrent

  constructor(bench: Bench, torrent: MadeTorrent, storage: Storage) {
    this.#bench = bench
    this.#torrent = torrent
    this.storage = storage
  }

  /** Stores a piece, or other bytes in its place; the answer of its last segment. */
  async store(piece: number, bytes = this.#torrent.piece(piece), wantDigests = false): Promise<Stored> {
    let last: Stored | undefined
    for (let begin = 0; begin < bytes.length; begin += SEGMENT_BYTES) {
      assert.ok(last === undefined || last.result === 'more')
      last = await this.storeSegment(piece, begin, bytes.subarray(begin, begin + SEGMENT_BYTES), wantDigests)
    }
    assert.ok(last)
    return last
  }

  async storeSegment(piece: number, begin: number, bytes: Uint8Array, wantDigests = false): Promise<Stored> {
    const slot = this.#bench.slot(bytes)
    try {
      return await answer<Stored>((done) =>
        this.storage.store(piece as PieceIndex, begin, slot, bytes.length, wantDigests, done),
      )
    } finally {
      this.#bench.disk.release(slot)
    }
  }

  /** All at once, as many as there is memory for. */
  async storeAll(): Promise<void> {
    const pieces = Array.from({ length: this.#torrent.info.geometry.pieceCount }, (_, n) => n).values()
    const lanes = Array.from({ length: 8 }, async () => {
      for (const piece of pieces) assert.equal((await this.store(piece)).result, 'stored')
    })
    await Promise.all(lanes)
  }

  /** Block bytes of a run, after the gaps were checked to be untouched. What can be had at once is the same. */
  async load(piece: number, begin: number, length: number, gap = 13): Promise<Uint8Array> {
    const now = this.loadNow(piece, begin, length, gap)
    const bytes = await this.#withSlot(length, gap, async (slot) => {
      const read = await answer<number>((done) =>
        this.storage.load(piece as PieceIndex, begin, length, slot, gap, done),
      )
      assert.equal(read, length)
    }).catch((error: unknown) => {
      assert.equal(now, undefined)
      throw error
    })
    if (now !== undefined) assert.deepEqual(await now, bytes)
    return bytes
  }

  /** As `load`; `undefined` if it cannot be had at once. */
  loadNow(piece: number, begin: number, length: number, gap = 13): Promise<Uint8Array> | undefined {
    let isRead = false
    const bytes = this.#withSlot(length, gap, (slot) => {
      isRead = this.storage.loadNow(piece as PieceIndex, begin, length, slot, gap)
      if (!isRead) slot.bytes.fill(0xee)
    })
    return isRead ? bytes : undefined
  }

  async #withSlot(length: number, gap: number, fill: (slot: Slot) => void | Promise<void>): Promise<Uint8Array> {
    const slot = this.#bench.disk.reserve(length + gap * Math.ceil(length / 16_384), 'send')
    assert.ok(slot)
    slot.bytes.fill(0xee)
    try {
      await fill(slot)
      const bytes = new Uint8Array(length)
      for (let at = 0, from = 0; at < length; at += 16_384, from += gap + 16_384) {
        assert.ok(slot.bytes.subarray(from, from + gap).every((byte) => byte === 0xee))
        const blockBytes = Math.min(16_384, length - at)
        bytes.set(slot.bytes.subarray(from + gap, from + gap + blockBytes), at)
      }
      return bytes
    } finally {
      this.#bench.disk.release(slot)
    }
  }

  /** 1 for each piece that is good on disk. */
  async check(): Promise<number[]> {
    const { pieceCount } = this.#torrent.info.geometry
    return [...(await answer<Uint8Array>((done) => this.storage.check(0 as PieceIndex, pieceCount, done)))]
  }

  finish(pathEnd: string): Promise<FinishedFile> {
    return answer<FinishedFile>((done) => this.storage.finishFile(this.#torrent.file(pathEnd), done))
  }

  /** Finishes all files; the names they got. */
  async finishAll(): Promise<string[]> {
    const names: string[] = []
    for (const [file, { isPad, symlink, length }] of this.#torrent.info.files.entries()) {
      if (isPad || symlink !== undefined || length === 0) continue
      names.push((await answer<FinishedFile>((done) => this.storage.finishFile(file, done))).name)
    }
    return names
  }

  prepare(): Promise<readonly FileStamp[]> {
    return answer<readonly FileStamp[]>((done) => this.storage.prepare(done))
  }

  /** Size of each file by the end of its path; -1 for those that do not exist. */
  async sizes(): Promise<Record<string, number>> {
    const stamps = await answer<readonly FileStamp[]>((done) => this.storage.stamps(done))
    const name = (file: number): string => this.#torrent.info.files[file]?.path.slice(1).join('/') ?? ''
    return Object.fromEntries(stamps.map(({ file, sizeBytes }) => [name(file), sizeBytes]))
  }

  want(...pathEnds: readonly string[]): Promise<undefined> {
    return answer<undefined>((done) => this.storage.setWanted(wantOnly(this.#torrent, ...pathEnds), done))
  }

  close(): Promise<undefined> {
    return answer<undefined>((done) => this.storage.close(done))
  }
}

/** For `StorageOptions.wanted`. */
export function wantOnly(torrent: MadeTorrent, ...pathEnds: readonly string[]): boolean[] {
  return torrent.info.files.map((_, file) => pathEnds.some((end) => torrent.file(end) === file))
}

export async function refuses(job: Promise<unknown>, code: ErrorCode, why: RegExp): Promise<void> {
  await assert.rejects(job, (error) => {
    assert.ok(error instanceof AppError, String(error))
    assert.deepEqual([error.code, why.test(error.message)], [code, true], error.message)
    return true
  })
}

/** Registers a test with a bench of its own. */
export type DiskTest = (what: string, body: (bench: Bench, t: TestContext) => Promise<void>) => void

export function diskTests(name: string, make: () => Disk): DiskTest {
  return (what, body) => {
    test(`${name}: ${what}`, (t) => body(new Bench(t, make), t))
  }
}
