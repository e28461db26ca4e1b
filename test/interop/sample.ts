// What the interop tests send: a small tree with every odd kind of file, and its .torrent.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { makeHome, removeHome } from '../support/program.ts'
import { writeTree } from '../support/tree.ts'

const NAME = 'Beispiel ☃'
const PIECE_BYTES = 32_768
const SIZES = {
  'one byte': 1,
  'deep/er/empty': 0,
  'deep/ünïcode 文件.txt': 12_345,
  'two pieces exactly': 2 * PIECE_BYTES,
  'odd.bin': 3_000_001,
  'zz.bin': 1_234_567,
}

export interface Sample extends Disposable {
  /** The folder that holds the whole tree. */
  readonly seedDir: string
  /** The tree itself. */
  readonly data: string
  /** A new empty folder, and where the tree will be in it. */
  downloadDir(name: string): { readonly dir: string; readonly data: string }
  /** A path for a .torrent file. */
  readonly torrentFile: string
}

/** Disposing deletes every folder. */
export function makeSample(): Sample {
  const work = makeHome('sample')
  const seedDir = join(work, 'seed')
  writeTree(join(seedDir, NAME), SIZES)
  return {
    seedDir,
    data: join(seedDir, NAME),
    torrentFile: join(work, 'sample.torrent'),
    downloadDir(name) {
      const dir = join(work, name)
      mkdirSync(dir)
      return { dir, data: join(dir, NAME) }
    },
    [Symbol.dispose]: () => removeHome(work),
  }
}

/** Makes the sample's .torrent as libtorrent does; the answer is the info-hash in hex (of v2 only if it is all there is). */
export function createWithLibtorrent(sample: Sample, trackerUrl: string, version: 'v1' | 'v2' | 'hybrid'): string {
  const script = join(import.meta.dirname, 'clients/libtorrent-create.py')
  const args = [script, sample.data, sample.torrentFile, trackerUrl, version, `${PIECE_BYTES}`]
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout.trim()
}
