// Small torrents for tests of the command line.
import { writeTorrent, writeInfo } from '../../src/core/metainfo/build.ts'
import { bareMetainfo, type Info } from '../../src/core/metainfo/metainfo.ts'
import { parseInfo } from '../../src/core/metainfo/parse.ts'
import { nodeHasher } from '../../src/io/hasher.ts'

export const PIECE_BYTES = 16_384

/** A v1 torrent `photos` of these files; its piece hashes are zeros. */
export function infoOf(files: Readonly<Record<string, number>>): Info {
  const total = Object.values(files).reduce((sum, length) => sum + length, 0)
  const content = {
    name: 'photos',
    isSingle: false,
    files: Object.entries(files).map(([path, length]) => {
      return { path: path.split('/'), length, isExecutable: false, symlink: undefined }
    }),
    version: 'v1',
    pieceLength: PIECE_BYTES,
    isPrivate: false,
    source: undefined,
  } as const
  const hashes = new Uint8Array(20 * Math.ceil(total / PIECE_BYTES))
  return parseInfo(
    writeInfo(content, hashes, () => new Uint8Array(32)),
    nodeHasher,
  )
}

export function torrentOf(info: Info, trackers: readonly (readonly string[])[] = []): Uint8Array {
  return writeTorrent({ ...bareMetainfo(info), trackers, comment: 'for \x1b[31mtests' })
}
