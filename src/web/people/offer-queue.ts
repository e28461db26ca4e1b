// Which offer is asked about: one after the other, without those that were put off or have just been answered.
import { signal } from '@preact/signals'
import type { OfferRow } from '../../daemon/rpc/types.ts'

/** Offers that are to be answered another time, and those whose answer is on its way. */
export const putOff = signal<ReadonlySet<string>>(new Set())
export const answered = signal<ReadonlySet<string>>(new Set())

/** Numbers begin anew with the daemon: an offer is not taken for another one of the same number. */
export function keyOf({ id, from, totalBytes, fileCount }: OfferRow): string {
  return JSON.stringify([id, from, totalBytes, fileCount])
}

export function isAsking({ state }: OfferRow): boolean {
  return state === 'asking'
}

/** The one that has waited longest. */
export function nextOffer(
  offers: readonly OfferRow[],
  isPutOff: ReadonlySet<string>,
  isAnswered: ReadonlySet<string>,
): OfferRow | undefined {
  return offers.find((offer) => isAsking(offer) && !isPutOff.has(keyOf(offer)) && !isAnswered.has(keyOf(offer)))
}

/** What is remembered of offers that do not ask any more is forgotten; the same set if there is nothing to forget. */
export function onlyAsking(keys: ReadonlySet<string>, offers: readonly OfferRow[]): ReadonlySet<string> {
  const asking = new Set(offers.filter(isAsking).map(keyOf))
  return [...keys].every((key) => asking.has(key)) ? keys : new Set([...keys].filter((key) => asking.has(key)))
}

export function withKey(keys: ReadonlySet<string>, key: string, isIn: boolean): ReadonlySet<string> {
  const next = new Set(keys)
  if (isIn) next.add(key)
  else next.delete(key)
  return next
}
