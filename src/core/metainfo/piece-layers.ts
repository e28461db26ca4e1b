// Piece layers of BEP 52: for every file of more than one piece, a hash per piece. They stand beside `info`, or come from
// peers, so nothing of them is believed before it adds up to the root that `info` names.
import { equalBytes, toLatin1 } from '../bytes.ts'
import type { Hasher } from '../hasher.ts'
import { damaged } from './damage.ts'
import { NODE_BYTES, rootOfLayer } from './merkle.ts'
import type { Info, TorrentFile } from './metainfo.ts'

/** Does the file need a layer to be checked piece by piece? A file of one piece is checked by its root. */
export function hasPieceLayer(info: Info, file: TorrentFile): boolean {
  return file.root !== undefined && file.length > info.geometry.pieceLength
}

/** Is this the layer that belongs under the file's root? */
export function isPieceLayer(info: Info, file: number, layer: Uint8Array, hasher: Hasher): boolean {
  const root = info.files[file]?.root
  const pieces = info.geometry.piecesOfFile(file)
  if (root === undefined || pieces === undefined) return false
  if (layer.length !== (pieces.last - pieces.first + 1) * NODE_BYTES) return false
  return equalBytes(rootOfLayer(layer, info.geometry.blocksPerPiece, hasher), root)
}

/**
 * `Metainfo.pieceRoots` from the layers, which are found by their file's root (files of equal content share one).
 * Throws for a layer that is missing or wrong.
 */
export function readPieceRoots(
  info: Info,
  layerOf: (root: Uint8Array) => Uint8Array | undefined,
  hasher: Hasher,
): Uint8Array {
  const roots = new Uint8Array(info.geometry.pieceCount * NODE_BYTES)
  info.files.forEach((file, n) => {
    const pieces = info.geometry.piecesOfFile(n)
    if (file.root === undefined || pieces === undefined) return
    let layer: Uint8Array | undefined = file.root
    if (hasPieceLayer(info, file)) {
      layer = layerOf(file.root)
      if (layer === undefined) damaged(`piece layers has none for "${file.path.join('/')}"`)
      if (!isPieceLayer(info, n, layer, hasher))
        damaged(`the piece layer of "${file.path.join('/')}" is not that of its root`)
    }
    roots.set(layer, pieces.first * NODE_BYTES)
  })
  return roots
}

/** The reverse: `piece layers` as it stands in a .torrent, root in latin1 to layer. */
export function pieceLayers(info: Info, pieceRoots: Uint8Array): Map<string, Uint8Array> {
  const layers = new Map<string, Uint8Array>()
  info.files.forEach((file, n) => {
    const pieces = info.geometry.piecesOfFile(n)
    if (file.root === undefined || pieces === undefined || !hasPieceLayer(info, file)) return
    layers.set(toLatin1(file.root), pieceRoots.subarray(pieces.first * NODE_BYTES, (pieces.last + 1) * NODE_BYTES))
  })
  return layers
}
