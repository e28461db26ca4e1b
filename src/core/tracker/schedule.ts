// Which tracker is asked next, and when (BEP 12, and the intervals of BEP 3). The announcer asks `begin` what is due,
// does the asking, and reports `answered` or `failed`. Trackers stand in lanes; a lane asks one tracker at a time:
//
//   by default one lane   [A, B] -> [C] -> [D]      C only when A and B failed, D only when C failed too
//   with all tiers        [A, B] | [C] | [D]        every tier is a lane of its own, as qBittorrent does
import { assert } from '../errors.ts'
import { type Tracker, Tiers } from './tiers.ts'

export interface ScheduleOptions {
  /** Announce to one tracker of every tier instead of one of all. Never for private torrents (BEP 27). */
  readonly isAnnouncingToAllTiers: boolean
  /** Numbers from 0 to below 1. */
  readonly random: () => number
}

interface Lane {
  underWay: Tracker | undefined
  /** The announce under way came before its regular time, only for more peers. */
  isEarly: boolean
  /** The tracker that answered last; undefined before the first answer and after its failure. */
  working: Tracker | undefined
  /** `person`: as soon as the minimum interval allows. `event`: at once, because an event is told only once. */
  haste: 'none' | 'person' | 'event'
}

export class AnnounceSchedule {
  readonly #options: ScheduleOptions
  readonly #tiers: Tiers
  readonly #lanes: Lane[] = []

  constructor(tiers: readonly (readonly string[])[], options: ScheduleOptions) {
    this.#options = options
    this.#tiers = new Tiers(options.random)
    this.addTrackers(tiers)
  }

  /** New tiers go behind the old ones. Returns the trackers that were not known yet. */
  addTrackers(tiers: readonly (readonly string[])[]): Tracker[] {
    const added = this.#tiers.add(tiers)
    for (const tracker of added) {
      const lane = this.#laneNumber(tracker)
      while (this.#lanes.length <= lane) {
        this.#lanes.push({ underWay: undefined, isEarly: false, working: undefined, haste: 'none' })
      }
    }
    return added
  }

  /** All trackers, unsupported ones too, in the order in which they are tried. */
  trackers(): readonly Tracker[] {
    return this.#tiers.inOrder()
  }

  /** The trackers to announce to now. Each counts as under way until `answered` or `failed` is called for it. */
  begin(now: number, wantsPeers: boolean): Tracker[] {
    const due: Tracker[] = []
    this.#lanes.forEach((lane, number) => {
      if (this.#laneAt(number, wantsPeers) > now) return
      const { working } = lane
      // Off the regular time we stay with the tracker that works; at the regular time the walk begins at the top.
      const isRegular = working === undefined || (lane.haste === 'none' && now >= working.timing.regularAt)
      const tracker = isRegular ? this.#askable(number).find(({ timing }) => timing.readyAt <= now) : working
      if (tracker === undefined) return
      lane.underWay = tracker
      lane.isEarly = !isRegular && lane.haste === 'none'
      lane.haste = 'none'
      due.push(tracker)
    })
    return due
  }

  answered(tracker: Tracker, now: number, intervalSec: number | undefined, minIntervalSec: number | undefined): void {
    const lane = this.#laneOf(tracker)
    lane.underWay = undefined
    lane.working = tracker
    tracker.timing.answered(now, intervalSec, minIntervalSec, lane.isEarly)
    this.#tiers.promote(tracker)
  }

  failed(tracker: Tracker, now: number): void {
    const lane = this.#laneOf(tracker)
    lane.underWay = undefined
    if (lane.working === tracker) lane.working = undefined
    tracker.timing.failed(now, this.#options.random())
  }

  /** `person`: somebody pressed the button. `event`: there is something every working tracker must be told. */
  hurry(reason: 'person' | 'event'): void {
    for (const lane of this.#lanes) {
      // An announce that is under way is what a person wants; an event came too late for it.
      if (reason === 'event' || (lane.underWay === undefined && lane.haste === 'none')) lane.haste = reason
    }
    if (reason === 'person') for (const { timing } of this.trackers()) timing.endBackoff()
  }

  /** When `begin` will have something; undefined while everything is under way or nothing can be asked. */
  nextAt(wantsPeers: boolean): number | undefined {
    const at = Math.min(...this.#lanes.map((_, number) => this.#laneAt(number, wantsPeers)))
    return at === Number.POSITIVE_INFINITY ? undefined : at
  }

  /** When this tracker will be asked again, as far as one can tell now. */
  nextAtOf(tracker: Tracker, wantsPeers: boolean): number | undefined {
    const lane = this.#laneOf(tracker)
    if (tracker.kind === 'unsupported' || lane.underWay === tracker) return undefined
    if (lane.working === tracker) return this.#laneAt(this.#laneNumber(tracker), wantsPeers)
    return tracker.timing.readyAt === Number.NEGATIVE_INFINITY ? undefined : tracker.timing.readyAt
  }

  #laneAt(number: number, wantsPeers: boolean): number {
    const { underWay, working, haste } = this.#lane(number)
    if (underWay !== undefined) return Number.POSITIVE_INFINITY
    if (working === undefined) return Math.min(...this.#askable(number).map(({ timing }) => timing.readyAt))
    if (haste === 'event') return Number.NEGATIVE_INFINITY
    if (haste === 'person') return working.timing.readyAt
    return wantsPeers ? working.timing.earlyAt : working.timing.regularAt
  }

  #askable(laneNumber: number): Tracker[] {
    return this.trackers().filter((tracker) => {
      return tracker.kind !== 'unsupported' && this.#laneNumber(tracker) === laneNumber
    })
  }

  #laneNumber(tracker: Tracker): number {
    return this.#options.isAnnouncingToAllTiers ? tracker.tier : 0
  }

  #laneOf(tracker: Tracker): Lane {
    return this.#lane(this.#laneNumber(tracker))
  }

  #lane(number: number): Lane {
    const lane = this.#lanes[number]
    assert(lane !== undefined, 'a tracker of this schedule has a lane')
    return lane
  }
}
