// How many have a torrent and how many are getting it, by its trackers.
import type { TrackerDetail } from '../../daemon/rpc/page-types.ts'

/** The most that one of them knows: most peers are with several. `undefined` where none counts. */
export function countOf(
  trackers: readonly Pick<TrackerDetail, 'seeders' | 'leechers'>[],
): { readonly seeders: number; readonly leechers: number } | undefined {
  const counting = trackers.filter(({ seeders, leechers }) => seeders !== null || leechers !== null)
  if (counting.length === 0) return undefined
  return {
    seeders: Math.max(...counting.map(({ seeders }) => seeders ?? 0)),
    leechers: Math.max(...counting.map(({ leechers }) => leechers ?? 0)),
  }
}
