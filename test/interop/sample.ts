// What the interop tests send: a small tree with every odd kind of file, and its .torrent.
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { asRecord } from '../support/json.ts'
import { makeHome, removeHome } from '../support/program.ts'
import { runShoal } from '../support/shoal.ts'
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

export type Version = 'v1' | 'v2' | 'hybrid'

export interface Sample extends Disposable {
  /** The folder that holds the whole tree. */
  readonly seedDir: string
  /** The tree itself. */
  readonly data: string
  /** Below the tree: a folder that holds an empty file and nothing else. */
  readonly emptyFolder: string
  /** Where the .torrent is written. */
  readonly torrent: string
  /** A new empty folder, and where the tree will be in it. */
  downloadDir(name: string): { readonly dir: string; readonly data: string }
}

/** Disposing deletes every folder. */
export function makeSample(): Sample {
  const work = makeHome('sample')
  const seedDir = join(work, 'seed')
  writeTree(join(seedDir, NAME), SIZES)
  return {
    seedDir,
    data: join(seedDir, NAME),
    emptyFolder: 'deep/er',
    torrent: join(work, 'sample.torrent'),
    downloadDir(name) {
      const dir = join(work, name)
      mkdirSync(dir)
      return { dir, data: join(dir, NAME) }
    },
    [Symbol.dispose]: () => removeHome(work),
  }
}

export interface Made {
  /** 40 hex digits: what trackers are asked for; the beginning of the v2 hash if there is no other. */
  readonly infoHash: string
  readonly magnet: string
}

export async function createWithShoal(sample: Sample, trackerUrl: string, version: Version): Promise<Made> {
  const { data, torrent } = sample
  const options = [`--${version}`, '-t', trackerUrl, '-o', torrent, '--piece-length', `${PIECE_BYTES}`, '--json']
  const { code, stdout, stderr } = await runShoal(['create', data, ...options])
  if (code !== 0) throw new Error(stderr)
  const { infoHashV1, infoHashV2, magnet } = asRecord(JSON.parse(stdout.split('\n').at(-1) ?? ''))
  return { infoHash: String(infoHashV1 ?? infoHashV2).slice(0, 40), magnet: String(magnet) }
}

export function createWithLibtorrent(sample: Sample, trackerUrl: string, version: Version): Made {
  const script = join(import.meta.dirname, 'clients/libtorrent-create.py')
  const args = [script, sample.data, sample.torrent, trackerUrl, version, `${PIECE_BYTES}`]
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  const [infoHash = '', magnet = ''] = stdout.split('\n')
  return { infoHash, magnet }
}
