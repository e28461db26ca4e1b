// Who has a torrent: how many by its trackers, and whom we saw.
import type { PeerDetail, TrackerDetail } from '../../daemon/rpc/page-types.ts'

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

export interface SeenPeer extends PeerDetail {
  /** Not connected any more: whoever has all of it leaves a seed. */
  readonly hasLeft: boolean
}

/** More lines help nobody: those with the most of it come first. */
export const MOST_SEEN = 50

/** Those who are there, and those who were. */
export function seenPeers(before: readonly SeenPeer[], now: readonly PeerDetail[]): readonly SeenPeer[] {
  const there = new Set(now.map(({ address }) => address))
  const left = before.filter(({ address }) => !there.has(address)).map((peer) => ({ ...peer, hasLeft: true }))
  return [...now.map((peer) => ({ ...peer, hasLeft: false })), ...left]
    .toSorted((a, b) => b.progress - a.progress)
    .slice(0, MOST_SEEN)
}
