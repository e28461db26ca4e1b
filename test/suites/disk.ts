// What every Disk must do: run by the pool and by the inline disk.
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import type { PieceIndex } from '../../src/core/ids.ts'
import { answer } from '../../src/io/disk/answer.ts'
import {
  type Digests,
  type Disk,
  SEGMENT_BYTES,
  type Storage,
  type StorageOptions,
  type Stored,
} from '../../src/io/disk/disk.ts'
import { type MadeTorrent, makeTorrent, patternBytes } from '../support/torrents.ts'

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

  /** Content of a file below the torrent's folder. */
  read(path: string): Uint8Array {
    return new Uint8Array(readFileSync(join(this.dir, 'top', path)))
  }

  names(path = 'top'): string[] {
    return readdirSync(join(this.dir, path)).sort()
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
    const { disk } = this.#bench
    let last: Stored | undefined
    for (let begin = 0; begin < bytes.length; begin += SEGMENT_BYTES) {
      const length = Math.min(SEGMENT_BYTES, bytes.length - begin)
      const slot = disk.reserve(length, 'receive')
      assert.ok(slot)
      slot.bytes.set(bytes.subarray(begin, begin + length))
      try {
        last = await answer<Stored>((done) =>
          this.storage.store(piece as PieceIndex, begin, slot, length, wantDigests, done),
        )
      } finally {
        disk.release(slot)
      }
    }
    assert.ok(last)
    return last
  }

  async storeAll(): Promise<void> {
    for (let piece = 0; piece < this.#torrent.info.geometry.pieceCount; piece++) {
      assert.equal((await this.store(piece)).result, 'stored')
    }
  }

  /** Block bytes of a run, after the gaps were checked to be untouched. */
  async load(piece: number, begin: number, length: number, gap = 13): Promise<Uint8Array> {
    const slot = this.#bench.disk.reserve(length + gap * Math.ceil(length / 16_384), 'send')
    assert.ok(slot)
    slot.bytes.fill(0xee)
    try {
      const read = await answer<number>((done) =>
        this.storage.load(piece as PieceIndex, begin, length, slot, gap, done),
      )
      assert.equal(read, length)
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

  async check(): Promise<number[]> {
    const { pieceCount } = this.#torrent.info.geometry
    return [...(await answer<Uint8Array>((done) => this.storage.check(0 as PieceIndex, pieceCount, done)))]
  }
}

const PIECE = 32_768

export function diskSuite(name: string, make: () => Disk): void {
  const diskTest = (what: string, body: (bench: Bench, t: TestContext) => Promise<void>): void => {
    test(`${name}: ${what}`, (t) => body(new Bench(t, make), t))
  }

  for (const version of ['v1', 'v2', 'hybrid'] as const) {
    diskTest(`${version}: pieces that are stored can be checked, digested and loaded`, async (bench) => {
      const files = [
        { path: 'a', bytes: patternBytes(3 * PIECE + 100, 1) },
        { path: 'b/c', bytes: patternBytes(5, 2) },
        { path: 'b/d', bytes: patternBytes(2 * PIECE, 3) },
        { path: 'b/e', bytes: patternBytes(20_000, 4) },
      ]
      const torrent = makeTorrent(files, PIECE, version)
      const open = bench.open(torrent)
      assert.deepEqual(new Set(await open.check()), new Set([0]))
      await open.storeAll()
      assert.deepEqual(new Set(await open.check()), new Set([1]))
      const { pieceCount } = torrent.info.geometry
      const digests = await answer<Digests>((done) => open.storage.digest(0 as PieceIndex, pieceCount, done))
      assert.deepEqual(
        [digests.v1, digests.v2].map((hashes) => hashes && Buffer.from(hashes).toString('hex')),
        [torrent.info.pieceHashes, torrent.pieceRoots].map((hashes) => hashes && Buffer.from(hashes).toString('hex')),
      )
      for (let piece = 0; piece < pieceCount; piece++) {
        const bytes = torrent.piece(piece)
        assert.deepEqual(await open.load(piece, 0, bytes.length), bytes)
      }
      for (const file of torrent.info.files.keys()) {
        if (torrent.info.files[file]?.isPad === false) await answer((done) => open.storage.finishFile(file, done))
      }
      await answer<undefined>((done) => open.storage.close(done))
      for (const { path, bytes } of files) assert.deepEqual(bench.read(path), bytes)
      assert.deepEqual(
        [bench.names(), bench.names('top/b')],
        [
          ['a', 'b'],
          ['c', 'd', 'e'],
        ],
      )
    })
  }
}
