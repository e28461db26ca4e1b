// Reads what BEP 3 says about files: one `length`, or a list `files`; padding and links by BEP 47.
import { type BDict, dictOf, listOf } from '../bencode.ts'
import { fromLatin1 } from '../bytes.ts'
import { damaged } from './damage.ts'
import { MAX_FILES } from './limits.ts'
import { type ListedFile, type Place, readFacts, readPath } from './listed-file.ts'

export interface FileList {
  readonly files: readonly ListedFile[]
  /** One file that lies in the download folder itself, not in a folder with the torrent's name. */
  readonly isSingle: boolean
}

/** `name` is that of the torrent: a single file has no other. */
export function readFileList(info: BDict, name: Uint8Array): FileList {
  const files = info.get('files')
  if (files === undefined) {
    if (!info.has('length')) damaged('info has neither length nor files')
    return { files: [{ ...readFacts(info, () => 'info'), path: [name], root: undefined }], isSingle: true }
  }
  if (info.has('length')) damaged('info has both length and files')
  const list = listOf(files)
  if (list === undefined) damaged('info.files is no list')
  if (list.length > MAX_FILES) damaged(`info.files has more than ${MAX_FILES} entries`)
  return {
    files: list.map((entry, n) => {
      const place = (): string => `info.files[${n}]`
      return readEntry(dictOf(entry) ?? damaged(`${place()} is no dictionary`), place)
    }),
    isSingle: false,
  }
}

function readEntry(entry: BDict, place: Place): ListedFile {
  const facts = readFacts(entry, place)
  // BEP 47: nobody needs the name of padding.
  if (facts.attributes.includes('p')) return { ...facts, path: padPath(facts.length), root: undefined }
  // What makers of old wrote beside a name in a local encoding.
  const key = listOf(entry.get('path.utf-8')) !== undefined ? 'path.utf-8' : 'path'
  return { ...facts, path: readPath(entry, key, place), root: undefined }
}

/** The path that BEP 47 recommends for padding; nothing is ever written there. */
function padPath(length: number): Uint8Array[] {
  return [fromLatin1('.pad'), fromLatin1(String(length))]
}
