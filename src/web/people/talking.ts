// Messages: those that came, as the daemon tells them, and those of this page, which nobody else keeps.
import { signal } from '@preact/signals'
import type { ContactRow, MessageRow } from '../../daemon/rpc/types.ts'

export interface Receiver {
  /** As `wordFor` of contact-list.ts. */
  readonly word: string
  readonly name: string
  readonly isDelivered: boolean
}

export interface Said {
  readonly id: number
  readonly to: readonly Receiver[]
  readonly text: string
  /** Seconds since 1970. */
  readonly at: number
}

export type Line =
  | { readonly kind: 'came'; readonly at: number; readonly message: MessageRow }
  | { readonly kind: 'said'; readonly at: number; readonly said: Said }

/** The oldest go. */
export const MAX_SAID = 500

export const said = signal<readonly Said[]>([])
let lastId = 0

export function noteSaid(line: Omit<Said, 'id'>): void {
  said.value = [...said.value, { ...line, id: ++lastId }].slice(-MAX_SAID)
}

type Person = Pick<ContactRow, 'fingerprint' | 'name'>

/** Between us and one person, or between us and all. The latest last. */
export function conversation(messages: readonly MessageRow[], ours: readonly Said[], person?: Person): Line[] {
  // Times are whole seconds. Of two lines of one second ours comes first: machines answer so quickly, people do not.
  const lines: Line[] = [
    ...ours.flatMap((one): Line[] => {
      const to = person === undefined ? one.to : one.to.filter(({ word }) => isWordFor(person, word))
      return to.length === 0 ? [] : [{ kind: 'said', at: one.at, said: { ...one, to } }]
    }),
    ...messages
      .filter((message) => person === undefined || isFrom(person, message))
      .map((message): Line => ({ kind: 'came', at: message.at, message })),
  ]
  return lines.sort((a, b) => a.at - b.at)
}

/** Names change, keys do not. */
export function isFrom({ fingerprint, name }: Person, message: Pick<MessageRow, 'from' | 'fingerprint'>): boolean {
  return fingerprint === null ? message.from === name : message.fingerprint === fingerprint
}

function isWordFor({ fingerprint, name }: Person, word: string): boolean {
  return word === fingerprint || word === name
}

/** Those that were not there before. At first none: they came while nobody looked, and are in the inbox. */
export function newMessages(messages: readonly MessageRow[], lastKnown: number | undefined): readonly MessageRow[] {
  return lastKnown === undefined ? [] : messages.filter(({ id }) => id > lastKnown)
}
