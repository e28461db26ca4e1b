// After a start: which pieces need not be read again. What was recorded of every file is compared with how the file is
// now. Pure: the engine looks at the files, and hashes what this says must be hashed.
import { Bitfield } from './bitfield.ts'
import type { Geometry } from './geometry.ts'

/** Size and modification time of a file; -1 and -1 if it does not exist. */
export interface Stamp {
  readonly file: number
  readonly sizeBytes: number
  readonly modifiedAtMs: number
}

export interface TrustOptions {
  /** The record was ended in order, not by a kill or a power cut. */
  readonly wasClean: boolean
  /** Pieces written since the disk was last told to make everything permanent. */
  readonly unsynced: readonly number[]
  /** Wall clock of the last record, in ms as file times are; `undefined` if that is not known. */
  readonly recordedAtMs: number | undefined
  /** The machine has not been restarted since then: what was written is there, permanent or not. */
  readonly sameBoot: boolean
}

export interface Trust {
  readonly trusted: Bitfield
  /** Piece numbers to hash, ascending. What is in neither is missing. */
  readonly recheck: readonly number[]
}

/**
 * After a kill, the last writes may have been made but not recorded. At full speed a record comes every millisecond or
 * two, so a file that is at most this much newer than the last one was changed by us: two ticks of the kernel's file
 * clock at its common 250 Hz. Somebody else's change would have to come as soon to be missed.
 */
const OWN_WRITE_MS = 8

// What may become of a file, and so of the pieces in it: the worst of a piece's files decides.
const UNCHANGED = 0
/** Changed where nobody but us should have: what we had is read again. */
const DOUBTFUL = 1
/** Changed by somebody else, perhaps to the better: all of it is read. */
const CHANGED = 2
const GONE = 3

/**
 * `kept` says what was recorded of each file, `present` how it is now. A file that is in neither was never made (it is
 * not wanted, and what it shares with others is kept elsewhere): it says nothing about its pieces.
 */
export function trustPieces(
  geometry: Geometry,
  have: Bitfield,
  kept: ReadonlyMap<number, Stamp>,
  present: readonly Stamp[],
  options: TrustOptions,
): Trust {
  const fates = new Uint8Array(geometry.pieceCount)
  const now = new Map(present.map((stamp) => [stamp.file, stamp]))
  geometry.files.forEach(({ isPad }, file) => {
    const pieces = geometry.piecesOfFile(file)
    if (isPad || pieces === undefined) return
    const fate = fateOf(kept.get(file), now.get(file), options)
    for (let piece: number = pieces.first; piece <= pieces.last; piece++) {
      if (fate > (fates[piece] ?? 0)) fates[piece] = fate
    }
  })
  const lost = new Set(options.sameBoot ? [] : options.unsynced)
  const trusted = new Bitfield(geometry.pieceCount)
  const recheck: number[] = []
  fates.forEach((fate, piece) => {
    if (fate === GONE || (fate !== CHANGED && !have.has(piece))) return
    if (fate === UNCHANGED && !lost.has(piece)) trusted.add(piece)
    else recheck.push(piece)
  })
  return { trusted, recheck }
}

function fateOf(kept: Stamp | undefined, present: Stamp | undefined, options: TrustOptions): number {
  const wasThere = kept !== undefined && kept.sizeBytes >= 0
  if (present === undefined || present.sizeBytes < 0) return wasThere ? GONE : UNCHANGED
  if (!wasThere || present.sizeBytes !== kept.sizeBytes) return CHANGED
  const newerByMs = present.modifiedAtMs - kept.modifiedAtMs
  // Copies on another file system lose fractions of a millisecond.
  if (Math.abs(newerByMs) < 1) return UNCHANGED
  if (options.wasClean) return CHANGED
  const recordedAtMs = Math.max(kept.modifiedAtMs, options.recordedAtMs ?? kept.modifiedAtMs)
  if (newerByMs > 0 && present.modifiedAtMs <= recordedAtMs + OWN_WRITE_MS) return UNCHANGED
  // After a kill it is most likely our own file, and what it lacks is mostly holes: reading those would take minutes
  // for nothing. A power cut may have taken records of pieces that are there: reading all of it finds them.
  return options.sameBoot ? DOUBTFUL : CHANGED
}
