// What bench/tracker.ts asks of its load and is told by it, and what every kind of load needs: who announces next, and the
// tally of the answers.
import { readU16, writeU32 } from '../src/core/bytes.ts'

/** The same torrents and peers in every job. */
export interface LoadSwarms {
  readonly torrents: number
  readonly peersEach: number
}

export interface LoadJob extends LoadSwarms {
  readonly kind: 'udp' | 'http' | 'http-once' | 'websocket'
  readonly port: number
  /** The tracker gives who asks itself, too, as opentracker does. */
  readonly isOwnGiven: boolean
  /** Announce everybody once, or for so long at random. */
  readonly seconds: number | 'fill'
  readonly underWay: number
  /** Announces a second, of which no more than `underWay` wait for their answer. */
  readonly ratePerSec?: number
  /** Offers in each announce over WebSocket. */
  readonly offers?: number
}

export interface LoadResult {
  readonly answers: number
  readonly perSecond: number
  readonly wrong: number
  readonly lost: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Peers in all answers. */
  readonly peers: number
  /** Announces that were sent each second, answered or not. */
  readonly askedPerSecond: number
  /** Of its processor: near 100, the load could do no more. At a given rate it is always there, as that load does not wait. */
  readonly loadPercent: number
}

const FIRST_PORT = 2000
export const MAX_WANTED = 50
/** What comes before is not measured: code is compiled, connections are made. */
export const WARM_MS = 500

/** Who asks when: everybody in turn, or by chance. */
export class Asker {
  readonly job: LoadJob
  readonly #total: number
  #next = 0

  constructor(job: LoadJob) {
    this.job = job
    this.#total = job.torrents * job.peersEach
  }

  /** A peer: its torrent and its port follow from it. -1: all have been. */
  next(): number {
    if (this.job.seconds !== 'fill') return Math.floor(Math.random() * this.#total)
    return this.#next < this.#total ? this.#next++ : -1
  }

  torrentOf(peer: number): number {
    return peer % this.job.torrents
  }

  portOf(peer: number): number {
    return FIRST_PORT + Math.floor(peer / this.job.torrents)
  }

  isOurs(port: number): boolean {
    return port >= FIRST_PORT && port < FIRST_PORT + this.job.peersEach
  }
}

/** Latencies in steps of 20 µs up to 200 ms. */
class Latencies {
  readonly #counts = new Uint32Array(10_000)
  #all = 0

  add(ms: number): void {
    const at = Math.min(9_999, Math.max(0, Math.floor(ms * 50)))
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#all++
  }

  percentile(part: number): number {
    let seen = 0
    for (const [at, count] of this.#counts.entries()) {
      seen += count
      if (seen >= this.#all * part) return (at + 1) / 50
    }
    return 0
  }
}

export function hashBytes(torrent: number, out: Uint8Array, at: number): void {
  out.fill(0, at, at + 20)
  writeU32(out, at, Math.imul(torrent, 0x9e3779b1) >>> 0)
  writeU32(out, at + 4, torrent)
}

/** Complete, downloads nothing: `left` is 0 for one in four. */
export function isSeed(peer: number): boolean {
  return peer % 4 === 0
}

export class Tally {
  readonly latencies = new Latencies()
  answers = 0
  asked = 0
  wrong = 0
  lost = 0
  peers = 0
  #since = 0
  #usedBefore = process.cpuUsage()
  #answersBefore = 0
  #askedBefore = 0

  /** What came before is warming up. */
  begin(): void {
    this.#since = performance.now()
    this.#usedBefore = process.cpuUsage()
    this.#answersBefore = this.answers
    this.#askedBefore = this.asked
  }

  result(): LoadResult {
    const seconds = (performance.now() - this.#since) / 1000
    const { user, system } = process.cpuUsage(this.#usedBefore)
    return {
      answers: this.answers,
      perSecond: (this.answers - this.#answersBefore) / seconds,
      askedPerSecond: (this.asked - this.#askedBefore) / seconds,
      wrong: this.wrong,
      lost: this.lost,
      p50Ms: this.latencies.percentile(0.5),
      p99Ms: this.latencies.percentile(0.99),
      peers: this.peers,
      loadPercent: (user + system) / 1e4 / seconds,
    }
  }

  /** Compact IPv4 peers of an answer. */
  look(bytes: Uint8Array, start: number, end: number, asker: Asker, ownPort: number): boolean {
    if ((end - start) % 6 !== 0 || end - start > MAX_WANTED * 6) return false
    for (let at = start; at < end; at += 6) {
      const port = readU16(bytes, at + 4)
      if (bytes[at] !== 127 || !asker.isOurs(port)) return false
      if (port === ownPort && !asker.job.isOwnGiven) return false
    }
    this.peers += (end - start) / 6
    return true
  }
}
