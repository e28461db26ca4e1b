// Reads the `file tree` of BEP 52: folders are dictionaries, and a file is a dictionary under an empty key.
import { type BDict, type BValue, bytesOf, dictOf } from '../bencode.ts'
import { fromLatin1 } from '../bytes.ts'
import { damaged } from './damage.ts'
import type { FileList } from './file-list.ts'
import { MAX_FILES } from './limits.ts'
import { type ListedFile, type Place, readFacts } from './listed-file.ts'
import { NODE_BYTES } from './merkle.ts'
import { safePath } from './safe-path.ts'

/** Key of the dictionary that describes what lies at this place of the tree. */
const SELF = ''

/** The files in the order of the tree, which is the order of their pieces. */
export function readFileTree(info: BDict): FileList {
  const tree = dictOf(info.get('file tree'))
  if (tree === undefined) damaged('info.file tree is no dictionary')
  if (isFile(tree.get(SELF))) damaged('info.file tree is a file itself')
  const files: ListedFile[] = []
  walk(tree, [], files)
  // BEP 52: a tree of nothing but one file is a single-file torrent.
  return { files, isSingle: files.length === 1 && files[0]?.path.length === 1 }
}

/** Bencoding bounds the depth. */
function walk(folder: BDict, path: readonly Uint8Array[], files: ListedFile[]): void {
  for (const [key, value] of folder) {
    if (key === SELF) continue // properties of a folder: none are known yet
    const elementPath = [...path, fromLatin1(key)]
    const place = (): string => `info.file tree "${safePath(elementPath, '').join('/')}"`
    const entry = dictOf(value)
    if (entry === undefined) damaged(`${place()} is no dictionary`)
    const self = dictOf(entry.get(SELF))
    if (self === undefined || !isFile(self)) {
      walk(entry, elementPath, files)
      continue
    }
    if (entry.size > 1) damaged(`${place()} is a file and a folder`)
    if (files.length === MAX_FILES) damaged(`info.file tree has more than ${MAX_FILES} files`)
    files.push(readFile(self, elementPath, place))
  }
}

/** BEP 52: it is the length that makes a file; BEP 47 lets symlinks go without. */
function isFile(self: BValue | undefined): boolean {
  const entry = dictOf(self)
  return entry !== undefined && (entry.has('length') || entry.has('symlink path'))
}

function readFile(self: BDict, path: readonly Uint8Array[], place: Place): ListedFile {
  const facts = readFacts(self, place)
  if (facts.attributes.includes('p')) damaged(`${place()} is padding, which a tree has no use for`)
  if (facts.length === 0) return { ...facts, path, root: undefined }
  const root = bytesOf(self.get('pieces root'))
  if (root?.length !== NODE_BYTES) damaged(`${place()} has no pieces root of ${NODE_BYTES} bytes`)
  return { ...facts, path, root }
}
