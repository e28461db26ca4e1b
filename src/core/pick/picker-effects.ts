// What the picker needs from the engine, and what it answers when a block arrives.
import type { PieceIndex } from '../ids.ts'

export interface PickerEffects {
  /**
   * A piece is about to be started: reserve memory for it. The answer is for how many of its first blocks there is
   * memory; `Picker.extend` tells of more. 0: no room, start none.
   */
  reserve(piece: PieceIndex): number
  /** A started piece is given up, no block of it is arriving: its memory is free, and what came of it is void. */
  release(piece: PieceIndex): void
  /** In [0, 1). */
  random(): number
}

/** A piece message's header came. `take`: this peer is the block's one writer until `finish`. `waste`: asked but not
 *  needed any more. `unasked`: the peer breaks the rules. */
export type Verdict = 'take' | 'waste' | 'unasked'
