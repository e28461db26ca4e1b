// What people do from second to second, for all who listen: offers that come and change, messages that came.
import type { Direct } from '../direct/direct.ts'
import { messageRow, offerRow } from './people-rows.ts'
import type { OfferRow, PeopleEvent } from './rpc/types.ts'

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
    return { offers: offers.map((offer) => offerRow(offer)), messages: messages.map(messageRow) }
  }
}
