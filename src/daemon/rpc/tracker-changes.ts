// Other trackers for a torrent, as `torrent_set` says them: all of them in one text, or some added, removed, replaced.
import * as v from 'valibot'
import { AppError } from '../../core/errors.ts'

export type Tiers = readonly (readonly string[])[]

const id = v.pipe(v.number(), v.integer())

export const TRACKER_CHANGES = {
  tracker_list: v.optional(v.string()),
  tracker_add: v.optional(v.array(v.string())),
  tracker_remove: v.optional(v.array(v.union([v.string(), id]))),
  tracker_replace: v.optional(v.array(v.union([v.string(), id]))),
}
const changes = v.object(TRACKER_CHANGES)

const MAX_TRACKERS = 1_000

/** One URL a line, an empty line between tiers: as Transmission and others show and take them. */
export function printTiers(tiers: Tiers): string {
  return tiers.map((tier) => tier.join('\n')).join('\n\n')
}

function readTiers(text: string): string[][] {
  const tiers = text.split(/\n\s*\n/).map((tier) => tier.split('\n').map((line) => line.trim()))
  return tiers.map((tier) => tier.filter((url) => url !== ''))
}

/** `undefined` if nothing is said of them. Throws AppError 'usage', 'not-found'. */
export function changeTiers(before: Tiers, said: v.InferOutput<typeof changes>): string[][] | undefined {
  const { tracker_list: list, tracker_add: added, tracker_remove: removed, tracker_replace: replaced } = said
  if (list === undefined && added === undefined && removed === undefined && replaced === undefined) return undefined
  // Numbers are those of `trackers`: through all tiers, before any change.
  const numbered = before.flat()
  const urlOf = (number: number): string => {
    const url = numbered[number]
    if (url === undefined) throw new AppError('not-found', `there is no tracker ${number}: it has ${numbered.length}`)
    return url
  }
  let tiers = list === undefined ? before.map((tier) => [...tier]) : readTiers(list)
  for (let n = 0; n < (replaced?.length ?? 0); n += 2) {
    const [number, url] = [replaced?.[n], replaced?.[n + 1]]
    if (typeof number !== 'number' || typeof url !== 'string') {
      throw new AppError('usage', 'tracker_replace: expected numbers and URLs by turns')
    }
    const old = urlOf(number)
    tiers = tiers.map((tier) => tier.map((one) => (one === old ? url : one)))
  }
  // A URL that it does not have is gone already: whoever says it again means the same.
  const gone = new Set(removed?.map((one) => (typeof one === 'string' ? one : urlOf(one))))
  tiers = tiers.map((tier) => tier.filter((url) => !gone.has(url)))
  tiers.push(...(added ?? []).filter((url) => !tiers.flat().includes(url)).map((url) => [url]))
  tiers = tiers.filter((tier) => tier.length > 0)
  check(tiers.flat())
  return tiers
}

function check(urls: readonly string[]): void {
  if (urls.length > MAX_TRACKERS) throw new AppError('usage', `a torrent may have ${MAX_TRACKERS} trackers at most`)
  for (const url of urls) {
    if (URL.canParse(url) && /^(https?|udp):$/.test(new URL(url).protocol)) continue
    throw new AppError('usage', `${JSON.stringify(url)} is no tracker: its URL begins with http://, https:// or udp://`)
  }
}
