// Which torrents a list shows, and in which order.
import type { TorrentEvent } from '../../daemon/rpc/types.ts'

export const GROUPS = ['all', 'downloading', 'seeding', 'active', 'stopped', 'failed'] as const
export type Group = (typeof GROUPS)[number]

export const COLUMNS = ['name', 'size', 'progress', 'down', 'up', 'eta', 'ratio', 'peers', 'added', 'queue'] as const
export type Column = (typeof COLUMNS)[number]

export interface Wanted {
  readonly group: Group
  /** Empty: any. */
  readonly label: string
  /** All must be in the name, in any order and case. */
  readonly words: string
  readonly column: Column
  readonly isDescending: boolean
}

export const isDone = ({ wanted_bytes: wanted, done_bytes: done, state }: TorrentEvent): boolean =>
  state === 'seeding' || (wanted > 0 && done >= wanted)

/** 0 to 1, of what is wanted; while files are checked, how far that is. */
export function progressOf(torrent: TorrentEvent): number {
  const { state, wanted_bytes: wanted, done_bytes: done, checked_bytes: checked } = torrent
  if (wanted === 0) return state === 'seeding' ? 1 : 0
  return (state === 'checking' ? checked : done) / wanted
}

/** Seconds; undefined: nobody knows. */
export function etaOf({
  wanted_bytes: wanted,
  done_bytes: done,
  rate_download: rate,
}: TorrentEvent): number | undefined {
  return rate > 0 && wanted > done ? (wanted - done) / rate : undefined
}

export const ratioOf = ({ uploaded_bytes: up, done_bytes: done }: TorrentEvent): number => (done === 0 ? 0 : up / done)

export function isInGroup(torrent: TorrentEvent, group: Group): boolean {
  const { state } = torrent
  switch (group) {
    case 'all':
      return true
    case 'downloading':
      return (
        !isDone(torrent) &&
        (state === 'downloading' || state === 'metadata' || state === 'checking' || state === 'queued')
      )
    case 'seeding':
      return isDone(torrent) && (state === 'seeding' || state === 'queued')
    case 'active':
      return torrent.rate_download > 0 || torrent.rate_upload > 0 || state === 'checking'
    case 'stopped':
      return state === 'stopped'
    case 'failed':
      return state === 'failed' || torrent.error !== '' || torrent.warning !== ''
  }
}

const MAX_KEYS = 50_000
const nameKeys = new Map<string, string>()

/**
 * Sorts as people do (without case and accents, 2 before 10) by plain comparison: five times as fast as Intl.Collator, which
 * takes 60 ms for 5,000 names.
 */
function nameKey(name: string): string {
  let key = nameKeys.get(name)
  if (key === undefined) {
    if (nameKeys.size >= MAX_KEYS) nameKeys.clear()
    key = name
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .toLowerCase()
      .replace(/\d{1,15}/g, (digits) => digits.padStart(15, '0'))
    nameKeys.set(name, key)
  }
  return key
}

function compareKeys(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

const FAR = Number.MAX_VALUE
const KEYS: Readonly<Record<Exclude<Column, 'name'>, (torrent: TorrentEvent) => number>> = {
  size: (torrent) => torrent.total_bytes,
  progress: progressOf,
  down: (torrent) => torrent.rate_download,
  up: (torrent) => torrent.rate_upload,
  eta: (torrent) => (isDone(torrent) ? -1 : (etaOf(torrent) ?? FAR)),
  ratio: ratioOf,
  peers: (torrent) => torrent.peers_connected,
  added: (torrent) => torrent.added_at,
  queue: (torrent) => torrent.queue_position,
}

/** Equal ones by name, then by number: the list never jumps without a reason. */
export function inOrder(torrents: readonly TorrentEvent[], wanted: Wanted): TorrentEvent[] {
  const { group, label, column, isDescending } = wanted
  const words = wanted.words.toLowerCase().split(/\s+/).filter(Boolean)
  const shown = torrents.filter((torrent) => {
    if (!isInGroup(torrent, group) || (label !== '' && !torrent.labels.includes(label))) return false
    if (words.length === 0) return true
    const name = torrent.name.toLowerCase()
    return words.every((word) => name.includes(word))
  })
  const sign = isDescending ? -1 : 1
  const key = column === 'name' ? () => 0 : KEYS[column]
  // Keys are made once for each, and not at every comparison: 4 ms instead of 10 for 5,000 of which most are equal.
  const keyed = shown.map((torrent) => ({ torrent, key: key(torrent), name: nameKey(torrent.name) }))
  const nameSign = column === 'name' ? sign : 1
  keyed.sort((a, b) => {
    if (a.key !== b.key) return sign * (a.key - b.key)
    return nameSign * (compareKeys(a.name, b.name) || a.torrent.id - b.torrent.id)
  })
  return keyed.map(({ torrent }) => torrent)
}

/** All labels in use, in order, with how many have them. */
export function labelsIn(torrents: readonly TorrentEvent[]): readonly (readonly [label: string, count: number])[] {
  const counts = new Map<string, number>()
  for (const { labels } of torrents) for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1)
  return [...counts].sort(([a], [b]) => compareKeys(nameKey(a), nameKey(b)))
}
