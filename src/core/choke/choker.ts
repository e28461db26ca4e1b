// Whom to upload to. While we download: tit-for-tat as in BEP 3, whoever gives most gets most, plus an optimistic
// unchoke that finds better partners and lets newcomers in. As a seed, nobody gives: half of the slots go to the
// fastest takers (BEP 3's first rule for seeds: what leaves us quickly spreads quickly), the others go round, so that
// everybody gets a turn (the round-robin rule of libtorrent).
//
// The engine calls `round` every 10 s: that is how long TCP needs to reach its rate, and shorter rounds flap.

/** BEP 3: the length of a round. */
export const ROUND_MS = 10_000
/** BEP 3: time for a newcomer to get a piece, and to show what it gives. */
const OPTIMISTIC_MS = 30_000
/** As long counts as new; BEP 3 says three times as likely, not how long. */
const NEW_MS = 60_000
const NEW_WEIGHT = 3
/** A turn of a seed's rotating slot: libtorrent's least as well. A piece of 1 MiB takes this long at 17 kB/s. */
const TURN_MS = 60_000

/** Many on a fast line: 4 slots on a LAN leave half of a team waiting, while the line could serve all of them. */
const MOST_SLOTS = 20

export interface ChokerOptions {
  /** Upload slots that are earned: so many at least, see `fitTo`. */
  readonly slots: number
  /** And those that are not. */
  readonly optimisticSlots: number
}
export const DEFAULT_CHOKER: ChokerOptions = { slots: 4, optimisticSlots: 1 }

/** What a round needs to know of a peer. Rates are averages over some 20 s (BEP 3). */
export interface ChokePeer {
  readonly id: number
  readonly isInterested: boolean
  /** It unchoked us and has sent nothing for 60 s (BEP 3 anti-snubbing). */
  readonly isSnubbed: boolean
  /** From the peer to us, payload only. */
  readonly downloadBytesPerSec: number
  /** From us to the peer, payload only. */
  readonly uploadBytesPerSec: number
  readonly joinedAt: number
}

/** A peer with what decides its place in this round. */
interface Candidate {
  readonly peer: ChokePeer
  readonly rateBytesPerSec: number
  /** Since when it has been unchoked or waited: the longer, the sooner its turn or its end. */
  readonly since: number
  readonly isUnchoked: boolean
  readonly lot: number
}

export class Choker {
  readonly #options: ChokerOptions
  #slots: number
  /** Unchoked peers and since when. */
  #unchoked = new Map<number, number>()
  /** When a peer was last choked after a turn: it waits since then. */
  readonly #chokedAt = new Map<number, number>()
  #optimistic = new Set<number>()
  #rotatedAt = Number.NEGATIVE_INFINITY

  constructor(options: ChokerOptions = DEFAULT_CHOKER) {
    this.#options = options
    this.#slots = options.slots
  }

  /**
   * As many slots as the line feeds: the square root of 0.1 x rate in kB/s, 14 at 2 MB/s. The fewer, the sooner somebody
   * has a whole piece to pass on (the first BitTorrent client had 0.6: 5 % later on thin lines, test/sim).
   */
  fitTo(uploadBytesPerSec: number): void {
    const fed = Math.floor(Math.sqrt((0.1 * uploadBytesPerSec) / 1000))
    this.#slots = Math.max(this.#options.slots, Math.min(fed, MOST_SLOTS))
  }

