// The tracker over WebSocket, on the ports of the HTTP front: WebTorrent's announces (core/tracker/ws-announce.ts says
// what they hold). Everything that a socket can make grow is bounded:
//
//   sockets               `maxSockets`; more are answered 503, or closed at once (1013)
//   a message             256 KiB in 256 frames; a longer one ends the socket (1009)
//   messages              a bucket of 250, filled with 10 a second; what is over it is not read
//   text to a socket      over 1 MiB unread nothing more is queued, and the next round of pings ends it; so do 64 KiB
//                         unread, or the same message unfinished, at two rounds running
//   pings and pongs       are messages; only the newest ping that waits gets a pong
//   torrents and members  ws-swarms.ts
import type net from 'node:net'
import { isFailure } from '../core/tracker/announce.ts'
import {
  type BinaryText,
  readWsMessage,
  readWsRequest,
  toInfoHash,
  type WsAnnounce,
  type WsAnswer,
  type WsFailure,
  writeWsAnswer,
  writeWsCounts,
  writeWsFailure,
  writeWsAbout,
  writeWsOffer,
  writeWsScrape,
} from '../core/tracker/ws-announce.ts'
import type { Access } from './access.ts'
import { Counters } from './counters.ts'
import type { TrackerRules } from './logic.ts'
import { WS_CLOSE } from '../core/tracker/ws-frames.ts'
import { DEFAULT_MESSAGE_LIMITS, type MessageLimits, WsClient } from './ws-client.ts'
import type { Relayed, WsRelay } from './ws-relay.ts'
import type { WsGuest, WsHost } from './ws-door.ts'
import { Outbox, WsSocket } from './ws-socket.ts'
import { NodeStream, type WsStream } from './ws-stream.ts'
import type { Connection, JoinRefusal, WsSwarms } from './ws-swarms.ts'

export interface WsFrontParts {
  readonly swarms: WsSwarms
  readonly access: Access
  readonly rules: Pick<TrackerRules, 'intervalSec'>
  /** Whole seconds that never go back. */
  readonly nowSec: () => number
  readonly counters?: Counters
  /** Absent: there are no other threads. */
  readonly relay?: WsRelay | undefined
  /** An HTTP server's own bound on connections counts them, too. */
  readonly maxSockets?: number
  /** Absent: one that is flushed when all that has come was read. */
  readonly outbox?: Outbox
  readonly messages?: MessageLimits
}

export interface WsCounts {
  readonly sockets: number
  readonly torrents: number
  readonly members: number
  /** These since the start. Answers to offers are no announces. */
  readonly announces: number
  readonly scrapes: number
  /** Texts for sockets that did not read what they had. */
  readonly dropped: number
}

const MAX_SOCKETS = 20_000
/** Who has not answered the last ping by the next one is gone. */
const PING_EVERY_MS = 30_000
/** So far over the bucket it is no mistake. */
const MAX_EXCESS = 500
/** Messages that make no sense, and claims to the peer ids of others. */
const MAX_FAULTS = 10
/** Browsers give up an offer after 50 s, so they must come more often than others. */
const MAX_INTERVAL_SEC = 120
const GRACE_SEC = 60
const NOTHING = new Uint8Array()

const JOIN_FAILURES: Readonly<Record<JoinRefusal, string>> = {
  'peer-id-taken': 'another connection has this peer id',
  'too-many-torrents': 'too many torrents on one connection',
  full: 'the tracker is full, try again later',
}

export class WsFront implements WsHost {
  readonly #swarms: WsSwarms
  readonly #access: Access
  readonly #nowSec: () => number
  readonly #intervalSec: number
  readonly #maxSockets: number
  readonly #messages: MessageLimits
  readonly #counters: Counters
  readonly #relay: WsRelay | undefined
  readonly #clients = new Set<WsClient>()
  readonly #outbox: Outbox
  readonly #timer: NodeJS.Timeout
  /** Of pings: the number of the last. */
  #rounds = 0
  #announces = 0
  #scrapes = 0
  #dropped = 0
  #isClosed = false
  /** Called when the last socket is gone. */
  #gone: () => void = () => {}

