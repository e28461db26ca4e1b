// Where the files of a torrent lie that is being made: enough to read and hash them, before a dictionary is written.
import { alignedToPiece, Geometry } from '../geometry.ts'
import { type Content, paddingsOf } from './build.ts'
import type { PlacedFile } from './metainfo.ts'

export interface Layout {
  /** As they will be read from the torrent; their paths are those on this disk, as nobody has changed them for safety. */
  readonly files: readonly PlacedFile[]
  readonly geometry: Geometry
  /** Without padding. */
  readonly totalSize: number
}

/** The same as reading what `writeInfo` writes. */
export function layOut(content: Content): Layout {
  const folder = content.isSingle ? [] : [content.name]
  const paddings = paddingsOf(content)
  const files: PlacedFile[] = []
  let end = 0
  let totalSize = 0
  content.files.forEach(({ path, length, isExecutable, symlink }, n) => {
    const offset = content.version === 'v2' && length > 0 ? alignedToPiece(end, content.pieceLength) : end
    const target = symlink && [...folder, ...symlink]
    files.push({ offset, length, isPad: false, path: folder.concat(path), isExecutable, symlink: target })
    end = offset + length
    totalSize += length
    const padding = paddings[n] ?? 0
    if (padding === 0) return
    files.push({ offset: end, length: padding, isPad: true, path: [], isExecutable: false, symlink: undefined })
    end += padding
  })
  return { files, geometry: new Geometry(files, content.pieceLength), totalSize }
}
