// Writes `info` dictionaries and .torrent files in their one canonical form (BEP 3, 12, 19, 27, 47, 52). What is written
// here, parse.ts reads.
import { type BDict, dictOf, type Encodable, type EncodableObject, encodeBencode } from '../bencode.ts'
import { concatBytes, fromLatin1, toLatin1 } from '../bytes.ts'
import { assert } from '../errors.ts'
import { alignedToPiece, BLOCK_BYTES } from '../geometry.ts'
import type { Hasher } from '../hasher.ts'
import { infoHash } from '../ids.ts'
import { NODE_BYTES, rootOfLayer } from './merkle.ts'
import type { Info, Metainfo } from './metainfo.ts'
import { pieceLayers } from './piece-layers.ts'

export type TorrentVersion = 'v1' | 'v2' | 'hybrid'

export interface ContentFile {
  /** Below the torrent's folder; for a single file, its name alone. */
  readonly path: readonly string[]
  /** 0 for symlinks. */
  readonly length: number
  readonly isExecutable: boolean
  /** BEP 47: target of a symlink, below the torrent's folder. */
  readonly symlink: readonly string[] | undefined
}

/** What a torrent is about: everything that its info-hash covers but the hashes. */
export interface Content {
  readonly name: string
  /** One file that is called `name`, without a folder. */
  readonly isSingle: boolean
  /** In the order of `inTreeOrder`. */
  readonly files: readonly ContentFile[]
  readonly version: TorrentVersion
  readonly pieceLength: number
  readonly isPrivate: boolean
  /** Makes the info-hash of a private torrent another one for each of its trackers. */
  readonly source: string | undefined
}

const MAX_CHOSEN_PIECE_BYTES = 16 * 1024 * 1024
/** mktorrent and webtorrent aim at 1,000 to 2,000 pieces: fine enough to spread, and a .torrent of some 40 KB. */
const TARGET_PIECES = 2048

/** The smallest power of two that gives at most 2,048 pieces, within 16 KiB and (as libtorrent) 16 MiB. */
export function choosePieceLength(totalBytes: number): number {
  let pieceLength = BLOCK_BYTES
  while (pieceLength < MAX_CHOSEN_PIECE_BYTES && totalBytes / pieceLength > TARGET_PIECES) pieceLength *= 2
  return pieceLength
}

/** Sorted as the keys of a `file tree` are (BEP 52), by raw bytes of each element; for v1 too: equal trees, equal hashes. */
export function inTreeOrder<File extends { readonly path: readonly string[] }>(files: readonly File[]): File[] {
  return files.toSorted((a, b) => comparePaths(a.path, b.path))
}

function comparePaths(a: readonly string[], b: readonly string[]): number {
  const length = Math.min(a.length, b.length)
  for (let n = 0; n < length; n++) {
    const order = compareAsUtf8(a[n] ?? '', b[n] ?? '')
    if (order !== 0) return order
  }
  return a.length - b.length
}

/** The order that the bytes of the UTF-8 forms have, which is that of the code points. */
function compareAsUtf8(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let n = 0; n < length; n++) {
    const one = a.charCodeAt(n)
    const two = b.charCodeAt(n)
    if (one !== two) return inCodePointOrder(one) - inCodePointOrder(two)
  }
  return a.length - b.length
}

/** Half of a pair in UTF-16 (d800 to dfff) is of a code point above all that are written with one unit. */
function inCodePointOrder(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit
}

/** How many pieces the content has, and so how many hashes must be found. */
export function pieceCountOf(content: Content): number {
  const { files, version, pieceLength } = content
  let end = 0
  for (const { length } of files) {
    // Padding of a hybrid ends where the next v2 file would begin.
    if (version !== 'v1' && length > 0) end = alignedToPiece(end, pieceLength)
    end += length
  }
  return Math.ceil(end / pieceLength)
}

/**
 * The `info` dictionary. `pieceHashes`: v1 and hybrid, 20 bytes per piece. `rootOf`: v2 and hybrid, root of the file with
 * this number in `content.files`; it is asked for those that are not empty.
 */
export function writeInfo(content: Content, pieceHashes: Uint8Array, rootOf: (file: number) => Uint8Array): Uint8Array {
  const info: { [key: string]: Encodable | undefined } = {
    name: content.name,
    'piece length': content.pieceLength,
    private: content.isPrivate ? 1 : undefined,
    source: content.source,
  }
  if (content.version !== 'v2') {
    const [only] = content.files
    if (content.isSingle && only !== undefined) Object.assign(info, { length: only.length, attr: attributes(only) })
    else info['files'] = v1Entries(content)
    info['pieces'] = pieceHashes
  }
  if (content.version !== 'v1') {
    info['meta version'] = 2
    info['file tree'] = fileTree(content, rootOf)
  }
  return encodeBencode(info)
}

type V1Entry = EncodableObject & { readonly length: number }

