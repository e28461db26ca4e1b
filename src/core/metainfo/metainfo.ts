// What a .torrent says, after it was checked: the one description that engine, storage and command line share.
import type { Geometry, GeometryFile } from '../geometry.ts'
import type { InfoHash, InfoHashV2, PieceIndex } from '../ids.ts'

/** A file as the disk knows it. */
export interface PlacedFile extends GeometryFile {
  /** Where the file goes below the download folder; has passed safe-path.ts. Multi-file torrents: begins with the name. */
  readonly path: readonly string[]
  /** BEP 47 `x`. */
  readonly isExecutable: boolean
  /** BEP 47 `l`: where the link points, as safe path below the download folder. */
  readonly symlink: readonly string[] | undefined
}

export interface TorrentFile extends PlacedFile {
  /** BEP 47 `h`. */
  readonly isHidden: boolean
  /** BEP 52: root of the file's Merkle tree, 32 bytes; absent in v1 and for empty files. */
  readonly root: Uint8Array | undefined
}

/** The `info` dictionary: what the info-hash covers and magnet links fetch. */
export interface Info {
  readonly name: string
  readonly isPrivate: boolean
  readonly source: string | undefined
  /** Size of all real files in bytes, without padding. */
  readonly totalSize: number
  readonly files: readonly TorrentFile[]
  readonly geometry: Geometry
  readonly infoHashV1: InfoHash | undefined
  readonly infoHashV2: InfoHashV2 | undefined
  /** v1: SHA-1 of every piece, 20 bytes each. */
  readonly pieceHashes: Uint8Array | undefined
  /** The raw dictionary, as hashed; what other peers are served (BEP 9). */
  readonly bytes: Uint8Array
}

export interface Metainfo {
  readonly info: Info
  /** v2: expected Merkle root of every piece, 32 bytes each, verified against the file roots. See `pieceRoots`. */
  readonly pieceRoots: Uint8Array | undefined
  /** BEP 12 tiers; a lone `announce` is one tier of one. */
  readonly trackers: readonly (readonly string[])[]
  /** BEP 19 `url-list`. */
  readonly webSeeds: readonly string[]
  /** BEP 5 `nodes`: host and port. */
  readonly nodes: readonly (readonly [host: string, port: number])[]
  readonly comment: string | undefined
  readonly createdBy: string | undefined
  /** Seconds since 1970. */
  readonly createdAt: number | undefined
}

/** Nothing but the torrent itself: what a magnet link leads to. */
export function bareMetainfo(info: Info, pieceRoots?: Uint8Array): Metainfo {
  return {
    info,
    pieceRoots,
    trackers: [],
    webSeeds: [],
    nodes: [],
    comment: undefined,
    createdBy: undefined,
    createdAt: undefined,
  }
}

/** v2: number of 16 KiB leaves that a piece's expected root covers; a power of two. */
export function leavesOfPiece({ geometry }: { readonly geometry: Geometry }, piece: PieceIndex): number {
  const file = geometry.files[geometry.fileAt(geometry.pieceOffset(piece))]
  // A file of up to one piece is its own tree, which is only as wide as the file needs (BEP 52).
  if (file !== undefined && file.length <= geometry.pieceLength) return nextPowerOfTwo(geometry.blockCount(piece))
  return geometry.blocksPerPiece
}

export function nextPowerOfTwo(n: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, n)))
}
