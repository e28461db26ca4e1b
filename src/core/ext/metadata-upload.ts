// Serves our info dictionary to one peer (BEP 9), as often as a peer can have use for it.
import type { Violation } from '../wire/violation.ts'
import { METADATA_PIECE_BYTES, writeMetadataData, writeMetadataReject } from './metadata-message.ts'

/** A peer that fetches everything a second time, after a lie from elsewhere, still gets it at full speed. */
const BURST_COPIES = 2
/** After the burst: 16 KiB/s, enough for a peer that comes back and useless to one that wants to drain us. */
const PIECES_PER_SEC = 1
/** Requests over the limit are rejected; a peer that has earned this many is no longer mistaken. */
const MAX_REJECTS = 100

/** One per peer. */
export class MetadataUpload {
  /** Pieces served and requests rejected, less one of each per second since. */
  #served = 0
  #rejected = 0
  #countedAt = 0

  /** The answer to a request: a body for the peer's ut_metadata id. `metadata` is absent while we fetch it ourselves. */
  onRequest(piece: number, metadata: Uint8Array | undefined, now: number): Uint8Array | Violation {
    const forgiven = ((now - this.#countedAt) / 1000) * PIECES_PER_SEC
    this.#served = Math.max(0, this.#served - forgiven)
    this.#rejected = Math.max(0, this.#rejected - forgiven)
    this.#countedAt = now
    const start = piece * METADATA_PIECE_BYTES
    const size = metadata?.length ?? 0
    const most = Math.ceil(size / METADATA_PIECE_BYTES) * BURST_COPIES
    if (metadata !== undefined && start < size && this.#served + 1 <= most) {
      this.#served++
      return writeMetadataData(piece, size, metadata.subarray(start, start + METADATA_PIECE_BYTES))
    }
    this.#rejected++
    return this.#rejected > MAX_REJECTS ? 'flood' : writeMetadataReject(piece)
  }
}
