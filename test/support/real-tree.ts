// A real tree of files that every machine with this project has: copies of what is installed with it, then of the system.
import { copyFileSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')
const SOURCES = [
  join(ROOT, 'tools/lint/node_modules'),
  join(ROOT, 'node_modules'),
  join(ROOT, 'tools/node/node_modules'),
  '/usr/share',
  '/usr/lib',
]

/** Copies regular files into `dir` until there are that many, then as many as it takes; fails if the machine has less. */
export function copyRealTree(dir: string, atLeastFiles: number, atLeastBytes: number): void {
  let files = 0
  let bytes = 0
  for (const source of SOURCES.filter(existsSync)) {
    for (const path of walk(source)) {
      if (files >= atLeastFiles && bytes >= atLeastBytes) return
      const { size } = statSync(path)
      // The rest of the way is for small files: the copies should not fill the disk.
      if (bytes + size > 1.3 * atLeastBytes) continue
      const copy = join(dir, relative('/', path))
      mkdirSync(dirname(copy), { recursive: true })
      copyFileSync(path, copy)
      files++
      bytes += size
    }
  }
  throw new Error(`this machine has only ${files} files of ${bytes} bytes for the test`)
}

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name)
    if (entry.name === '.cache') continue // programs that run now change it
    if (entry.isDirectory()) yield* walk(path)
    else if (entry.isFile()) yield path
  }
}
