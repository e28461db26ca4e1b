// Offers and answers between the threads of one tracker: who is connected to one of them finds those at the others.
import { BroadcastChannel } from 'node:worker_threads'
import type { WsAnnounce, WsAnswer } from '../core/tracker/ws-announce.ts'

/** An announce with the offers for which there were too few members where it came, or an answer for somebody else's. */
export type Relayed = WsAnnounce | WsAnswer

export interface WsRelay {
  tell(message: Relayed): void
  /** What others told, and never what was told here. One listener. */
  listen(listener: (message: Relayed) => void): void
  close(): void
}

/** `name`: the same in all threads of one tracker. */
export class ThreadRelay implements WsRelay {
  readonly #channel: BroadcastChannel

  constructor(name: string) {
    this.#channel = new BroadcastChannel(name)
    this.#channel.unref()
  }

  tell(message: Relayed): void {
    this.#channel.postMessage(message)
  }

  listen(listener: (message: Relayed) => void): void {
    this.#channel.onmessage = ({ data }: { data: Relayed }) => listener(data)
  }

  close(): void {
    this.#channel.close()
  }
}
