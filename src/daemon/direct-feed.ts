// People and what goes between them from second to second, as the page shows it: each list whole when something in it has
// changed. Strangers fill some of these lists, so what is told of them is bounded.
import type { Direct } from '../direct/direct.ts'
import type { IncomingOffer } from '../direct/incoming.ts'
import { Changing, type Listener, Looks } from './changing.ts'
import { contactRows, fetchRow, linkRow, messageRow, type NamesTold, offerRow, transferRow } from './people-rows.ts'
import type { DirectEvent } from './rpc/page-types.ts'
import type { ContactRow, FetchRow, LinkRow, MessageRow, OfferRow, TransferRow } from './rpc/types.ts'

/** Of an offer that waits or comes, and of one that is over: 16 of the former and 200 of the latter are kept (incoming.ts). */
const TOLD_OF_OPEN: NamesTold = { names: 1_000, characters: 64 * 1024 }
const TOLD_OF_OVER: NamesTold = { names: 100, characters: 8 * 1024 }
/** The latest messages, of so many bytes together: the inbox keeps more (talk.ts), and a stranger may fill it. */
const MESSAGE_BYTES = 512 * 1024

export class DirectFeed {
  readonly #looks = new Looks()
  readonly #contacts = new Changing<readonly ContactRow[]>([])
  readonly #sent = new Changing<readonly TransferRow[]>([])
  readonly #offers = new Changing<readonly OfferRow[]>([])
  readonly #fetches = new Changing<readonly FetchRow[]>([])
  readonly #messages = new Changing<readonly MessageRow[]>([])
  readonly #link = new Changing<LinkRow | null>(null)

  /** `undefined`: nothing new. */
  newsFor(listener: Listener, direct: Direct): DirectEvent | undefined {
    if (this.#looks.begin()) this.#look(direct, this.#looks.number)
    const news: DirectEvent = {
      ...(this.#contacts.isNewTo(listener) && { contacts: this.#contacts.value }),
      ...(this.#sent.isNewTo(listener) && { sent: this.#sent.value }),
      ...(this.#offers.isNewTo(listener) && { offers: this.#offers.value }),
      ...(this.#fetches.isNewTo(listener) && { fetches: this.#fetches.value }),
      ...(this.#messages.isNewTo(listener) && { messages: this.#messages.value }),
      ...(this.#link.isNewTo(listener) && { link: this.#link.value }),
    }
    listener.told = this.#looks.number
    return Object.keys(news).length === 0 ? undefined : news
  }

  #look(direct: Direct, look: number): void {
    const { incoming, outgoing, fetching, talk, link } = direct
    this.#contacts.note(look, contactRows(direct))
    this.#sent.note(look, Array.from(outgoing.all, transferRow))
    const offers = [...incoming.all]
    this.#offers.noteBy(look, offers.map(stateOf).join('\n'), () => offers.map(toldOffer))
    this.#fetches.note(look, Array.from(fetching.all, fetchRow))
    this.#messages.noteBy(look, String(talk.changes), () => talk.latest(MESSAGE_BYTES).map(messageRow))
    this.#link.note(look, link === undefined ? null : linkRow(direct, link))
  }
}

/** All of an offer that changes. */
function stateOf({ id, state, totalBytes, doneBytes, error, received }: IncomingOffer): string {
  return `${id} ${state} ${totalBytes} ${doneBytes} ${received.length} ${error}`
}

function toldOffer(offer: IncomingOffer): OfferRow {
  const isOpen = offer.state === 'asking' || offer.state === 'receiving'
  return offerRow(offer, isOpen ? TOLD_OF_OPEN : TOLD_OF_OVER)
}
