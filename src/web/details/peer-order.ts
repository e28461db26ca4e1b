// Peers of a torrent in a table: their order, and their flags in words. Pure.
import type { PeerDetail } from '../../daemon/rpc/page-types.ts'
import { words } from '../words/words.ts'

export const PEER_COLUMNS = ['address', 'client', 'flags', 'progress', 'down', 'up', 'total'] as const
export type PeerColumn = (typeof PEER_COLUMNS)[number]

export interface PeerOrder {
  readonly column: PeerColumn
  readonly isDescending: boolean
}

/** Names from A, numbers from the largest: what is wanted at the first press. */
export function pressColumn(order: PeerOrder, column: PeerColumn): PeerOrder {
  if (order.column === column) return { column, isDescending: !order.isDescending }
  return { column, isDescending: column !== 'address' && column !== 'client' }
}

const KEYS: Readonly<Record<Exclude<PeerColumn, 'address'>, (peer: PeerDetail) => string | number>> = {
  client: ({ client }) => client.toLowerCase(),
  flags: ({ flags }) => flags,
  progress: ({ progress }) => progress,
  down: ({ rate_download: rate }) => rate,
  up: ({ rate_upload: rate }) => rate,
  total: ({ downloaded_bytes: down, uploaded_bytes: up }) => down + up,
}

/** Equal ones by address: rows do not jump without a reason. */
export function inPeerOrder(peers: readonly PeerDetail[], { column, isDescending }: PeerOrder): PeerDetail[] {
  const sign = isDescending ? -1 : 1
  const byAddress = (a: PeerDetail, b: PeerDetail): number => compareAddresses(a.address, b.address)
  if (column === 'address') return peers.toSorted((a, b) => sign * byAddress(a, b))
  const key = KEYS[column]
  return peers.toSorted((a, b) => {
    const [first, second] = [key(a), key(b)]
    return first === second ? byAddress(a, b) : first < second ? -sign : sign
  })
}

/** In an order that was seen before, those that are new at the end: rows stay where the reader is about to press. */
export function inKeptOrder(peers: readonly PeerDetail[], kept: readonly string[]): PeerDetail[] {
  const places = new Map(kept.map((address, place) => [address, place]))
  const placeOf = ({ address }: PeerDetail): number => places.get(address) ?? kept.length
  return peers.toSorted((a, b) => placeOf(a) - placeOf(b))
}

const ADDRESSES = new Intl.Collator('en', { numeric: true })

function compareAddresses(a: string, b: string): number {
  return ADDRESSES.compare(a, b)
}

const isFlag = (letter: string): letter is keyof typeof words.details.flags => letter in words.details.flags

/** A line a flag; letters that nobody knows stay as they are. */
export function flagsInWords(flags: string): string {
  if (flags === '') return words.details.noFlags
  const letters = Array.from(flags)
  return letters.map((letter) => (isFlag(letter) ? `${letter}: ${words.details.flags[letter]}` : letter)).join('\n')
}
