// A disk that can only read and hash, in the plainest way: what the real ones find must be what this finds.
import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { concatBytes } from '../../src/core/bytes.ts'
import { AppError } from '../../src/core/errors.ts'
import { BLOCK_BYTES } from '../../src/core/geometry.ts'
import type { PieceIndex } from '../../src/core/ids.ts'
import { merkleRoot } from '../../src/core/metainfo/merkle.ts'
import { leavesOfPiece } from '../../src/core/metainfo/metainfo.ts'
import type { Digests, Disk, FileStamp, Storage, StorageOptions } from '../../src/io/disk/disk.ts'
import { nodeHasher } from '../../src/io/hasher.ts'

export class ReadingDisk implements Disk {
  /** Storages that are open now. */
  openCount = 0

  open(options: StorageOptions): Storage {
    this.openCount++
    const cannot = (): never => {
      throw new Error('this disk only reads')
    }
    return {
      store: cannot,
      abandon: cannot,
      load: cannot,
      check: cannot,
      finishFile: cannot,
      prepare: cannot,
      setWanted: cannot,
      sync: cannot,
      digest: (first, count, done) => setImmediate(() => done(guarded(() => digest(options, first, count)))),
      stamps: (done) => setImmediate(() => done(guarded(() => stamps(options)))),
      close: (done) => {
        this.openCount--
        setImmediate(() => done(undefined))
      },
    }
  }

  reserve(): undefined {
    return undefined
  }

  release(): void {}

  async close(): Promise<void> {}
}

function guarded<Result>(job: () => Result): Result | AppError {
  try {
    return job()
  } catch (cause) {
    return new AppError('data-missing', String(cause), { cause })
  }
}

function digest({ info, pieceRoots, dir }: StorageOptions, first: PieceIndex, count: number): Digests {
  const v1: Uint8Array[] = []
  const v2: Uint8Array[] = []
  for (let n = 0; n < count; n++) {
    const piece = info.geometry.pieceIndex(first + n)
    if (piece === undefined) throw new Error('a piece beyond the end')
    const bytes = new Uint8Array(info.geometry.pieceBytes(piece))
    info.geometry.spans(piece, 0, bytes.length, (file, offset, length, at) => {
      const handle = openSync(join(dir, ...(info.files[file]?.path ?? [])), 'r')
      const read = readSync(handle, bytes, at, length, offset)
      closeSync(handle)
      if (read !== length) throw new Error('a file is shorter than it was')
    })
    const data = bytes.subarray(0, info.geometry.dataBytes(piece))
    const leaves = Array.from({ length: info.geometry.blockCount(piece) }, (_, block) =>
      nodeHasher.sha256(data.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES)),
    )
    v1.push(nodeHasher.sha1(bytes))
    v2.push(merkleRoot(concatBytes(leaves), leavesOfPiece(info, piece), nodeHasher))
  }
  return { v1: info.pieceHashes && concatBytes(v1), v2: pieceRoots && concatBytes(v2) }
}

function stamps({ info, dir }: StorageOptions): FileStamp[] {
  return info.files.flatMap((file, n) => {
    if (file.isPad || file.symlink !== undefined) return []
    const { size, mtimeMs } = statSync(join(dir, ...file.path))
    return [{ file: n, sizeBytes: size, modifiedAtMs: mtimeMs }]
  })
}
