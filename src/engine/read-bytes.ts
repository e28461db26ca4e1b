// Bytes of a verified piece for a reader that is no peer: a player, or an export.
import { AppError } from '../core/errors.ts'
import { BLOCK_BYTES } from '../core/geometry.ts'
import type { PieceIndex } from '../core/ids.ts'
import { answer } from '../io/disk/answer.ts'
import type { Slot, Storage } from '../io/disk/disk.ts'
import type { Host } from './host.ts'
import { CELL_BLOCKS } from './run-cache.ts'

/** As much at a time as a run for peers: the memory is the same. */
export const READ_BYTES = CELL_BLOCKS * BLOCK_BYTES

/** Waits for memory as uploads do. Throws AppError: 'interrupted' when `isOpen` becomes false, or what the disk says. */
export async function readBytes(
  { runs }: Host,
  storage: Storage,
  piece: PieceIndex,
  begin: number,
  length: number,
  isOpen: () => boolean,
): Promise<Uint8Array> {
  let slot: Slot | undefined
  for (;;) {
    if (!isOpen()) throw new AppError('interrupted', 'the torrent was stopped')
    slot = runs.reserve(length)
    if (slot !== undefined) break
    await new Promise<void>((resolve) => runs.whenFree(resolve))
  }
  const reserved = slot
  try {
    await answer<number>((done) => storage.load(piece, begin, length, reserved, 0, done))
    return reserved.bytes.slice(0, length)
  } finally {
    runs.release(reserved)
  }
}
