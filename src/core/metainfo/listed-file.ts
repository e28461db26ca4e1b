// A file as a torrent lists it, before its name is cleaned and its place in the torrent is known. file-list.ts (v1) and
// file-tree.ts (v2) make these, info.ts turns them into `TorrentFile`s.
import { type BDict, type BValue, bytesOf, integerOf, listOf } from '../bencode.ts'
import { toLatin1 } from '../bytes.ts'
import { damaged } from './damage.ts'
import { MAX_PATH_ELEMENTS } from './safe-path.ts'

export interface ListedFile {
  /** As in the torrent, without the folder that has the torrent's name. */
  readonly path: readonly Uint8Array[]
  readonly length: number
  /** BEP 47; each letter is an attribute. */
  readonly attributes: string
  /** BEP 47 `symlink path`: target below the torrent's own folder; only with the attribute `l`. */
  readonly symlink: readonly Uint8Array[] | undefined
  /** BEP 52 `pieces root`; v2 files that are not empty have one. */
  readonly root: Uint8Array | undefined
}

/** Where an error is. A function, because most torrents have many files and no error. */
export type Place = () => string

/** The list of path elements under `key`. */
export function readPath(entry: BDict, key: string, place: Place): Uint8Array[] {
  const list = listOf(entry.get(key))
  if (list === undefined) damaged(`${place()}.${key} is no list`)
  if (list.length === 0) damaged(`${place()}.${key} is empty`)
  if (list.length > MAX_PATH_ELEMENTS) damaged(`${place()}.${key} has more than ${MAX_PATH_ELEMENTS} elements`)
  return list.map((element) => bytesOf(element) ?? damaged(`${place()}.${key} has an element that is no string`))
}

/** Length, attributes and target of a file. BEP 47: a symlink has no content, and need not say so. */
export function readFacts(entry: BDict, place: Place): Pick<ListedFile, 'length' | 'attributes' | 'symlink'> {
  const letters = bytesOf(entry.get('attr'))
  const attributes = letters === undefined ? '' : toLatin1(letters)
  const isLink = attributes.includes('l') && !attributes.includes('p')
  const length = isLink && !entry.has('length') ? 0 : readLength(entry.get('length'), place)
  if (isLink && length > 0) damaged(`${place()} is a symlink with content`)
  return { length, attributes, symlink: isLink ? readSymlink(entry, place) : undefined }
}

function readLength(value: BValue | undefined, place: Place): number {
  const length = integerOf(value)
  if (value === undefined) damaged(`${place()}.length is missing`)
  if (length === undefined) damaged(`${place()}.length is no number that a file can have`)
  if (length < 0) damaged(`${place()}.length is negative`)
  return length
}

/** Refused rather than cleaned: where a link points when its target was changed is nowhere its maker meant. */
function readSymlink(entry: BDict, place: Place): Uint8Array[] {
  const target = readPath(entry, 'symlink path', place)
  for (const element of target) {
    const text = toLatin1(element)
    if (text === '..' || text === '' || /[/\\\0]/.test(text)) {
      damaged(`${place()}.symlink path leads out of the torrent`)
    }
  }
  return target
}
