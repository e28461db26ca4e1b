// Which pieces do we have? What was kept is trusted where the files have not changed since; the rest is hashed, if
// there is anything to hash. Several runs of pieces are under way at once, so that every disk worker is busy.
import type { Bitfield } from '../core/bitfield.ts'
import { Bitfield as Pieces } from '../core/bitfield.ts'
import type { PieceIndex } from '../core/ids.ts'
import { trustPieces } from '../core/resume-trust.ts'
import { answer } from '../io/disk/answer.ts'
import type { FileStamp } from '../io/disk/disk.ts'
import type { Content } from './content.ts'
import type { Torrent } from './torrent.ts'

/** One job: long enough that handing it over costs nothing, short enough that a stop is quick. */
const RUN_BYTES = 8 * 1024 * 1024
/** Two for each worker of the largest pool. */
const RUNS_IN_FLIGHT = 8

/** Fills `content.have`. */
export async function establishHave(
  torrent: Torrent,
  content: Content,
  stamps: readonly FileStamp[],
  signal: AbortSignal,
): Promise<void> {
  const { have } = content
  if (torrent.trust === 'all' && allSizesRight(content, stamps)) have.fill()
  else await checkPieces(torrent, content, trustKept(torrent, content, stamps), signal)
  content.picker.haveChanged()
}

/** Takes over what can be trusted, and returns the pieces that must be looked at. */
function trustKept(torrent: Torrent, content: Content, stamps: readonly FileStamp[]): readonly number[] {
  const { geometry, have } = content
  const state = torrent.trust === 'nothing' ? undefined : torrent.record?.state
  const kept = state?.have === undefined ? undefined : Pieces.from(state.have, geometry.pieceCount)
  if (state === undefined || kept === undefined) return piecesOnDisk(content, stamps)
  const { trusted, recheck } = trustPieces(geometry, kept, state.stamps, stamps, state)
  addAll(have, trusted)
  return recheck
}

function addAll(have: Bitfield, pieces: Bitfield): void {
  for (let piece = 0; piece < pieces.length; piece++) if (pieces.has(piece)) have.add(piece)
}

/** Pieces of which some file exists. */
function piecesOnDisk({ geometry }: Content, stamps: readonly FileStamp[]): readonly number[] {
  const found = new Set<number>()
  for (const { file, sizeBytes } of stamps) {
    const pieces = sizeBytes > 0 ? geometry.piecesOfFile(file) : undefined
    if (pieces === undefined) continue
    for (let piece: number = pieces.first; piece <= pieces.last; piece++) found.add(piece)
  }
  return [...found].toSorted((a, b) => a - b)
}

function allSizesRight({ info }: Content, stamps: readonly FileStamp[]): boolean {
  const sizes = new Map(stamps.map((stamp) => [stamp.file, stamp.sizeBytes]))
  return info.files.every((file, n) => file.isPad || file.symlink !== undefined || sizes.get(n) === file.length)
}

async function checkPieces(
  torrent: Torrent,
  content: Content,
  pieces: readonly number[],
  signal: AbortSignal,
): Promise<void> {
  const { geometry, have, storage } = content
  torrent.checkedBytes = content.info.totalSize
  for (const piece of pieces) torrent.checkedBytes -= geometry.dataBytes(piece as PieceIndex)
  const perRun = Math.max(2, Math.floor(RUN_BYTES / geometry.pieceLength)) // two are hashed at once
  let next = 0
  async function checkRuns(): Promise<void> {
    while (next < pieces.length && !signal.aborted) {
      const first = pieces[next] as PieceIndex // of the geometry: see piecesOnDisk and trustPieces
      let count = 1
      while (count < perRun && pieces[next + count] === first + count) count++
      next += count
      const results = await answer<Uint8Array>((done) => storage.check(first, count, done))
      for (let n = 0; n < count; n++) {
        if (results[n] === 1) have.add(first + n)
        torrent.checkedBytes += geometry.dataBytes((first + n) as PieceIndex)
      }
    }
  }
  await Promise.all(Array.from({ length: RUNS_IN_FLIGHT }, checkRuns))
}
