// One WebSocket: the frames of core/tracker/ws-frames.ts on a connection that was upgraded.
import { isUtf8 } from 'node:buffer'
import type { WsText } from '../core/tracker/ws-announce.ts'
import {
  WS_CLOSE,
  WsFrameReader,
  readWsPong,
  type WsFrameLimits,
  wsClose,
  wsHeadBytes,
  wsPing,
  wsPong,
  writeWsTextHead,
} from '../core/tracker/ws-frames.ts'
import type { WsStream } from './ws-stream.ts'

export interface WsSocketEvents {
  /** In UTF-8, and not touched until the outbox was flushed; `undefined`: it was no text. */
  readonly message: (text: Uint8Array | undefined) => void
  /** It is answered. */
  readonly ping: () => void
  /** The number of the ping that it answers; `undefined`: it answers none. */
  readonly pong: (number: number | undefined) => void
  /** Once: it is no more to be sent anything, and will be gone. */
  readonly closing: () => void
  /** Once, whatever ended it. */
  readonly closed: () => void
}

const LIMITS: WsFrameLimits = {
  /** Ten offers of 16 KiB, and what escapes and the rest take. */
  maxBytes: 256 * 1024,
  maxFrames: 256,
}
/** More than was under way when it was told to go: it does not listen. */
const MAX_UNHEARD_BYTES = 1024 * 1024

/**
 * Holds texts back until all that has come was read: one call of the system then carries what a busy socket is sent in the
 * meantime, which saves a third of the tracker's time (bench/tracker.ts).
 */
export class Outbox {
  readonly #waiting = new Set<WsSocket>()
  readonly #awake: () => void

  /** `awake` is called when there is something to be flushed. */
  constructor(awake: () => void) {
    this.#awake = awake
  }

  add(socket: WsSocket): void {
    if (this.#waiting.size === 0) this.#awake()
    this.#waiting.add(socket)
  }

  flush(): void {
    for (const socket of this.#waiting) socket.flush()
    this.#waiting.clear()
  }
}

export class WsSocket {
  readonly #stream: WsStream
  readonly #outbox: Outbox
  readonly #events: WsSocketEvents
  readonly #reader: WsFrameReader
  #texts: WsText[] = []
  #waiting = 0
  /** Only the newest ping wants an answer. */
  #pong: Uint8Array | undefined
  #isClosing = false
  /** What came since it was told to go. */
  #unheardBytes = 0

  /** `stream`: the answer to the upgrade was written to it. No event comes before `start`. */
  constructor(stream: WsStream, outbox: Outbox, events: WsSocketEvents) {
    this.#stream = stream
    this.#outbox = outbox
    this.#events = events
    this.#reader = new WsFrameReader(
      {
        message: (bytes, isText) => this.#message(bytes, isText),
        ping: (payload) => this.#ping(payload),
        pong: (payload) => events.pong(readWsPong(payload)),
        close: (code) => this.close(code),
      },
      LIMITS,
    )
  }

  /** `head`: what came behind the request. */
  start(head: Uint8Array): void {
    this.#stream.start({
      data: (bytes) => this.#read(bytes),
      end: () => {
        this.#closing()
        this.#stream.end()
      },
      closed: () => {
        this.#closing()
        this.#events.closed()
      },
    })
    if (head.length > 0) this.#read(head)
  }

  /** Bytes that it was sent and has not read, those that wait for their turn about right. */
  get unread(): number {
    return this.#stream.unsent + this.#waiting
  }

  /** See WsFrameReader. */
  get unfinished(): number | undefined {
    return this.#reader.unfinished
  }

  /** What is in `text` must stay as it is for the rest of this turn. */
  send(text: WsText): void {
    if (this.#isClosing) return
    this.#texts.push(text)
    this.#waiting += lengthOf(text)
    this.#outbox.add(this)
  }

  ping(number: number): void {
    this.flush()
    if (!this.#isClosing) this.#write(wsPing(number))
  }

  /** Says why, and that nothing more comes; the other side ends it, or `terminate`. */
  close(code: number, reason = ''): void {
    if (this.#isClosing) return
    this.flush()
    this.#closing()
    this.#write(wsClose(code, reason))
    this.#stream.end()
  }

  terminate(): void {
    this.#closing()
    this.#stream.destroy()
  }

  /** All that waits, at once. */
  flush(): void {
    const [texts, pong] = [this.#texts, this.#pong]
    if (this.#isClosing || (texts.length === 0 && pong === undefined)) return
    const sizes = texts.map(bytesOf)
    const total = sizes.reduce((sum, size) => sum + wsHeadBytes(size) + size, pong?.length ?? 0)
    const all = this.#stream.room(total)
    let at = 0
    texts.forEach((text, i) => {
      at = writeText(all, writeWsTextHead(all, at, sizes[i] ?? 0), text)
    })
    if (pong !== undefined) all.set(pong, at)
    this.#texts = []
    this.#waiting = 0
    this.#pong = undefined
    this.#stream.write(total)
  }

  #write(frame: Uint8Array): void {
    this.#stream.room(frame.length).set(frame)
    this.#stream.write(frame.length)
  }

  #closing(): void {
    if (this.#isClosing) return
    this.#isClosing = true
    this.#events.closing()
  }

  #read(chunk: Uint8Array): void {
    if (this.#isClosing) {
      this.#unheardBytes += chunk.length
      if (this.#unheardBytes > MAX_UNHEARD_BYTES) this.terminate()
      return
    }
    const refusal = this.#reader.push(chunk)
    if (refusal !== undefined) this.close(refusal)
  }

  #message(bytes: Uint8Array, isText: boolean): void {
    if (this.#isClosing) return
    if (isText && !isUtf8(bytes)) return this.close(WS_CLOSE.notUtf8)
    this.#events.message(isText ? bytes : undefined)
  }

  #ping(payload: Uint8Array): void {
    if (this.#isClosing) return
    this.#pong = wsPong(payload)
    this.#outbox.add(this)
    this.#events.ping()
  }
}

function lengthOf(text: WsText): number {
  return typeof text === 'string' ? text.length : text.before.length + text.sdp.length + text.behind.length
}

function bytesOf(text: WsText): number {
  if (typeof text === 'string') return Buffer.byteLength(text)
  return Buffer.byteLength(text.before) + text.sdp.length + Buffer.byteLength(text.behind)
}

/** The answer: where it ends. */
function writeText(out: Buffer, start: number, text: WsText): number {
  if (typeof text === 'string') return start + out.write(text, start)
  const at = start + out.write(text.before, start)
  out.set(text.sdp, at)
  const end = at + text.sdp.length
  return end + out.write(text.behind, end)
}