  /** All peers that are to be unchoked from now on; all others are choked. `random` gives numbers in [0, 1). */
  round(peers: readonly ChokePeer[], nowMs: number, isSeeding: boolean, random: () => number): ReadonlySet<number> {
    const chosen = new Set<number>()
    const candidates = peers.map((peer) => this.#candidate(peer, isSeeding, random()))
    if (isSeeding) this.#chooseTakers(candidates, chosen, nowMs)
    else this.#chooseGivers(candidates, chosen, nowMs, random)
    this.#apply(chosen, nowMs)
    return chosen
  }

  /** Between rounds: a choked peer became interested. True if a slot is free: then it is unchoked from now on. */
  tryUnchoke(id: number, nowMs: number): boolean {
    if (this.#unchoked.has(id)) return true
    if (!this.hasFreeSlot) return false
    this.#unchoked.set(id, nowMs)
    return true
  }

  get hasFreeSlot(): boolean {
    return this.#unchoked.size < this.#slots + this.#options.optimisticSlots
  }

  /** Between rounds: an unchoked peer wants nothing any more, and is choked. */
  release(id: number, nowMs: number): void {
    if (this.#unchoked.delete(id)) this.#chokedAt.set(id, nowMs)
  }

  left(id: number): void {
    this.#unchoked.delete(id)
    this.#chokedAt.delete(id)
    this.#optimistic.delete(id)
  }

  #candidate(peer: ChokePeer, isSeeding: boolean, lot: number): Candidate {
    const unchokedAt = this.#unchoked.get(peer.id)
    return {
      peer,
      rateBytesPerSec: isSeeding ? peer.uploadBytesPerSec : peer.downloadBytesPerSec,
      since: unchokedAt ?? this.#chokedAt.get(peer.id) ?? peer.joinedAt,
      isUnchoked: unchokedAt !== undefined,
      lot,
    }
  }

  /** Tit-for-tat. Faster peers that want nothing yet are unchoked too and take no slot: when they want, they may. */
  #chooseGivers(candidates: Candidate[], chosen: Set<number>, nowMs: number, random: () => number): void {
    let slotsLeft = this.#slots
    for (const { peer, rateBytesPerSec } of candidates.toSorted(byRate)) {
      if (slotsLeft === 0) break
      if (peer.isSnubbed || (!peer.isInterested && rateBytesPerSec === 0)) continue
      chosen.add(peer.id)
      if (peer.isInterested) slotsLeft--
    }
    // Who is snubbed needs new partners: BEP 3 answers with more than one optimistic unchoke.
    const isSnubbed = candidates.some(({ peer }) => peer.isSnubbed)
    this.#chooseOptimistic(candidates, chosen, this.#options.optimisticSlots + (isSnubbed ? 1 : 0), nowMs, random)
  }

  #chooseOptimistic(
    candidates: readonly Candidate[],
    chosen: Set<number>,
    count: number,
    nowMs: number,
    random: () => number,
  ): void {
    const isDue = nowMs - this.#rotatedAt >= OPTIMISTIC_MS
    const waiting = candidates.filter(({ peer }) => peer.isInterested && !chosen.has(peer.id))
    const kept = isDue ? [] : waiting.filter(({ peer }) => this.#optimistic.has(peer.id)).slice(0, count)
    const next = new Set(kept.map(({ peer }) => peer.id))
    const fresh = waiting.filter(({ peer }) => !this.#optimistic.has(peer.id))
    while (next.size < count && fresh.length > 0) next.add(drawOne(fresh, nowMs, random))
    // Nobody else wants it: the last ones stay.
    for (const { peer } of waiting) if (next.size < count) next.add(peer.id)
    if (isDue) this.#rotatedAt = nowMs
    this.#optimistic = next
    for (const id of next) chosen.add(id)
  }

  #chooseTakers(candidates: readonly Candidate[], chosen: Set<number>, nowMs: number): void {
    const slots = this.#slots
    const { optimisticSlots } = this.#options
    const interested = candidates.filter(({ peer }) => peer.isInterested)
    const fastest = interested.filter(({ rateBytesPerSec }) => rateBytesPerSec > 0).toSorted(byRate)
    for (const { peer } of fastest.slice(0, slots >> 1)) chosen.add(peer.id)
    const turns = interested.filter(({ peer }) => !chosen.has(peer.id)).toSorted((a, b) => byTurn(a, b, nowMs))
    for (const { peer } of turns.slice(0, slots + optimisticSlots - chosen.size)) chosen.add(peer.id)
    this.#optimistic.clear()
  }

  #apply(chosen: ReadonlySet<number>, nowMs: number): void {
    const unchoked = new Map<number, number>()
    for (const id of chosen) {
      unchoked.set(id, this.#unchoked.get(id) ?? nowMs)
      this.#chokedAt.delete(id)
    }
    for (const id of this.#unchoked.keys()) if (!chosen.has(id)) this.#chokedAt.set(id, nowMs)
    this.#unchoked = unchoked
  }
}

/** Fastest first; among equals who is unchoked stays so, for every change costs a peer its requests. */
function byRate(a: Candidate, b: Candidate): number {
  const difference = b.rateBytesPerSec - a.rateBytesPerSec
  if (difference !== 0) return difference
  return Number(b.isUnchoked) - Number(a.isUnchoked) || a.lot - b.lot
}

/** Whose turn has begun and not ended; then who waits, the longest first; then who has had a turn, the fastest first. */
function byTurn(a: Candidate, b: Candidate, nowMs: number): number {
  const rank = turnRank(a, nowMs)
  const difference = rank - turnRank(b, nowMs)
  if (difference !== 0) return difference
  if (rank === HAS_HAD_TURN) return byRate(a, b)
  return a.since - b.since || a.lot - b.lot
}

const HAS_TURN = 0
const WAITS = 1
const HAS_HAD_TURN = 2

function turnRank({ isUnchoked, since }: Candidate, nowMs: number): number {
  if (!isUnchoked) return WAITS
  return nowMs - since < TURN_MS ? HAS_TURN : HAS_HAD_TURN
}

/** Takes one out of `candidates` and returns its id: newcomers have three lots. */
function drawOne(candidates: Candidate[], nowMs: number, random: () => number): number {
  const weight = ({ peer }: Candidate): number => (nowMs - peer.joinedAt < NEW_MS ? NEW_WEIGHT : 1)
  let ticket = random() * candidates.reduce((sum, candidate) => sum + weight(candidate), 0)
  let n = candidates.findIndex((candidate) => (ticket -= weight(candidate)) < 0)
  if (n === -1) n = candidates.length - 1
  return candidates.splice(n, 1)[0]?.peer.id ?? -1
}
