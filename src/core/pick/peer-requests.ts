// What the picker knows of one peer: its pieces, and every block that it may still send because we asked for it.
// A request is in exactly one of three lists; what is in none of them was not asked, and sending it breaks the rules.
//
//   asked    we wait for it; the block counts this peer among its askers
//   overdue  we gave up waiting, the peer did not: it is asked of others, and comes or is rejected some day
//   void     we cancelled it, the peer choked us or lost it: it may have been on its way already, or never comes
import type { Bitfield } from '../bitfield.ts'
import { NOBODY } from './active-piece.ts'
import type { Searcher } from './piece-order.ts'
import { RequestList } from './request-list.ts'

/** Requests in flight with one peer at most. 32 MiB: 100 ms of the way at 300 MB/s. */
export const MAX_IN_FLIGHT = 2_048
/** Overdue and void requests that are remembered per peer: one full window each, the oldest go first. */
const MAX_REMEMBERED = MAX_IN_FLIGHT
/** An overdue block is asked of the same peer again after this time: some clients lose requests silently. */
const ASK_AGAIN_MS = 120_000
/** Suggestions (BEP 6) that are remembered per peer; more than a seed of ours makes ahead. */
const MAX_SUGGESTED = 512
/** So long after its last suggestion a seed is taken to know best what it should give. */
const GUIDED_MS = 2_000
/** And if by then nothing is asked of it any more: advice that we cannot follow must not leave it idle. */
const GUIDED_IDLE_MS = 500

export class PeerRequests implements Searcher {
  readonly number: number
  /** Its pieces. The picker adds and removes what `have` and `lt_donthave` say. */
  readonly have: Bitfield
  /** Counted with the seeds, not in the copies of single pieces. */
  isCountedAsSeed = false
  /** Pieces it has and we want and lack, as of `wishes`. */
  interesting = 0
  wishes = -1
  fromKey = 0
  version = -1
  /** The piece it was last asked for, and goes on with. */
  current = NOBODY
  /** A piece of which it rejected a block since its last one came: it comes last. */
  refused = NOBODY
  /** The block that it is sending now. */
  arriving = NOBODY
  /** Time-outs since its last block. */
  isSlow = false
  /** When to look again for blocks that others are late with. */
  lookLateAt = 0
  /** Pieces that it suggests (BEP 6), oldest first. */
  readonly suggested: number[] = []
  #suggestedAt = Number.NEGATIVE_INFINITY

  readonly asked = new RequestList()
  /** When the latest request was asked that it answered. */
  #answeredOf = Number.NEGATIVE_INFINITY
  readonly #overdue = new RequestList()
  readonly #void = new RequestList()

  constructor(number: number, have: Bitfield) {
    this.number = number
    this.have = have
  }

  suggests(piece: number, nowMs: number): void {
    this.#suggestedAt = nowMs
    if (this.suggested.length < MAX_SUGGESTED) this.suggested.push(piece)
  }

  /** A seed that says what to ask: what others could give us is then not asked of it. */
  isGuided(nowMs: number): boolean {
    return this.isCountedAsSeed && nowMs - this.#suggestedAt < (this.asked.length > 0 ? GUIDED_MS : GUIDED_IDLE_MS)
  }

  /** Takes a block that comes off the list of those that are waited for; false if it is not there. */
  removeAnswered(block: number): boolean {
    const n = this.asked.find(block)
    if (n === -1) return false
    this.#answeredOf = Math.max(this.#answeredOf, this.asked.time(n))
    this.asked.removeAt(n)
    return true
  }

  /** Takes a block that is not waited for off the lists; false if it was not asked for either. */
  removeLate(block: number): boolean {
    return this.#overdue.remove(block) || this.#void.remove(block)
  }

  /** A reject answers the oldest request for the block: one we cancelled comes before one that came after it. */
  removeRejected(block: number): 'late' | 'asked' | undefined {
    if (this.#void.remove(block) || this.#overdue.remove(block)) return 'late'
    return this.asked.remove(block) ? 'asked' : undefined
  }

  /** The n-th asked block is given up; it may come all the same. */
  becomesOverdue(n: number): void {
    remember(this.#overdue, this.asked.block(n), this.asked.time(n))
    this.asked.removeAt(n)
  }

  /** The n-th asked block is not expected any more. */
  becomesVoid(n: number): void {
    remember(this.#void, this.asked.block(n), this.asked.time(n))
    this.asked.removeAt(n)
  }

  /** The oldest was asked before `time`, and what was asked later came first. */
  isOvertaken(time: number): boolean {
    const { oldestTime } = this.asked
    return oldestTime !== undefined && oldestTime < Math.min(time, this.#answeredOf)
  }

  /** Choked without BEP 6: the peer has dropped all requests, so the overdue ones may be asked again. */
  overdueBecomeVoid(): void {
    for (let n = 0; n < this.#overdue.length; n++) remember(this.#void, this.#overdue.block(n), this.#overdue.time(n))
    this.#overdue.clear()
  }

  /** Would asking again now only bring the block twice? */
  isOverdue(block: number, nowMs: number): boolean {
    for (let n = 0; n < this.#overdue.length; n++) {
      if (this.#overdue.block(n) === block && nowMs - this.#overdue.time(n) < ASK_AGAIN_MS) return true
    }
    return false
  }

  /** Requests that are remembered though nobody waits for them. */
  get rememberedCount(): number {
    return this.#overdue.length + this.#void.length
  }
}

function remember(list: RequestList, block: number, time: number): void {
  if (list.length === MAX_REMEMBERED) list.removeAt(0)
  list.push(block, time)
}

/** Peers share pieces with peers of about their own speed, or each slow one would hold up a piece of a fast one, and
 *  its memory. Speed is seen by the requests in flight: 0..2, 3..14, 15..62, 63..254, more. */
export function paceOf(inFlight: number): number {
  return (31 - Math.clz32(inFlight + 1)) >> 1
}
