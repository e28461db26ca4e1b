// Announces one torrent to its trackers: asks the schedule whom and when, asks over both address families and for every
// info-hash, and hands on what comes. Born with the torrent's start, stopped with it; it has one life.
import { type Address, printAddress } from '../core/address.ts'
import { AppError, assert, type ErrorCode } from '../core/errors.ts'
import type { InfoHash } from '../core/ids.ts'
import type { AnnounceAnswer, SwarmCounts } from '../core/tracker/announce.ts'
import { AnnounceSchedule } from '../core/tracker/schedule.ts'
import type { Tracker } from '../core/tracker/tiers.ts'
import { monotonicMs } from '../io/clock.ts'
import type { TrackerStatus } from './torrent-status.ts'
import { type AnnounceIdentity, type AnnounceStats, TrackerEndpoint } from './tracker-endpoint.ts'
import type { UdpTrackerClient } from './udp-tracker-client.ts'

export interface AnnouncerOptions extends AnnounceIdentity {
  /** BEP 12: a lone `announce` is one tier of one. */
  readonly tiers: readonly (readonly string[])[]
  /** Of v1, of v2 cut to 20 bytes, or both: each is a swarm of its own, and each is announced. */
  readonly infoHashes: readonly InfoHash[]
  /** One tracker at a time (BEP 27). */
  readonly isPrivate: boolean
  /** Announce to one tracker of every tier instead of one of all (BEP 12); `false` by default. */
  readonly isAnnouncingToAllTiers?: boolean
}

export interface AnnouncerEffects {
  stats(): AnnounceStats
  found(peers: readonly Address[], trackerUrl: string, infoHash: InfoHash): void
  /** False when the engine has enough: trackers are then asked at their own interval, and for no peers. */
  wantsPeers(): boolean
  /** False: wanted or not, peers can wait for the tracker's own interval. Default: they are wanted at once. */
  isInHurry?(): boolean
  /** Our own address, as a tracker sees it (BEP 24). */
  externalIp?(ip: string): void
  /** `status()` has changed. */
  changed?(): void
}

export interface ScrapeResult extends SwarmCounts {
  readonly trackerUrl: string
  readonly infoHash: InfoHash
}

/** An IPv6 answer over UDP then fits into one packet of 1,500 bytes: 20 + 75 * 18. */
const NUM_WANT = 75
/** So much later at most do we notice that peers are wanted again. */
const WANTS_CHECK_MS = 60_000
/** When one endpoint has answered, the others get so much more time: IPv6 is often promised and rarely reached. */
const STRAGGLER_MS = 10_000
/** For `stopped`, to all trackers together: nobody likes a program that does not end. */
const LEAVE_MS = 5_000

interface Entry {
  readonly tracker: Tracker
  readonly endpoints: readonly TrackerEndpoint[]
  state: TrackerStatus['state']
  seeders: number | undefined
  leechers: number | undefined
  /** Of the last announce, all families together. */
  peersReceived: number
  message: string | undefined
  /** Monotonic. */
  endedAt: number | undefined
}

export class Announcer {
  readonly #options: AnnouncerOptions
  readonly #effects: AnnouncerEffects
  readonly #udp: UdpTrackerClient
  readonly #schedule: AnnounceSchedule
  readonly #entries = new Map<Tracker, Entry>()
  readonly #underWay = new Set<Promise<void>>()
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #isStarted = false
  #hasFinished = false
  #stopping: Promise<void> | undefined

