// Sends, offers and fetches for people to read: what went together, how far it is, in words. Pure.
import type { FetchRow, OfferRow, TransferRow } from '../../daemon/rpc/types.ts'
import { words } from '../words/words.ts'

const text = words.folk

export interface SentGroup {
  readonly batch: number
  readonly name: string
  readonly fileCount: number
  readonly totalBytes: number
  readonly receivers: readonly TransferRow[]
}

export type BarKind = 'plain' | 'good' | 'bad' | 'still'

/** What was sent at once, the latest first. */
export function sentGroups(sent: readonly TransferRow[]): SentGroup[] {
  const batches = Map.groupBy(sent, ({ batch }) => batch)
  const groups = Array.from(batches, ([batch, receivers]): SentGroup => {
    const name = receivers[0]?.name ?? ''
    const most = (of: (row: TransferRow) => number): number => receivers.reduce((max, row) => Math.max(max, of(row)), 0)
    return {
      batch,
      name,
      fileCount: most((row) => row.fileCount),
      totalBytes: most((row) => row.totalBytes),
      receivers,
    }
  })
  return groups.sort((a, b) => b.batch - a.batch)
}

export function isUnderWay({ state }: TransferRow): boolean {
  return state === 'hashing' || state === 'asking' || state === 'sending'
}

export function sentWords({ state, error, isVerified, acceptedCount, fileCount }: TransferRow): string {
  if (state === 'done' && acceptedCount > 0 && acceptedCount < fileCount) return text.donePart(acceptedCount, fileCount)
  if (state === 'done') return isVerified ? text.sentStates.doneVerified : text.sentStates.done
  return state === 'failed' && error !== '' ? `${text.sentStates.failed}: ${error}` : text.sentStates[state]
}

export function sentBar({ state }: TransferRow): BarKind {
  if (state === 'done') return 'good'
  if (state === 'failed') return 'bad'
  return state === 'declined' || state === 'cancelled' ? 'still' : 'plain'
}

export function offerWords({ state, error }: OfferRow): string {
  return error === '' ? text.offerStates[state] : `${text.offerStates[state]}: ${error}`
}

export function offerBar({ state }: OfferRow): BarKind {
  if (state === 'done') return 'good'
  if (state === 'failed') return 'bad'
  return state === 'receiving' ? 'plain' : 'still'
}

export function fetchWords({ state, error }: FetchRow): string {
  return error === '' ? text.fetchStates[state] : `${text.fetchStates[state]}: ${error}`
}

export function fetchBar({ state }: FetchRow): BarKind {
  if (state === 'seeding') return 'good'
  if (state === 'failed') return 'bad'
  return state === 'stopped' ? 'still' : 'plain'
}

/** 0 to 1. What is done and empty is whole. */
export function partOf(row: { readonly doneBytes: number; readonly totalBytes: number }, isDone: boolean): number {
  if (isDone) return 1
  return row.totalBytes === 0 ? 0 : Math.min(1, row.doneBytes / row.totalBytes)
}

/** What an offer is called: its first file, or the folder that all are in. */
export function offerName({ files }: Pick<OfferRow, 'files'>): string {
  const [first = ''] = files.map(({ name }) => name)
  const [folder = '', rest] = first.split('/', 2)
  return rest === undefined ? first : folder
}
