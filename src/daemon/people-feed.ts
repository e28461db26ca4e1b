// What people do from second to second, for all who listen: offers that come and change, messages that came.
import type { Direct } from '../direct/direct.ts'
import type { IncomingOffer } from '../direct/incoming.ts'
import type { ReceivedMessage } from '../direct/talk.ts'
import type { MessageRow, OfferRow, PeopleEvent } from './rpc/types.ts'

/** What somebody who listens was told so far. */
export class PeopleReader {
  readonly #direct: Direct
  readonly #states = new Map<number, OfferRow['state']>()
  #lastMessage: number

  /** Messages that are there already are no news. */
  constructor(direct: Direct) {
    this.#direct = direct
    this.#lastMessage = direct.talk.inbox.at(-1)?.id ?? 0
  }

  /** `undefined`: nothing new. */
  news(): PeopleEvent | undefined {
    const { incoming, talk } = this.#direct
    const offers = [...incoming.all].filter(({ id, state }) => this.#states.get(id) !== state)
    for (const { id, state } of offers) this.#states.set(id, state)
    const messages = talk.since(this.#lastMessage)
    this.#lastMessage = messages.at(-1)?.id ?? this.#lastMessage
    if (offers.length === 0 && messages.length === 0) return undefined
    return { offers: offers.map(offerRow), messages: messages.map(messageRow) }
  }
}

export function offerRow(offer: IncomingOffer): OfferRow {
  const { id, from, isProven, files, totalBytes, dir, state, doneBytes, error, received } = offer
  const names = [...files.values()].map(({ file }) => ({ name: file.fileName, size: file.size }))
  return {
    id,
    from: from.name,
    isProven,
    files: names,
    totalBytes,
    dir,
    state,
    doneBytes,
    error,
    received: [...received],
  }
}

export function messageRow({ id, sender, isProven, text, atMs }: ReceivedMessage): MessageRow {
  return { id, from: sender, isProven, text, at: Math.floor(atMs / 1000) }
}
