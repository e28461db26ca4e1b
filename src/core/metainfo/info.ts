// Reads the `info` dictionary of v1 (BEP 3), v2 (BEP 52) and hybrid torrents. The info-hashes are those of the raw bytes:
// what is odd inside (unsorted or unknown keys) is part of the torrent's identity and must not be repaired.
import { type BDict, bytesOf, integerOf, textOf } from '../bencode.ts'
import { equalBytes } from '../bytes.ts'
import { AppError } from '../errors.ts'
import { alignedToPiece, BLOCK_BYTES, Geometry } from '../geometry.ts'
import type { Hasher } from '../hasher.ts'
import { infoHash, infoHashV2 } from '../ids.ts'
import { damaged } from './damage.ts'
import { type FileList, readFileList } from './file-list.ts'
import { readFileTree } from './file-tree.ts'
import { MAX_PIECE_BYTES, MAX_PIECES } from './limits.ts'
import type { ListedFile } from './listed-file.ts'
import { type Info, nextPowerOfTwo, type TorrentFile } from './metainfo.ts'
import { NameTree } from './name-tree.ts'
import { type Platform, safeName, safePath } from './safe-path.ts'

const SHA1_BYTES = 20

/** `bytes` are the raw form of `info`; the result keeps views of them. */
export function readInfo(info: BDict, bytes: Uint8Array, hasher: Hasher, platform: Platform): Info {
  const version = readVersion(info) // BEP 52: before all other checks, whose meaning it may change
  const name = bytesOf(info.get('name.utf-8')) ?? bytesOf(info.get('name'))
  if (name === undefined) damaged('info.name is missing')
  const pieceLength = readPieceLength(info, version)
  const list = version === 'v2' ? undefined : readFileList(info, name)
  const tree = version === 'v1' ? undefined : readFileTree(info)

  const title = safeName(name, platform) ?? '_'
  const folder = (list ?? tree)?.isSingle === true ? [] : [title]
  const v1 = list && placeFiles(list, folder, pieceLength, false, platform)
  const v2 = tree && placeFiles(tree, folder, pieceLength, true, platform)
  if (list && tree && v1 && v2) checkAgreement(list, tree, v1, v2)
  const files = v1 && v2 ? withRoots(v1, v2) : (v1 ?? v2 ?? [])

  const totalSize = files.reduce((sum, file) => sum + (file.isPad ? 0 : file.length), 0)
  if (totalSize === 0) damaged('there is no data in it: all files are empty')
  const geometry = new Geometry(files, pieceLength)
  if (v2 && new Geometry(v2, pieceLength).pieceCount !== geometry.pieceCount) differ('one has more pieces')
  return {
    name: title,
    isPrivate: readPrivate(info),
    source: textOf(info.get('source')),
    totalSize,
    files,
    geometry,
    infoHashV1: version === 'v2' ? undefined : infoHash(Uint8Array.from(hasher.sha1(bytes))),
    infoHashV2: version === 'v1' ? undefined : infoHashV2(Uint8Array.from(hasher.sha256(bytes))),
    pieceHashes: version === 'v2' ? undefined : readPieceHashes(info, geometry.pieceCount),
    bytes,
  }
}

type Version = 'v1' | 'v2' | 'hybrid'

function readVersion(info: BDict): Version {
  const version = info.get('meta version')
  if (version === undefined) return 'v1'
  if (typeof version === 'bigint' || (typeof version === 'number' && version > 2)) {
    throw new AppError('bad-metainfo', `the torrent is of version ${version}, newer than this program can read`)
  }
  if (version !== 2) damaged('info.meta version is not 2')
  return info.has('pieces') ? 'hybrid' : 'v2'
}

function readPieceLength(info: BDict, version: Version): number {
  const pieceLength = integerOf(info.get('piece length'))
  if (pieceLength === undefined) damaged('info.piece length is missing or no number')
  if (pieceLength <= 0) damaged('info.piece length is not above zero')
  if (pieceLength > MAX_PIECE_BYTES) damaged(`info.piece length is above ${MAX_PIECE_BYTES}`)
  if (version !== 'v1' && (pieceLength < BLOCK_BYTES || nextPowerOfTwo(pieceLength) !== pieceLength)) {
    damaged(`info.piece length is ${pieceLength}, which is no power of two from ${BLOCK_BYTES}`)
  }
  return pieceLength
}

/** Gives every file its path and its offset: one after the other, or (v2) each at the start of a piece. */
function placeFiles(
  { files, isSingle }: FileList,
  folder: readonly string[],
  pieceLength: number,
  isAligned: boolean,
  platform: Platform,
): TorrentFile[] {
  const names = new NameTree(platform)
  let end = 0
  return files.map((file) => {
    const offset = isAligned && file.length > 0 ? alignedToPiece(end, pieceLength) : end
    end = offset + file.length
    // Also bounds all sizes: 2^21 pieces of at most 2^29 bytes.
    if (end / pieceLength > MAX_PIECES) damaged(`it has more than ${MAX_PIECES} pieces`)
    const path = folder.concat(safePath(file.path, platform))
    const isPad = file.attributes.includes('p') && !isSingle
    return {
      offset,
      length: file.length,
      isPad,
      path: isPad ? path : names.place(path),
      isExecutable: file.attributes.includes('x'),
      isHidden: file.attributes.includes('h'),
      symlink: file.symlink && [...folder, ...safePath(file.symlink, platform)],
      root: file.root,
    }
  })
}

/** BEP 52, upgrade path: both halves must describe the same files at the same places, or two swarms would disagree. */
function checkAgreement(list: FileList, tree: FileList, v1: readonly TorrentFile[], v2: readonly TorrentFile[]): void {
  const real = list.files.map((_, n) => n).filter((n) => v1[n]?.isPad === false)
  if (real.length !== tree.files.length) differ(`${real.length} files and ${tree.files.length} files`)
  real.forEach((n, nth) => {
    const [one, two] = [list.files[n], tree.files[nth]]
    const isEqual =
      one !== undefined && two !== undefined && one.length === two.length && equalPaths(one.path, two.path)
    if (!isEqual) differ(`info.files[${n}] is not file ${nth} of info.file tree`)
    const isMoved = one.length > 0 && v1[n]?.offset !== v2[nth]?.offset
    if (isMoved) differ(`info.files[${n}] does not begin where its first v2 piece does`)
  })
}

function differ(how: string): never {
  damaged(`its v1 and v2 halves differ: ${how}`)
}

function equalPaths(a: ListedFile['path'], b: ListedFile['path']): boolean {
  return a.length === b.length && a.every((element, n) => equalBytes(element, b[n] ?? new Uint8Array(0)))
}

function withRoots(v1: readonly TorrentFile[], v2: readonly TorrentFile[]): TorrentFile[] {
  let next = 0
  return v1.map((file) => (file.isPad ? file : { ...file, root: v2[next++]?.root }))
}

/** BEP 27 knows 1 only; any other number but 0 is taken for it, as the maker hardly meant "public". */
function readPrivate(info: BDict): boolean {
  const value = info.get('private')
  return (typeof value === 'number' || typeof value === 'bigint') && value !== 0
}

function readPieceHashes(info: BDict, pieceCount: number): Uint8Array {
  const hashes = bytesOf(info.get('pieces'))
  if (hashes === undefined) damaged('info.pieces is missing or no string')
  if (hashes.length !== pieceCount * SHA1_BYTES) {
    damaged(`info.pieces has ${hashes.length / SHA1_BYTES} hashes, but there are ${pieceCount} pieces`)
  }
  return hashes
}
