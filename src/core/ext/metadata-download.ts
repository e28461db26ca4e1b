// Fetches the info dictionary from peers (BEP 9) and lets no liar keep an honest peer from delivering it.
//
// An *attempt* gathers one size from a set of peers. At first all peers that claim one size share an attempt. If what
// they sent together has the wrong hash, nobody knows who lied: from then on every peer of that size has an attempt of
// its own, and a wrong hash is proof. A few attempts run at once, which bounds the memory; the others wait in line, and
// one that is slow or stalls goes to its end when others wait. So a liar costs time, but never the honest peer's turn.
import { concatBytes, equalBytes, readU8 } from '../bytes.ts'
import type { Hasher } from '../hasher.ts'
import type { InfoHash, InfoHashV2 } from '../ids.ts'
import type { Violation } from '../wire/violation.ts'
import { MAX_METADATA_BYTES } from './extended.ts'
import { METADATA_PIECE_BYTES } from './metadata-message.ts'

/** At most four times 10 MiB are gathered, and only as data really comes. */
const MAX_RUNNING = 4
/** Enough to fill a slow line; libtorrent and Transmission queue more than this. */
const REQUESTS_PER_PEER = 4
/** A piece may be asked of two peers when there is nothing else to ask: one that is slow must not delay the end. */
const MAX_ASKERS = 2
/** Then the piece is asked of others, and the peer rests. */
const REQUEST_TIMEOUT_MS = 10_000
/** An attempt that has got nothing for so long gives way to one that waits. */
const STALL_MS = 10_000
/** So does one that has run for so long; doubled each time, so that a slow honest peer gets through in the end. */
const FIRST_RUN_MS = 30_000
/** Rest after a reject or a time-out, doubled while they go on. BEP 9: a peer may reject because it has no data yet. */
const [FIRST_REST_MS, LONGEST_REST_MS] = [10_000, 300_000]

export interface MetadataEffects {
  /** Send this peer a request for this piece of metadata. */
  request(peer: number, piece: number): void
  /** The info dictionary, with the right hash. The last call. */
  done(bytes: Uint8Array): void
  /** All that this peer sent is false: drop and ban it. It need not be reported with `peerLeft`. */
  blame(peer: number): void
  /** The data has one of the two hashes and not the other: the link names two torrents, and no peer is to blame. Last. */
  conflict(): void
}

/** What the data must hash to: one of them, or both for a hybrid torrent. */
export interface MetadataHashes {
  readonly v1: InfoHash | undefined
  readonly v2: InfoHashV2 | undefined
}

interface Peer {
  readonly id: number
  attempt: Attempt
  /** Unanswered requests, and when each was sent. */
  readonly asked: Map<number, number>
  /** All pieces that were ever asked for: an answer may come long after we gave up. */
  readonly everAsked: Set<number>
  restsUntil: number
  restMs: number
}

interface Attempt {
  readonly size: number
  readonly isShared: boolean
  readonly peers: Set<Peer>
  /** Absent while it waits. */
  run: Run | undefined
  runMs: number
}

interface Run {
  readonly pieces: (Uint8Array | undefined)[]
  /** How many peers owe us each piece. */
  readonly askers: Uint8Array
  readonly senders: Set<Peer>
  readonly startedAt: number
  missing: number
  progressAt: number
}

/** Times are milliseconds of any clock that only goes forward. Peers are numbers of the caller. */
export class MetadataDownload {
  readonly #hashes: MetadataHashes
  readonly #hasher: Hasher
  readonly #effects: MetadataEffects
  readonly #peers = new Map<number, Peer>()
  /** Running and waiting; the one that waits longest first. */
  #attempts: Attempt[] = []
  /** Sizes of which a shared attempt failed. At most one for each attempt that failed, so for each liar dropped. */
  readonly #doubtful = new Set<number>()
  #isOver = false

  constructor(hashes: MetadataHashes, hasher: Hasher, effects: MetadataEffects) {
    this.#hashes = hashes
    this.#hasher = hasher
    this.#effects = effects
  }

