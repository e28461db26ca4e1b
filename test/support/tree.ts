// Folders of files for transfer tests: made, and compared byte by byte.
import { randomBytes } from 'node:crypto'
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Writes random files below `dir`: path to size in bytes. */
export function writeTree(dir: string, sizes: Readonly<Record<string, number>>): void {
  for (const [path, size] of Object.entries(sizes)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), randomBytes(size))
  }
}

/** Every difference between two trees, one line each: names, kinds, bytes. Empty when they are equal. */
export function compareTrees(expected: string, actual: string): string[] {
  const kind = kindOf(expected)
  if (kind !== kindOf(actual)) return [`${actual}: expected a ${kind}, got a ${kindOf(actual)}`]
  if (kind === 'folder') {
    const names = new Set([...readdirSync(expected), ...readdirSync(actual)])
    return [...names].sort().flatMap((name) => compareTrees(join(expected, name), join(actual, name)))
  }
  const isEqual =
    kind === 'link'
      ? readlinkSync(expected) === readlinkSync(actual)
      : kind === 'nothing' || readFileSync(expected).equals(readFileSync(actual))
  return isEqual ? [] : [`${actual}: differs from ${expected}`]
}

function kindOf(path: string): 'folder' | 'link' | 'file' | 'nothing' {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return 'nothing'
  return stats.isDirectory() ? 'folder' : stats.isSymbolicLink() ? 'link' : 'file'
}