/** Bytes of padding after each file: in a hybrid it fills the pieces between files (BEP 47), not after the last. */
export function paddingsOf({ version, files, pieceLength }: Content): number[] {
  const lastWithData = files.findLastIndex(({ length }) => length > 0)
  return files.map(({ length }, n) => {
    return version === 'hybrid' && n < lastWithData ? alignedToPiece(length, pieceLength) - length : 0
  })
}

/** `files` of BEP 3. */
function v1Entries(content: Content): V1Entry[] {
  const entries: V1Entry[] = []
  const paddings = paddingsOf(content)
  content.files.forEach((file, n) => {
    const target = file.symlink
    entries.push({ attr: attributes(file), length: file.length, path: file.path, 'symlink path': target })
    const padding = paddings[n] ?? 0
    if (padding > 0) entries.push({ attr: 'p', length: padding, path: ['.pad', String(padding)] })
  })
  return entries
}

function fileTree(content: Content, rootOf: (file: number) => Uint8Array): BDict {
  const tree: BDict = new Map()
  content.files.forEach((file, n) => {
    let folder = tree
    for (const element of file.path) {
      const key = toLatin1(utf8(element))
      const next = dictOf(folder.get(key)) ?? new Map()
      folder.set(key, next)
      folder = next
    }
    const self: BDict = new Map([['length', file.length]])
    const attr = attributes(file)
    if (attr !== undefined) self.set('attr', utf8(attr))
    if (file.symlink !== undefined) self.set('symlink path', file.symlink.map(utf8))
    if (file.length > 0) self.set('pieces root', rootOf(n))
    folder.set('', self)
  })
  return tree
}

function attributes(file: ContentFile): string | undefined {
  if (file.symlink !== undefined) return 'l'
  return file.isExecutable ? 'x' : undefined
}

/**
 * What writing and reading a v1 `Info` again with these hashes gives, in place of those that it has (zeros, before they
 * were known). It is one that was read: its hashes are a view of its bytes.
 */
export function withPieceHashes(info: Info, pieceHashes: Uint8Array, hasher: Hasher): Info {
  assert(info.infoHashV2 === undefined && info.pieceHashes?.length === pieceHashes.length, 'the same torrent, v1 alone')
  assert(info.pieceHashes.buffer === info.bytes.buffer, 'the hashes are a view of the bytes')
  const bytes = info.bytes.slice()
  const at = info.pieceHashes.byteOffset - info.bytes.byteOffset
  bytes.set(pieceHashes, at)
  return {
    ...info,
    infoHashV1: infoHash(Uint8Array.from(hasher.sha1(bytes))),
    pieceHashes: bytes.subarray(at, at + pieceHashes.length),
    bytes,
  }
}

/** `pieces root` of each file that is no padding, from the roots of its pieces; `undefined` for empty ones. */
export function fileRoots(info: Info, pieceRoots: Uint8Array, hasher: Hasher): (Uint8Array | undefined)[] {
  const { geometry } = info
  return info.files.flatMap((file, n) => {
    const pieces = geometry.piecesOfFile(n)
    if (file.isPad) return []
    if (pieces === undefined) return [undefined]
    const layer = pieceRoots.slice(pieces.first * NODE_BYTES, (pieces.last + 1) * NODE_BYTES)
    return [layer.length === NODE_BYTES ? layer : rootOfLayer(layer, geometry.blocksPerPiece, hasher)]
  })
}

/** The .torrent file. `info.bytes` go in as they are, so the info-hashes stay, also when somebody else wrote them. */
export function writeTorrent(metainfo: Metainfo): Uint8Array {
  const { info, pieceRoots, trackers, webSeeds } = metainfo
  const [firstTracker] = trackers.flat()
  const isOneTracker = trackers.flat().length === 1
  const parts: [key: string, value: Uint8Array][] = [['info', info.bytes]]
  const add = (key: string, value: Encodable | undefined): void => {
    if (value !== undefined) parts.push([key, encodeBencode(value)])
  }
  add('announce', firstTracker)
  add('announce-list', isOneTracker || firstTracker === undefined ? undefined : trackers)
  add('comment', metainfo.comment)
  add('created by', metainfo.createdBy)
  add('creation date', metainfo.createdAt)
  add('nodes', metainfo.nodes.length > 0 ? metainfo.nodes : undefined)
  add('piece layers', pieceRoots && pieceLayers(info, pieceRoots))
  add('url-list', webSeeds.length === 1 ? webSeeds[0] : webSeeds.length > 1 ? webSeeds : undefined)
  parts.sort(([a], [b]) => (a < b ? -1 : 1))
  const entries = parts.flatMap(([key, value]) => [encodeBencode(key), value])
  return concatBytes([fromLatin1('d'), ...entries, fromLatin1('e')])
}

const UTF8 = new TextEncoder()

function utf8(text: string): Uint8Array {
  return UTF8.encode(text)
}