  /** `udp` is the session's; it is not closed here. */
  constructor(options: AnnouncerOptions, effects: AnnouncerEffects, udp: UdpTrackerClient) {
    this.#options = options
    this.#effects = effects
    this.#udp = udp
    const isAnnouncingToAllTiers = options.isAnnouncingToAllTiers === true && !options.isPrivate
    this.#schedule = new AnnounceSchedule(options.tiers, { isAnnouncingToAllTiers, random: Math.random })
    for (const tracker of this.#schedule.trackers()) this.#addEntry(tracker)
  }

  start(delayMs = 0): void {
    this.#timer = setTimeout(() => {
      this.#isStarted = true
      this.#arm()
    }, delayMs)
  }

  /** The last missing byte came in this session: the trackers are told at once, and once. */
  completed(): void {
    if (this.#hasFinished) return
    this.#hasFinished = true
    this.#schedule.hurry('event')
    this.#arm()
  }

  /** As soon as the tracker's minimum interval allows. */
  announceNow(): void {
    this.#schedule.hurry('person')
    this.#arm()
  }

  /** Puts new tiers behind the old ones; trackers that are known already are left out. */
  addTrackers(tiers: readonly (readonly string[])[]): void {
    const added = this.#schedule.addTrackers(tiers)
    if (added.length === 0) return
    for (const tracker of added) this.#addEntry(tracker)
    this.#effects.changed?.()
    this.#arm()
  }

  /** All trackers in the order in which they are tried. */
  status(): readonly TrackerStatus[] {
    const now = monotonicMs()
    const wantsPeers = this.#wantsPeersNow()
    return this.#schedule.trackers().map((tracker) => {
      const { state, seeders, leechers, peersReceived, message, endedAt } = this.#entry(tracker)
      const isTimed = this.#isStarted && this.#stopping === undefined
      const nextAt = isTimed ? this.#schedule.nextAtOf(tracker, wantsPeers) : undefined
      return {
        url: tracker.url,
        tier: tracker.tier,
        state,
        seeders,
        leechers,
        peersReceived,
        lastAnnounceMs: endedAt === undefined ? undefined : now - endedAt,
        message,
        nextAnnounceMs: nextAt === undefined ? undefined : Math.max(0, Math.ceil(nextAt - now)),
      }
    })
  }

  /**
   * Counts from the first tracker that answers; empty if none does. A failed scrape changes nothing. Trackers whose last
   * announce failed are left out: a list of dead ones would take minutes.
   */
  async scrape(): Promise<readonly ScrapeResult[]> {
    const { infoHashes } = this.#options
    const entries = this.#schedule.trackers().map((tracker) => this.#entry(tracker))
    for (const entry of entries.filter(({ state }) => state !== 'failed')) {
      for (const endpoint of entry.endpoints.filter(({ infoHash }) => infoHash === infoHashes[0])) {
        if (this.#stop.signal.aborted) return []
        try {
          const results = scrapeResults(
            entry.tracker.url,
            infoHashes,
            await endpoint.scrape(infoHashes, this.#stop.signal),
          )
          if (results.length === 0) continue
          entry.seeders = Math.max(...results.map(({ seeders }) => seeders))
          entry.leechers = Math.max(...results.map(({ leechers }) => leechers))
          this.#effects.changed?.()
          return results
        } catch {
          // Many trackers do not scrape: the next one is asked, and the announces go on (BEP 48).
        }
      }
    }
    return []
  }

  /** Says goodbye to the trackers that know us, for at most 5 s. Nothing is left open afterwards. */
  stop(): Promise<void> {
    this.#stopping ??= this.#leave()
    return this.#stopping
  }

  async #leave(): Promise<void> {
    clearTimeout(this.#timer)
    this.#stop.abort()
    const stats = this.#effects.stats()
    await Promise.all(this.#underWay)
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(), LEAVE_MS)
    const endpoints = [...this.#entries.values()].flatMap((entry) => entry.endpoints)
    await Promise.allSettled(endpoints.map((endpoint) => endpoint.leave(stats, this.#hasFinished, deadline.signal)))
    clearTimeout(timer)
    for (const entry of this.#entries.values()) entry.state = 'stopped'
    this.#effects.changed?.()
  }

  #wantsPeersNow(): boolean {
    return this.#isInHurry() && this.#effects.wantsPeers()
  }

  #isInHurry(): boolean {
    return this.#effects.isInHurry?.() !== false
  }

  /** Sets the one timer anew. Call whenever the schedule may have changed. */
  #arm(): void {
    if (!this.#isStarted || this.#stopping !== undefined) return // the timer that starts it is not ours to take away
    clearTimeout(this.#timer)
    const wantsPeers = this.#wantsPeersNow()
    const at = this.#schedule.nextAt(wantsPeers)
    if (at === undefined) return
    const delayMs = Math.max(0, Math.ceil(at - monotonicMs()))
    const mayChangeItsMind = !wantsPeers && this.#isInHurry()
    this.#timer = setTimeout(() => this.#announceDue(), mayChangeItsMind ? Math.min(delayMs, WANTS_CHECK_MS) : delayMs)
  }

  #announceDue(): void {
    for (const tracker of this.#schedule.begin(monotonicMs(), this.#wantsPeersNow())) {
      const announce = this.#announce(this.#entry(tracker)).finally(() => this.#underWay.delete(announce))
      this.#underWay.add(announce)
    }
    this.#arm()
  }

  /** Asks all endpoints of a tracker at once. It works if one of them answers. */
  async #announce(entry: Entry): Promise<void> {
    const { tracker } = entry
    entry.state = 'announcing'
    this.#effects.changed?.()
    const stats = this.#effects.stats()
    const numWant = this.#effects.wantsPeers() ? NUM_WANT : 0
    const received = new Set<string>()
    const stragglers = new AbortController()
    let stragglerTimer: NodeJS.Timeout | undefined
    const signal = AbortSignal.any([this.#stop.signal, stragglers.signal])
    const outcomes = await Promise.allSettled(
      entry.endpoints.map(async (endpoint) => {
        const answer = await endpoint.announce(stats, this.#hasFinished, numWant, signal)
        if (this.#stop.signal.aborted) return answer
        stragglerTimer ??= setTimeout(() => stragglers.abort(), STRAGGLER_MS)
        for (const peer of answer.peers) received.add(printAddress(peer))
        entry.peersReceived = received.size
        this.#onAnswer(entry, endpoint.infoHash, answer)
        return answer
      }),
    )
    clearTimeout(stragglerTimer)
    if (this.#stop.signal.aborted) return
    entry.endedAt = monotonicMs()
    const answers = outcomes.filter((outcome) => outcome.status === 'fulfilled').map(({ value }) => value)
    if (answers.length > 0) {
      const intervalSec = longest(answers.map((answer) => answer.intervalSec))
      const minIntervalSec = longest(answers.map((answer) => answer.minIntervalSec))
      this.#schedule.answered(tracker, monotonicMs(), intervalSec, minIntervalSec)
    } else {
      entry.state = 'failed'
      entry.message = explain(outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason))
      this.#schedule.failed(tracker, monotonicMs())
    }
    this.#effects.changed?.()
    this.#arm()
  }

  #onAnswer(entry: Entry, infoHash: InfoHash, answer: AnnounceAnswer): void {
    const { seeders, leechers, peers, warning, externalIp } = answer
    entry.state = 'working'
    entry.seeders = seeders ?? entry.seeders
    entry.leechers = leechers ?? entry.leechers
    entry.message = warning
    if (peers.length > 0) this.#effects.found(peers, entry.tracker.url, infoHash)
    if (externalIp !== undefined) this.#effects.externalIp?.(externalIp)
    this.#effects.changed?.()
  }

  #addEntry(tracker: Tracker): void {
    const isSupported = tracker.kind !== 'unsupported'
    const endpoints = this.#options.infoHashes.flatMap((infoHash) => {
      return ([4, 6] as const).map((family) => {
        return new TrackerEndpoint(tracker.url, family, infoHash, this.#options, this.#udp)
      })
    })
    this.#entries.set(tracker, {
      tracker,
      endpoints: isSupported ? endpoints : [],
      state: isSupported ? 'waiting' : 'failed',
      seeders: undefined,
      leechers: undefined,
      peersReceived: 0,
      endedAt: undefined,
      message: isSupported ? undefined : 'only http, https and udp trackers with a port are supported',
    })
  }

  #entry(tracker: Tracker): Entry {
    const entry = this.#entries.get(tracker)
    assert(entry !== undefined, 'every tracker of the schedule has an entry')
    return entry
  }
}

function scrapeResults(
  trackerUrl: string,
  infoHashes: readonly InfoHash[],
  counts: readonly (SwarmCounts | undefined)[],
): ScrapeResult[] {
  return infoHashes.flatMap((infoHash, i) => {
    const count = counts[i]
    return count === undefined ? [] : [{ ...count, trackerUrl, infoHash }]
  })
}

function longest(seconds: readonly (number | undefined)[]): number | undefined {
  const named = seconds.filter((n) => n !== undefined)
  return named.length === 0 ? undefined : Math.max(...named)
}

/** The most telling first: the tracker's own words, then how far we got; a family that the host lacks is no news. */
const TELLING: readonly ErrorCode[] = ['tracker', 'bad-answer', 'timeout', 'network', 'not-found']

/** One sentence for the failures of all endpoints. */
function explain(reasons: readonly unknown[]): string {
  const errors = reasons.map((reason) => {
    return reason instanceof AppError ? reason : new AppError('internal', String(reason), { cause: reason })
  })
  const byCode = TELLING.map((code) => errors.find((error) => error.code === code))
  return (byCode.find((error) => error !== undefined) ?? errors[0])?.message ?? 'there is nothing to announce'
}