  /** A peer takes ut_metadata messages and says how large the metadata is. May be called again with another size. */
  peerJoined(peer: number, size: number, now: number): void {
    const known = this.#peers.get(peer)
    if (this.#isOver || size <= 0 || size > MAX_METADATA_BYTES || known?.attempt.size === size) return
    if (known !== undefined) this.#remove(known)
    const shared = this.#attempts.find((attempt) => attempt.isShared && attempt.size === size)
    const attempt = shared ?? this.#addAttempt(size, !this.#doubtful.has(size))
    const asked = new Map<number, number>()
    const joined = { id: peer, attempt, asked, everAsked: new Set<number>(), restsUntil: now, restMs: FIRST_REST_MS }
    attempt.peers.add(joined)
    this.#peers.set(peer, joined)
    this.#advance(now)
  }

  peerLeft(peer: number, now: number): void {
    const known = this.#peers.get(peer)
    if (known === undefined) return
    this.#remove(known)
    this.#advance(now)
  }

  /** A peer that breaks the rules is forgotten at once; the caller drops it. `bytes` is borrowed. */
  onData(peer: number, piece: number, totalSize: number, bytes: Uint8Array, now: number): Violation | undefined {
    const known = this.#peers.get(peer)
    if (known === undefined) return undefined
    const { attempt } = known
    const length = Math.min(METADATA_PIECE_BYTES, attempt.size - piece * METADATA_PIECE_BYTES)
    const isSize = bytes.length === length && (totalSize === 0 || totalSize === attempt.size)
    if (!isSize || !known.everAsked.has(piece)) {
      this.#remove(known)
      this.#advance(now)
      return 'bad-metadata'
    }
    forget(known, piece)
    known.restMs = FIRST_REST_MS
    const { run } = attempt
    if (run !== undefined && run.pieces[piece] === undefined) this.#store(known, run, piece, bytes.slice(), now)
    this.#advance(now)
    return undefined
  }

  onReject(peer: number, piece: number, now: number): void {
    const known = this.#peers.get(peer)
    if (known === undefined || !forget(known, piece)) return
    rest(known, now)
    this.#advance(now)
  }

  /** Call about once a second: gives up requests that were not answered. */
  tick(now: number): void {
    for (const peer of this.#peers.values()) {
      for (const [piece, askedAt] of peer.asked) {
        if (now - askedAt >= REQUEST_TIMEOUT_MS && forget(peer, piece)) rest(peer, now)
      }
    }
    this.#advance(now)
  }

  #addAttempt(size: number, isShared: boolean): Attempt {
    const attempt: Attempt = { size, isShared, peers: new Set(), run: undefined, runMs: FIRST_RUN_MS }
    this.#attempts.push(attempt)
    return attempt
  }

