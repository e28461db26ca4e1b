// Messages of ut_metadata (BEP 9), through which the info dictionary travels in blocks of 16 KiB ("pieces" there). A
// data message is a bencoded dictionary with the bytes after its end.
import { BencodeFault, decodeBencode, dictOf, encodeBencode, integerOf } from '../bencode.ts'
import { concatBytes } from '../bytes.ts'
import type { Violation } from '../wire/violation.ts'

/** BEP 9: size of every piece of metadata but the last. */
export const METADATA_PIECE_BYTES = 16_384
const [REQUEST, DATA, REJECT] = [0, 1, 2]

export type MetadataMessage =
  | { readonly type: 'request' | 'reject'; readonly piece: number }
  | {
      readonly type: 'data'
      readonly piece: number
      /** Size of all metadata; 0 if the peer left it out. */
      readonly totalSize: number
      /** A view into the message. */
      readonly bytes: Uint8Array
    }

export function writeMetadataRequest(piece: number): Uint8Array {
  return encodeBencode({ msg_type: REQUEST, piece })
}

export function writeMetadataReject(piece: number): Uint8Array {
  return encodeBencode({ msg_type: REJECT, piece })
}

export function writeMetadataData(piece: number, totalSize: number, bytes: Uint8Array): Uint8Array {
  return concatBytes([encodeBencode({ msg_type: DATA, piece, total_size: totalSize }), bytes])
}

/** Reads one message; `undefined` for kinds that BEP 9 does not know, which are to be ignored. */
export function readMetadataMessage(body: Uint8Array): MetadataMessage | Violation | undefined {
  const decoded = decodeBencode(body, { maxDepth: 10, maxTokens: 100, allowTrailing: true })
  if (decoded instanceof BencodeFault) return 'bad-metadata'
  const dict = dictOf(decoded.value)
  const kind = integerOf(dict?.get('msg_type'))
  const piece = integerOf(dict?.get('piece'))
  if (kind === undefined || piece === undefined || piece < 0) return 'bad-metadata'
  if (kind === REQUEST) return { type: 'request', piece }
  if (kind === REJECT) return { type: 'reject', piece }
  if (kind !== DATA) return undefined
  const totalSize = integerOf(dict?.get('total_size')) ?? 0
  return { type: 'data', piece, totalSize, bytes: body.subarray(decoded.end) }
}
