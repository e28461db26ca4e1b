// Links to play a file: each opens one file for a day, so that a player needs no password and the token stays where it is.
import { randomBytes } from 'node:crypto'
import { monotonicMs } from '../io/clock.ts'

export interface Playable {
  /** Info-hash in hex. */
  readonly hash: string
  readonly file: number
}

const LIFE_MS = 24 * 3_600_000
/** The oldest goes when there are more. */
const MOST_TICKETS = 1_000

export class Tickets {
  readonly #byTicket = new Map<string, Playable & { readonly until: number }>()

  issue(playable: Playable): string {
    const [oldest] = this.#byTicket.size >= MOST_TICKETS ? this.#byTicket.keys() : []
    if (oldest !== undefined) this.#byTicket.delete(oldest)
    const ticket = randomBytes(18).toString('base64url')
    this.#byTicket.set(ticket, { ...playable, until: monotonicMs() + LIFE_MS })
    return ticket
  }

  find(ticket: string): Playable | undefined {
    const found = this.#byTicket.get(ticket)
    return found !== undefined && found.until > monotonicMs() ? found : undefined
  }
}
