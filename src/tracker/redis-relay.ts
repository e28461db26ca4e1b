// Offers and answers between all trackers that share a Redis, by one channel of it. Each of them gets every offer that
// finds nobody where it came: one channel for each torrent would spare them that, for a subscription more or less with every
// torrent that comes and goes. An offer may reach peers of two trackers; its maker takes the answer that is first.
//
//   a message            64 KiB; what is longer is not read
//   Redis is away        nothing is kept for it: offers are made anew with the next announce
//   Redis hangs          MAX_QUEUE messages (32 MB) wait for 3 s at most
//   we read too slowly   Redis keeps 32 MB for us (client-output-buffer-limit), then ends the connection; it is made again
import { randomBytes } from 'node:crypto'
import { MAX_RELAYED_BYTES, readRelayed, writeRelayed } from '../core/tracker/ws-relayed.ts'
import { placeOf, RedisConnection } from './redis-connection.ts'
import type { Relayed, WsRelay } from './ws-relay.ts'

/** A page that comes back announces its 200 torrents at once. */
const MAX_QUEUE = 500
const LIMITS = { callMs: 3_000, maxQueue: MAX_QUEUE }

export class RedisRelay implements WsRelay {
  /** Redis tells everything to whoever said it, too. */
  readonly #id: string
  readonly #channel: string
  readonly #publisher: RedisConnection
  /** Apart: a connection that listens can do nothing else. */
  readonly #subscriber: RedisConnection
  #listener: (message: Relayed) => void

  /** `url`: as `placeOf` wants it. Throws AppError: `usage` or `network`. */
  static async connect(url: string): Promise<RedisRelay> {
    const channel = channelOf(placeOf(url).database)
    const publisher = await RedisConnection.open(url, LIMITS, (one) => one.send(['PUBLISH', channel, ''])) // may we?
    try {
      let relay: RedisRelay | undefined
      const hear = (text: Buffer): void => {
        if (relay !== undefined) relay.#hear(text)
      }
      const subscriber = await RedisConnection.open(url, LIMITS, (one) => one.subscribe(channel, hear))
      relay = new RedisRelay(channel, publisher, subscriber)
      return relay
    } catch (error) {
      publisher.close()
      throw error
    }
  }

  private constructor(channel: string, publisher: RedisConnection, subscriber: RedisConnection) {
    this.#id = randomBytes(16).toString('hex')
    this.#channel = channel
    this.#publisher = publisher
    this.#subscriber = subscriber
    this.#listener = () => {}
  }

  tell(message: Relayed): void {
    if (!this.#publisher.isReady) return
    for (const text of writeRelayed(this.#id, message)) {
      this.#publisher.send(['PUBLISH', this.#channel, text]).catch(() => {}) // lost, as offers may be anywhere
    }
  }

  listen(listener: (message: Relayed) => void): void {
    this.#listener = listener
  }

  close(): void {
    this.#publisher.close()
    this.#subscriber.close()
  }

  #hear(text: Buffer): void {
    if (text.length > MAX_RELAYED_BYTES) return
    const heard = readRelayed(parseJson(text))
    if (heard !== undefined && heard.from !== this.#id) this.#listener(heard.message)
  }
}

/** Channels know nothing of databases, and trackers that share none share no peers. */
function channelOf(database: number): string {
  return database === 0 ? 'shoal:websocket' : `shoal:websocket:${database}`
}

function parseJson(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString())
  } catch {
    return undefined // which is no message either
  }
}
