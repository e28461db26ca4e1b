// How a send is cut: the first bytes should leave before a large folder is hashed. Its files go in parts, each a torrent of
// its own, the small files first; each part may be twice as large as the one before, so that it is hashed while that one
// is on its way, and a folder of a terabyte is no more than fifteen torrents. A file is never cut.
import { AppError } from '../core/errors.ts'
import type { Disk } from '../io/disk/disk.ts'
import { findSourceFiles, type Source } from '../engine/source-files.ts'
import { MAX_FILES } from './protocol.ts'

export interface PlannedFile {
  /** With `/`, the folder that was named in front. */
  readonly path: string
  readonly size: number
}

/** A core hashes so much in 0.05 s. */
export const FIRST_PART_BYTES = 64 * 1024 * 1024

/** What is to be sent, part by part. Links are left out: they would lead elsewhere. Throws AppError. */
export async function planSend(
  paths: readonly string[],
  disk: Disk,
  firstBytes: number,
  signal: AbortSignal,
): Promise<Source[]> {
  const parts: Source[] = []
  for (const path of paths) {
    const source = await findSourceFiles(path, disk, () => false, signal)
    const files = source.files.filter(({ symlink }) => symlink === undefined)
    parts.push(...cut({ ...source, files }, firstBytes))
  }
  if (filesOf(parts).length > MAX_FILES) {
    throw new AppError('usage', `more than ${MAX_FILES} files: share them as a torrent`)
  }
  return parts
}

/** `firstBytes`: of the first part, about. Files without content go with the first ones that have some. */
export function cut(source: Source, firstBytes: number): Source[] {
  const bySize = source.files.toSorted((a, b) => a.length - b.length)
  const parts: Source[] = []
  let part = new Set<Source['files'][number]>()
  let bytes = 0
  for (const [n, file] of bySize.entries()) {
    part.add(file)
    bytes += file.length
    if (bytes < firstBytes * 2 ** parts.length && n < bySize.length - 1) continue
    const files = part
    parts.push({ ...source, files: source.files.filter((one) => files.has(one)) })
    part = new Set()
    bytes = 0
  }
  return parts
}

export function filesOf(parts: readonly Source[]): PlannedFile[] {
  return parts.flatMap(({ name, isSingle, files }) =>
    files.map(({ path, length }) => ({ path: (isSingle ? path : [name, ...path]).join('/'), size: length })),
  )
}
