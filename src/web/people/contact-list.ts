// Which people the list shows, in groups, and how long ago they were seen. Pure; people-list.tsx draws it.
import type { ContactRow } from '../../daemon/rpc/types.ts'
import { words } from '../words/words.ts'

const text = words.folk

export type PeopleGroup = 'contacts' | 'nearby' | 'before'

export type PeopleRow =
  | { readonly kind: 'heading'; readonly group: PeopleGroup; readonly count: number }
  | { readonly kind: 'person'; readonly contact: ContactRow }

/** Letters of a name, as the daemon takes it. */
export const MAX_NAME = 64
/** "Seen 3 minutes ago" is looked at anew. */
export const SEEN_AGAIN_SEC = 20
const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Everybody says every five minutes that he is there (direct/discovery.ts); twice may get lost. */
const NEARBY_SEC = 15 * MINUTE

const { compare } = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' })

/** `now` in seconds since 1970. */
export function peopleRows(contacts: readonly ContactRow[], now: number): PeopleRow[] {
  const groups: Record<PeopleGroup, ContactRow[]> = { contacts: [], nearby: [], before: [] }
  for (const contact of contacts) {
    if (contact.isKept) groups.contacts.push(contact)
    else groups[now - contact.seenAt < NEARBY_SEC ? 'nearby' : 'before'].push(contact)
  }
  return (['contacts', 'nearby', 'before'] as const).flatMap((group) => {
    const people = groups[group].sort((a, b) => compare(a.name, b.name) || a.id - b.id)
    if (people.length === 0) return []
    const rows = people.map((contact): PeopleRow => ({ kind: 'person', contact }))
    return [{ kind: 'heading' as const, group, count: people.length }, ...rows]
  })
}

export function seenText(seenAt: number, now: number): string {
  if (seenAt === 0) return text.seenNever
  const ago = Math.max(0, now - seenAt)
  if (ago < MINUTE) return text.seenNow
  if (ago < HOUR) return text.seenMinutes(Math.floor(ago / MINUTE))
  return ago < DAY ? text.seenHours(Math.floor(ago / HOUR)) : text.seenDays(Math.floor(ago / DAY))
}

/** Whom a method of the API means: names may be alike but for capitals, and change. Who was never met has only a name. */
export function wordFor({ fingerprint, name }: Pick<ContactRow, 'fingerprint' | 'name'>): string {
  return fingerprint ?? name
}

/** `A1B2 C3D4 …`: all of it, or its beginning. */
export function printFingerprint(fingerprint: string, groups = Number.POSITIVE_INFINITY): string {
  const all = fingerprint.match(/.{1,4}/gs) ?? []
  return all.slice(0, groups).join(' ') + (all.length > groups ? ' …' : '')
}

/** For the round picture beside a name. */
export function firstLetter(name: string): string {
  const [letter = '?'] = name.match(/[\p{L}\p{N}]/u) ?? []
  return letter.toLocaleUpperCase()
}
