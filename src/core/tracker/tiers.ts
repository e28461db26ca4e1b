// The trackers of a torrent in the order of BEP 12: tiers one after the other, shuffled once inside, and the one that
// answers moves to the front of its tier.
import { TrackerTiming } from './tracker-timing.ts'

export type TrackerKind = 'http' | 'udp' | 'unsupported'

export interface Tracker {
  readonly url: string
  /** 0 is asked first. */
  readonly tier: number
  readonly kind: TrackerKind
  readonly timing: TrackerTiming
}

/** Longest lists seen in the wild hold about 100; a hostile one could hold thousands and keep us asking for days. */
export const MAX_TRACKERS = 256

/** `ws:`, `wss:` and texts that are no URL are kept, so that people see why they are not asked. */
export function trackerKind(url: string): TrackerKind {
  if (!URL.canParse(url)) return 'unsupported'
  const { protocol, hostname, port } = new URL(url)
  if (hostname === '') return 'unsupported'
  if (protocol === 'http:' || protocol === 'https:') return 'http'
  return protocol === 'udp:' && port !== '' && port !== '0' ? 'udp' : 'unsupported'
}

export class Tiers {
  readonly #tiers: Tracker[][] = []
  readonly #urls = new Set<string>()
  readonly #random: () => number

  /** `random` returns numbers from 0 to below 1. */
  constructor(random: () => number) {
    this.#random = random
  }

  /** Appends tiers behind those that are there; a URL that is known already is left out. Returns what was added. */
  add(tiers: readonly (readonly string[])[]): Tracker[] {
    const added: Tracker[] = []
    for (const urls of tiers) {
      const tier: Tracker[] = []
      for (const url of urls.map((text) => text.trim())) {
        if (url === '' || this.#urls.has(url) || this.#urls.size >= MAX_TRACKERS) continue
        this.#urls.add(url)
        tier.push({ url, tier: this.#tiers.length, kind: trackerKind(url), timing: new TrackerTiming() })
      }
      if (tier.length === 0) continue
      this.#tiers.push(shuffled(tier, this.#random))
      added.push(...tier)
    }
    return added
  }

  /** All trackers in the order in which they are to be tried. */
  inOrder(): Tracker[] {
    return this.#tiers.flat()
  }

  /** The tracker answered: first of its tier from now on. */
  promote(tracker: Tracker): void {
    const tier = this.#tiers[tracker.tier] ?? []
    const at = tier.indexOf(tracker)
    if (at > 0) tier.unshift(...tier.splice(at, 1))
  }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}
