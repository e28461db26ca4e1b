// The hash trees of BEP 52: SHA-256, two children per node, leaves of 16 KiB. Used where torrents are read and made, by
// the disk workers, and where hash requests are answered.
//
//   root                 h(h01 h23)               what a file's `pieces root` says
//   piece layer      h01            h23           one hash per piece (here: pieces of two blocks)
//   leaves         b0   b1        b2   0          SHA-256 of each block; beyond the file's end: 32 zero bytes
import type { Hasher } from '../hasher.ts'
import { nextPowerOfTwo } from './metainfo.ts'

/** Size of one hash, SHA-256. */
export const NODE_BYTES = 32

/**
 * Root over `width` nodes, a power of two. `nodes` holds those that exist, 32 bytes each and at most `width`; in place
 * of the missing ones stands `filler`: zeros for leaves, `zeroRoot` for higher layers. Costs as many hashes as there
 * are nodes, however wide the tree.
 */
export function merkleRoot(
  nodes: Uint8Array,
  width: number,
  hasher: Hasher,
  filler: Uint8Array = new Uint8Array(NODE_BYTES),
): Uint8Array {
  let count = nodes.length / NODE_BYTES
  if (count === 0) return subtreeRoot(filler, width, hasher)
  const layer = new Uint8Array((count + (count & 1)) * NODE_BYTES)
  layer.set(nodes)
  for (let rest = width; rest > 1; rest /= 2) {
    if (count % 2 === 1) layer.set(filler, count++ * NODE_BYTES)
    for (let parent = 0; parent < count / 2; parent++) {
      const children = layer.subarray(parent * 2 * NODE_BYTES, (parent + 1) * 2 * NODE_BYTES)
      layer.set(hasher.sha256(children), parent * NODE_BYTES)
    }
    count /= 2
    filler = subtreeRoot(filler, 2, hasher)
  }
  return layer.slice(0, NODE_BYTES)
}

/** Root of `width` leaves that all lie beyond the file's end. */
export function zeroRoot(width: number, hasher: Hasher): Uint8Array {
  return subtreeRoot(new Uint8Array(NODE_BYTES), width, hasher)
}

/** A file's root from its piece layer, which has a hash for each of its pieces of `leavesPerPiece` blocks. */
export function rootOfLayer(layer: Uint8Array, leavesPerPiece: number, hasher: Hasher): Uint8Array {
  const width = nextPowerOfTwo(layer.length / NODE_BYTES)
  return merkleRoot(layer, width, hasher, zeroRoot(leavesPerPiece, hasher))
}

function subtreeRoot(leaf: Uint8Array, width: number, hasher: Hasher): Uint8Array {
  const pair = new Uint8Array(NODE_BYTES * 2)
  let root = leaf
  for (let rest = width; rest > 1; rest /= 2) {
    pair.set(root)
    pair.set(root, NODE_BYTES)
    root = hasher.sha256(pair)
  }
  return Uint8Array.from(root)
}