  #remove(peer: Peer): void {
    const { attempt } = peer
    for (const piece of peer.asked.keys()) forget(peer, piece)
    this.#peers.delete(peer.id)
    attempt.peers.delete(peer)
    if (attempt.peers.size === 0) this.#attempts = this.#attempts.filter((other) => other !== attempt)
  }

  #store(peer: Peer, run: Run, piece: number, bytes: Uint8Array, now: number): void {
    run.pieces[piece] = bytes
    run.senders.add(peer)
    run.progressAt = now
    run.missing--
    if (run.missing > 0) return
    const metadata = concatBytes(run.pieces.filter((part) => part !== undefined))
    const verdict = this.#verify(metadata)
    if (verdict === 'wrong') this.#onWrong(peer.attempt, run)
    else {
      this.#isOver = true
      this.#peers.clear()
      this.#attempts = []
      if (verdict === 'right') this.#effects.done(metadata)
      else this.#effects.conflict()
    }
  }

  #verify(metadata: Uint8Array): 'right' | 'wrong' | 'conflict' {
    const { v1, v2 } = this.#hashes
    const isV1 = v1 !== undefined && equalBytes(this.#hasher.sha1(metadata), v1)
    const isV2 = v2 !== undefined && equalBytes(this.#hasher.sha256(metadata), v2)
    if (!isV1 && !isV2) return 'wrong'
    return (isV1 || v1 === undefined) && (isV2 || v2 === undefined) ? 'right' : 'conflict'
  }

  #onWrong(attempt: Attempt, run: Run): void {
    const [sender] = run.senders
    const culprit = run.senders.size === 1 ? sender : undefined
    // A peer may have left, and its number may belong to another by now.
    const isHere = culprit !== undefined && this.#peers.get(culprit.id) === culprit
    if (isHere) this.#remove(culprit)
    this.#doubtful.add(attempt.size)
    this.#attempts = this.#attempts.filter((other) => other !== attempt)
    for (const peer of attempt.peers) {
      peer.asked.clear()
      peer.attempt = this.#addAttempt(attempt.size, false)
      peer.attempt.peers.add(peer)
    }
    if (isHere) this.#effects.blame(culprit.id)
  }

  #advance(now: number): void {
    this.#makeRoom(now)
    let running = this.#attempts.filter((attempt) => attempt.run !== undefined).length
    for (const attempt of this.#attempts) {
      if (attempt.run === undefined) {
        if (running >= MAX_RUNNING || !isReady(attempt, now)) continue
        running++
        attempt.run = newRun(attempt.size, now)
      }
      for (const peer of attempt.peers) this.#ask(peer, attempt.run, now)
    }
  }

  /** Stops overdue attempts, as many as others wait for. What they gathered is lost: memory is what is short. */
  #makeRoom(now: number): void {
    const running = this.#attempts.filter((attempt) => attempt.run !== undefined)
    const waiting = this.#attempts.filter((attempt) => attempt.run === undefined && isReady(attempt, now))
    let lacking = waiting.length - (MAX_RUNNING - running.length)
    for (const attempt of running) {
      if (lacking <= 0) return
      if (!isOverdue(attempt, now)) continue
      lacking--
      attempt.run = undefined
      attempt.runMs *= 2
      for (const peer of attempt.peers) peer.asked.clear()
      this.#attempts = [...this.#attempts.filter((other) => other !== attempt), attempt]
    }
  }

  #ask(peer: Peer, run: Run, now: number): void {
    while (peer.restsUntil <= now && peer.asked.size < REQUESTS_PER_PEER) {
      const piece = leastAsked(run, peer)
      if (piece === -1) return
      run.askers[piece] = readU8(run.askers, piece) + 1
      peer.asked.set(piece, now)
      peer.everAsked.add(piece)
      this.#effects.request(peer.id, piece)
    }
  }
}

function newRun(size: number, now: number): Run {
  const count = Math.ceil(size / METADATA_PIECE_BYTES)
  const pieces = Array<Uint8Array | undefined>(count).fill(undefined)
  return { pieces, askers: new Uint8Array(count), senders: new Set(), startedAt: now, missing: count, progressAt: now }
}

function isReady(attempt: Attempt, now: number): boolean {
  for (const peer of attempt.peers) if (peer.restsUntil <= now) return true
  return false
}

function isOverdue(attempt: Attempt, now: number): boolean {
  if (attempt.run === undefined || !isReady(attempt, now)) return true
  return now - attempt.run.startedAt >= attempt.runMs || now - attempt.run.progressAt >= STALL_MS
}

/** The missing piece that the fewest peers owe us, and this one does not; -1 if there is none. */
function leastAsked(run: Run, peer: Peer): number {
  let best = -1
  let fewest = MAX_ASKERS
  for (let piece = 0; piece < run.pieces.length && fewest > 0; piece++) {
    const askers = readU8(run.askers, piece)
    if (askers >= fewest || run.pieces[piece] !== undefined || peer.asked.has(piece)) continue
    best = piece
    fewest = askers
  }
  return best
}

/** A request is no longer under way; false if it was not. */
function forget(peer: Peer, piece: number): boolean {
  const { run } = peer.attempt
  if (!peer.asked.delete(piece)) return false
  if (run !== undefined) run.askers[piece] = readU8(run.askers, piece) - 1
  return true
}

function rest(peer: Peer, now: number): void {
  peer.restsUntil = now + peer.restMs
  peer.restMs = Math.min(peer.restMs * 2, LONGEST_REST_MS)
}