  constructor(parts: WsFrontParts) {
    const { swarms, access, rules, nowSec, maxSockets = MAX_SOCKETS, relay } = parts
    this.#swarms = swarms
    this.#messages = parts.messages ?? DEFAULT_MESSAGE_LIMITS
    this.#counters = parts.counters ?? new Counters()
    this.#relay = relay
    relay?.listen((message) => this.#relayed(message))
    this.#access = access
    this.#nowSec = nowSec
    this.#intervalSec = Math.min(rules.intervalSec, MAX_INTERVAL_SEC)
    this.#maxSockets = maxSockets
    this.#outbox = parts.outbox ?? new Outbox(() => setImmediate(() => this.#outbox.flush()))
    this.#timer = setInterval(() => this.#round(), PING_EVERY_MS)
    this.#timer.unref()
  }

  get counts(): WsCounts {
    const [announces, scrapes, dropped] = [this.#announces, this.#scrapes, this.#dropped]
    return { sockets: this.#clients.size, ...this.#swarms.totals, announces, scrapes, dropped }
  }

  get hasRoom(): boolean {
    return !this.#isClosed && this.#clients.size < this.#maxSockets
  }

  welcome(socket: net.Socket, answer: string, guest: WsGuest): void {
    socket.setTimeout(0) // pings find out who is gone
    socket.write(answer)
    this.open(new NodeStream(socket), guest)
  }

  /** Ends all sockets; done when they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    this.#relay?.close()
    const gone = new Promise<void>((resolve) => (this.#gone = resolve))
    for (const { socket } of this.#clients) end(socket, WS_CLOSE.goingAway)
    if (this.#clients.size > 0) await gone
  }

  /** `stream`: the answer to the upgrade was written to it. */
  open(stream: WsStream, { head, passkey, ip }: WsGuest): void {
    const socket = new WsSocket(stream, this.#outbox, {
      message: (text) => this.#receive(client, text),
      ping: () => this.#isTooMuch(client),
      pong: (number) => {
        if (number === this.#rounds) client.isAlive = true
        this.#isTooMuch(client)
      },
      closing: () => this.#leave(client),
      closed: () => this.#left(client),
    })
    const parts = { socket, passkey, ip, limits: this.#messages }
    const client: WsClient = new WsClient(parts, this.#nowSec(), () => this.#dropped++)
    const { hasRoom } = this
    this.#clients.add(client)
    socket.start(hasRoom ? head : NOTHING)
    if (!hasRoom) end(socket, WS_CLOSE.tryLater)
  }

  /** It is not reached any more. */
  #leave(client: WsClient): void {
    client.isEnded = true
    this.#swarms.leaveAll(client)
  }

  #left(client: WsClient): void {
    this.#clients.delete(client)
    this.#leave(client)
    if (this.#clients.size === 0) this.#gone()
  }

  #receive(client: WsClient, text: Uint8Array | undefined): void {
    if (client.isEnded || this.#isTooMuch(client)) return
    const request = text === undefined ? readWsRequest(undefined) : readWsMessage(text)
    if (isFailure(request)) return this.#fault(client, request)
    switch (request.kind) {
      case 'announce':
        return this.#announce(client, request)
      case 'answer':
        return this.#passAnswer(client, request)
      case 'scrape': {
        const { infoHashes } = request
        if (this.#isRefused(client, infoHashes)) return
        this.#scrapes++
        this.#counters.add('scrapes')
        const counts = infoHashes.map((hash) => this.#swarms.counts(hash))
        return client.send(writeWsScrape(infoHashes, counts, this.#intervalSec))
      }
    }
  }

  /** Of what it sends, pings and pongs too. Far too much ends it. */
  #isTooMuch(client: WsClient): boolean {
    const excess = client.spend(this.#nowSec())
    if (excess > MAX_EXCESS) this.#end(client, 'too many messages')
    else if (excess > 0) client.warnOnce()
    return excess > 0
  }

  #announce(client: WsClient, request: WsAnnounce): void {
    const { infoHash, peerId, event, offers } = request
    if (this.#isRefused(client, [infoHash])) return
    this.#announces++
    this.#counters.add('websocket')
    if (event === 'stopped') {
      this.#swarms.leave(client, infoHash, peerId)
    } else {
      const join = { infoHash, peerId, isSeed: request.isSeed, hasCompleted: event === 'completed' }
      const refusal = this.#swarms.put(client, join, this.#nowSec())
      if (refusal !== undefined) {
        const failure = { failure: JOIN_FAILURES[refusal], infoHash }
        return refusal === 'peer-id-taken' ? this.#fault(client, failure) : client.send(writeWsFailure(failure))
      }
    }
    client.send(writeWsCounts(infoHash, this.#intervalSec, this.#swarms.counts(infoHash)))
    if (event === 'stopped') return
    const others = this.#swarms.pick(infoHash, peerId, offers.length, Math.random)
    this.#passOffers(request, others)
    if (this.#relay === undefined || others.length === offers.length) return
    // Copies: other threads would be sent all the memory that these are parts of.
    const left = offers.slice(others.length).map(({ offerId, sdp }) => ({ offerId, sdp: new Uint8Array(sdp) }))
    this.#relay.tell({ ...request, offers: left })
  }

  #passOffers(request: WsAnnounce, others: readonly Connection[]): void {
    const about = writeWsAbout(request)
    for (const [i, other] of others.entries()) {
      const offer = request.offers[i]
      if (offer !== undefined) other.send(writeWsOffer(offer, about))
    }
  }

  /** What another thread has let in. */
  #relayed(message: Relayed): void {
    if (message.kind === 'answer') {
      this.#swarms.find(message.infoHash, message.toPeerId)?.send(writeWsAnswer(message))
      return
    }
    const { infoHash, isSeed, offers } = message
    const self = this.#swarms.find(infoHash, message.peerId) // who is at two trackers
    const picked = this.#swarms.pickFor(infoHash, isSeed, offers.length, Math.random)
    const others = picked.filter((connection) => connection !== self)
    // Every thread heard the same: by chance they pass on different ones.
    const inAnyOrder = offers.toSorted(() => Math.random() - 0.5)
    this.#passOffers({ ...message, offers: inAnyOrder }, others)
  }

  /**
   * There is no reply to an answer. One for somebody who has left meanwhile is nobody's fault; one from somebody who is
   * no member is not passed on. Members were let in when they announced, so the rules of access are not asked again.
   */
  #passAnswer(client: WsClient, answer: WsAnswer): void {
    if (this.#swarms.find(answer.infoHash, answer.peerId) !== client) return
    const to = this.#swarms.find(answer.infoHash, answer.toPeerId)
    if (to === undefined) this.#relay?.tell({ ...answer, sdp: new Uint8Array(answer.sdp) })
    else to.send(writeWsAnswer(answer))
  }

  /** Then it has been told. */
  #isRefused(client: WsClient, infoHashes: readonly BinaryText[]): boolean {
    if (this.#access.isOpen) return false
    const refusal = this.#access.refuse(infoHashes.map(toInfoHash), client.passkey, client.ip)
    if (refusal === undefined) return false
    client.send(writeWsFailure({ failure: refusal.failure, infoHash: infoHashes[0] }))
    return true
  }

  #fault(client: WsClient, failure: WsFailure): void {
    client.send(writeWsFailure(failure))
    if (++client.faults >= MAX_FAULTS) this.#end(client, 'too many messages that were refused')
  }

  /** What it still sends is not read; the next round of pings cuts it off if it does not go. */
  #end(client: WsClient, reason: string): void {
    client.socket.close(WS_CLOSE.policy, reason)
  }

  #round(): void {
    this.#swarms.expire(this.#nowSec() - Math.round(2.2 * this.#intervalSec) - GRACE_SEC)
    this.#rounds++
    for (const client of this.#clients) {
      const isWell = client.isAlive && !client.isEnded && !client.isBehind && !client.isStuck()
      client.isAlive = false
      if (isWell) client.socket.ping(this.#rounds)
      else client.socket.terminate()
    }
  }
}

/** Who does not answer would keep us for half a minute. */
function end(socket: WsSocket, code: number): void {
  socket.close(code)
  socket.terminate()
}
