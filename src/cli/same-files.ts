// Are two copies of a torrent's files equal, byte by byte? The tour's proof: it trusts no hash.
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import type { Info } from '../core/metainfo/metainfo.ts'

const CHUNK_BYTES = 1024 * 1024

/** Path of the first file that differs; `undefined` if all are equal. Missing files are a failure of the system. */
export async function firstDifference(info: Info, dirA: string, dirB: string): Promise<string | undefined> {
  for (const file of info.files) {
    if (file.isPad || file.symlink !== undefined) continue
    const path = join(...file.path)
    if (!(await isSame(join(dirA, path), join(dirB, path)))) return path
  }
  return undefined
}

async function isSame(pathA: string, pathB: string): Promise<boolean> {
  await using a = await open(pathA)
  await using b = await open(pathB)
  const chunkA = Buffer.allocUnsafe(CHUNK_BYTES)
  const chunkB = Buffer.allocUnsafe(CHUNK_BYTES)
  for (let at = 0; ; ) {
    const [fromA, fromB] = await Promise.all([a.read(chunkA, 0, CHUNK_BYTES, at), b.read(chunkB, 0, CHUNK_BYTES, at)])
    // Of regular files, a short read is the end.
    if (!chunkA.subarray(0, fromA.bytesRead).equals(chunkB.subarray(0, fromB.bytesRead))) return false
    if (fromA.bytesRead === 0) return true
    at += fromA.bytesRead
  }
}
