// A real folder of this machine that is worth sharing in the tour: large enough to watch, small enough for seconds.
import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const MIN_BYTES = 8_000_000
const MAX_BYTES = 64_000_000
const MAX_FILES = 10_000

/** The libraries of a checkout, else npm, which comes with Node; Node itself is everywhere. */
export async function findTourFolder(): Promise<string> {
  const root = join(import.meta.dirname, '../..')
  const nodeRoot = join(dirname(process.execPath), '..')
  const candidates = [join(root, 'node_modules'), join(root, '../npm'), join(nodeRoot, 'lib/node_modules/npm')]
  for (const candidate of candidates) {
    const bytes = await sizeOf(candidate)
    if (bytes >= MIN_BYTES && bytes <= MAX_BYTES) return candidate
  }
  return process.execPath
}

/** Bytes of the files below; infinity if there are too many, 0 if the folder cannot be read. */
async function sizeOf(folder: string): Promise<number> {
  let entries: Dirent[]
  try {
    entries = await readdir(folder, { recursive: true, withFileTypes: true })
  } catch {
    return 0 // then another one is taken
  }
  if (entries.length > MAX_FILES) return Number.POSITIVE_INFINITY
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}
