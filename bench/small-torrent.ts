// One of thousands of small torrents, with its file: benches and others read them from the folder.
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { concatBytes } from '../src/core/bytes.ts'

const FILE_BYTES = 20_000
const PIECE_BYTES = 16_384

/** Writes `work/data/file<n>`, in a folder that is there, and `work/<n>.torrent`; without a tracker if there is none. */
export function makeSmallTorrent(work: string, n: number, trackerUrl?: string): void {
  const bytes = new Uint8Array(FILE_BYTES).fill(n)
  new DataView(bytes.buffer).setUint32(0, n)
  const name = `file${n}`
  writeFileSync(join(work, 'data', name), bytes)
  const hashes = [0, PIECE_BYTES].map((at) =>
    createHash('sha1')
      .update(bytes.subarray(at, at + PIECE_BYTES))
      .digest(),
  )
  const announce = trackerUrl === undefined ? '' : `8:announce${trackerUrl.length}:${trackerUrl}`
  const head = `d${announce}4:infod6:lengthi${FILE_BYTES}e4:name${name.length}:${name}`
  const info = `12:piece lengthi${PIECE_BYTES}e6:pieces${hashes.length * 20}:`
  writeFileSync(join(work, `${n}.torrent`), concatBytes([Buffer.from(head + info), ...hashes, Buffer.from('ee')]))
}
