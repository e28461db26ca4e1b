// What people do, told to the journal: offers and what became of them, that messages came (not what they say), who was
// met. Looked at once a second. Strangers may do much: what is told of them in a minute is bounded.
import type { Contact } from '../direct/contacts.ts'
import type { Direct } from '../direct/direct.ts'
import type { IncomingOffer } from '../direct/incoming.ts'
import type { OutgoingTransfer } from '../direct/outgoing.ts'
import { printSize } from '../core/sizes.ts'
import { monotonicMs } from '../io/clock.ts'
import { type Journal, shownName } from './journal.ts'

/** Who is not trusted shall not push all else out of the journal. */
const MAX_STRANGER_ROWS = 20
const STRANGER_MS = 60_000
/** In looks: contacts are read from the database, up to 500 of them. */
const CONTACT_LOOKS = 5

type Level = 'info' | 'warning'

interface SeenContact {
  readonly name: string
  readonly isMet: boolean
  readonly trust: Contact['trust']
}

export class PeopleNews {
  readonly #journal: Journal
  readonly #direct: Direct
  #offers = new Map<number, IncomingOffer['state']>()
  #sent = new Map<number, OutgoingTransfer['state']>()
  #contacts: ReadonlyMap<number, SeenContact>
  #lastMessage: number
  #looks = 0
  #strangerRows = 0
  #strangersSince = Number.NEGATIVE_INFINITY

  /** What is there already is no news. */
  constructor(journal: Journal, direct: Direct) {
    this.#journal = journal
    this.#direct = direct
    this.#offers = statesOf(direct.incoming.all)
    this.#sent = statesOf(direct.outgoing.all)
    this.#lastMessage = direct.talk.inbox.at(-1)?.id ?? 0
    this.#contacts = this.#keptContacts()
  }

  look(): void {
    const { incoming, outgoing } = this.#direct
    for (const offer of incoming.all) if (this.#offers.get(offer.id) !== offer.state) this.#tellOffer(offer)
    this.#offers = statesOf(incoming.all)
    for (const sent of outgoing.all) if (this.#sent.get(sent.id) !== sent.state) this.#tellSent(sent)
    this.#sent = statesOf(outgoing.all)
    this.#tellMessages()
    if (++this.#looks % CONTACT_LOOKS === 0) this.#compareContacts()
  }

  #tellOffer({ from, isProven, files, totalBytes, dir, state, error }: IncomingOffer): void {
    const isTrusted = isProven && from.trust === 'trusted'
    const who = shownName(from.name) + (isProven ? '' : ' (unproven)')
    const what = filesText([...files.values()].filter((file) => file.state !== 'unwanted').length)
    switch (state) {
      case 'asking':
        return this.#tell('info', `${who} wants to give you ${what}, ${printSize(totalBytes)}`, isTrusted)
      case 'receiving':
        return this.#tell('info', `${what} from ${who} are accepted, and come`, isTrusted)
      case 'done':
        return this.#tell('info', `${what} from ${who} are in ${dir}`, isTrusted)
      case 'declined':
        return this.#tell('info', `${what} from ${who} were declined`, isTrusted)
      case 'cancelled':
        return this.#tell('info', `${what} from ${who} were called off`, isTrusted)
      case 'failed':
        return this.#tell('warning', `${what} from ${who} failed: ${error}`, isTrusted)
    }
  }

  /** What is on the way to somebody was begun by the user. */
  #tellSent({ to, fileCount, state, error }: OutgoingTransfer): void {
    const who = shownName(to.name)
    const what = filesText(fileCount)
    if (state === 'done') this.#tell('info', `${who} has what was sent: ${what}`, true)
    else if (state === 'declined') this.#tell('info', `${who} does not want ${what}`, true)
    else if (state === 'failed') this.#tell('warning', `${what} did not get to ${who}: ${error}`, true)
  }

  #tellMessages(): void {
    const messages = this.#direct.talk.since(this.#lastMessage)
    this.#lastMessage = messages.at(-1)?.id ?? this.#lastMessage
    const counts = new Map<string, number>()
    for (const { sender } of messages) counts.set(sender, (counts.get(sender) ?? 0) + 1)
    for (const [sender, count] of counts) {
      this.#tell('info', `${count === 1 ? 'a message' : `${count} messages`} from ${shownName(sender)}`, false)
    }
  }

  #compareContacts(): void {
    const now = this.#keptContacts()
    for (const [id, { name, isMet, trust }] of now) {
      const before = this.#contacts.get(id)
      if (isMet && before?.isMet !== true) {
        this.#tell('info', `met ${shownName(name)}, whose key is remembered from now on`, true)
      }
      if (trust !== (before?.trust ?? 'unknown'))
        this.#tell('info', `${shownName(name)} is ${trustText(trust)} now`, true)
    }
    for (const [id, { name }] of this.#contacts) {
      if (!now.has(id)) this.#tell('info', `${shownName(name)} is no contact any more`, true)
    }
    this.#contacts = now
  }

  /** Whoever is only seen nearby comes and goes. */
  #keptContacts(): Map<number, SeenContact> {
    const kept = this.#direct.contacts.all().filter(({ isKept }) => isKept)
    return new Map(
      kept.map(({ id, name, fingerprint, trust }) => [id, { name, isMet: fingerprint !== undefined, trust }]),
    )
  }

  #tell(level: Level, text: string, isTrusted: boolean): void {
    if (isTrusted) return this.#journal.add(level, 'people', text)
    const now = monotonicMs()
    if (now - this.#strangersSince >= STRANGER_MS) {
      this.#strangersSince = now
      this.#strangerRows = 0
    }
    this.#strangerRows++
    if (this.#strangerRows <= MAX_STRANGER_ROWS) return this.#journal.add(level, 'people', text)
    if (this.#strangerRows > MAX_STRANGER_ROWS + 1) return
    this.#journal.add(
      'warning',
      'people',
      'more happens than is told here: who is not trusted is left out for a minute',
    )
  }
}

function statesOf<State>(all: Iterable<{ readonly id: number; readonly state: State }>): Map<number, State> {
  return new Map(Array.from(all, ({ id, state }) => [id, state]))
}

function filesText(count: number): string {
  return count === 1 ? '1 file' : `${count} files`
}

function trustText(trust: Contact['trust']): string {
  return trust === 'unknown' ? 'no longer trusted or blocked' : trust
}
