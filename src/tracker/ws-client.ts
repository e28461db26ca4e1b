// One WebSocket of ws-front.ts: what it may still send, and whether it reads what it is sent.
import { type WsText, writeWsFailure } from '../core/tracker/ws-announce.ts'
import type { WsSocket } from './ws-socket.ts'
import type { Connection } from './ws-swarms.ts'

/** Messages of one socket. */
export interface MessageLimits {
  readonly burst: number
  readonly perSec: number
}

/** A page that comes back announces its 200 torrents at once. */
export const DEFAULT_MESSAGE_LIMITS: MessageLimits = { burst: 250, perSec: 10 }
/** Hundreds of offers; who has so many unread will answer none of them in time. */
const MAX_UNREAD = 1024 * 1024
/** At two rounds running it is no mere delay. */
const MUCH_UNREAD = 64 * 1024

export interface WsClientParts {
  readonly socket: WsSocket
  readonly passkey: string | undefined
  /** 4 or 16 bytes. */
  readonly ip: Uint8Array
  readonly limits: MessageLimits
}

export class WsClient implements Connection {
  readonly socket: WsSocket
  readonly passkey: string | undefined
  /** 4 or 16 bytes. */
  readonly ip: Uint8Array
  readonly #limits: MessageLimits
  readonly #dropped: () => void
  /** Messages that it may send now; below zero: so many too many. */
  #allowed: number
  #filledAtSec: number
  #isWarned: boolean
  /** At the last round. */
  #wasMuch = false
  #unfinished: number | undefined
  /** Has answered the last ping. */
  isAlive: boolean
  /** It was told to go, or goes by itself. */
  isEnded: boolean
  faults: number

  /** `dropped` is called for every text that it is not sent. */
  constructor({ socket, passkey, ip, limits }: WsClientParts, nowSec: number, dropped: () => void) {
    this.socket = socket
    this.passkey = passkey
    this.ip = ip
    this.#limits = limits
    this.#dropped = dropped
    this.#allowed = limits.burst
    this.#filledAtSec = nowSec
    this.#isWarned = false
    this.isAlive = true
    this.isEnded = false
    this.faults = 0
  }

  /** It does not read what it is sent. */
  get isBehind(): boolean {
    return this.socket.unread > MAX_UNREAD
  }

  /** At each round: since the last one it has finished no message, or has not read what it is sent. */
  isStuck(): boolean {
    const { unfinished, unread } = this.socket
    const isMuch = unread > MUCH_UNREAD
    const isStuck = (isMuch && this.#wasMuch) || (unfinished !== undefined && unfinished === this.#unfinished)
    this.#wasMuch = isMuch
    this.#unfinished = unfinished
    return isStuck
  }

  send(text: WsText): void {
    if (this.isBehind) return this.#dropped()
    this.socket.send(text)
  }

  /** Counts a message; tells how many more came than may. */
  spend(nowSec: number): number {
    const { burst, perSec } = this.#limits
    const filled = Math.min(burst, this.#allowed + (nowSec - this.#filledAtSec) * perSec)
    this.#allowed = filled - 1
    this.#filledAtSec = nowSec
    return Math.max(0, -this.#allowed)
  }

  warnOnce(): void {
    if (this.#isWarned) return
    this.#isWarned = true
    this.send(writeWsFailure({ failure: 'too many messages, some are not read' }))
  }
}
